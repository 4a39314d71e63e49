#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Profiles with hits that were estimated within a budget, as every verb and format shows them: files that programs read,
# and terminals that people look at.
. "$(dirname "$0")/lib.sh"
need python3 jsonschema gcc
need_profiler
SAVED=$HERE/saved_profiles.py
SCHEMA=$TOP/src/report/profile.schema.json
cd "$WORK" || exit 1

# profile HITS UNCERTAINTY PERCENT SPENT: prints a profile of function f with a line of such hits.
profile() {
	cat <<JSON
{"format":"lprof-bpf","version":1,"clock":"cpu","duration_ns":1000000000,"command":[],"pids":[12],
"probe":{"sites":9,"hits":1,"missed":0,"overhead_ns":0},
"budget":{"percent":$3,"pause_ns":10000000,"spent_ns":$4,"target_ns":1000000000,"windows":7},
"functions":[{"name":"f","linkage_name":"","file":"/f.c","line":1,"object":"/f","build_id":"ab","estimated":true,
"calls":1234,"calls_uncertainty":56,"time_ns":3000000,"lines":[
{"line":1,"hits":10,"time_ns":1000000,"source":"int f(int n)"},
{"line":2,"hits":$1,"hits_uncertainty":$2,"time_ns":2000000,"source":"  *p = n;"},
{"line":3,"hits":0,"hits_uncertainty":591,"time_ns":0,"source":"  abort();"},
{"line":4,"hits":0,"time_ns":0,"source":"}"}],"notes":[]}],"notes":[]}
JSON
}
profile 123456789012 2345678901 2 13000000 >first.json
profile 123000000000 2000000000 2.5 20000000 >second.json
profile 200000000000 2000000000 2.5 20000000 >third.json
check "they follow the schema" python3 "$SAVED" validate "$SCHEMA" {first,second,third}.json
"$LPROF" report -o again.json first.json
"$LPROF" report -o twice.json again.json
check "nothing is lost" cmp again.json twice.json
is_json "the uncertainty is kept" "[0, 2345678901, 591, 0]" again.json \
	'[l.get("hits_uncertainty", 0) for l in p["functions"][0]["lines"]]'
is_json "the budget is kept" "[2.0, 10000000, 13000000, 1000000000, 7]" again.json 'list(p["budget"].values())'
for format in text html csv callgrind lcov folded pprof; do
	check "$format" "$LPROF" report -o "out.$format" --format $format first.json
done

# Programs find whole numbers, and columns in their places.
sed -i 's/"time_ns":0,"source":"  abort/"time_ns":1000,"source":"  abort/; s/"time_ns":3000000,/"time_ns":3001000,/' first.json
"$LPROF" report first.json >first.txt
check "a reader of line_profiler's tables" python3 "$SAVED" table first.txt first.json
column=$(sed -n 's/Line Contents$//p' first.txt | tr -d '\n' | wc -c)
is "the text is where its title is" "int f(int n)/  *p = n;/  abort();/}" \
	"$(grep -E '^ +[1-4] ' first.txt | cut -c$((column + 1))- | paste -sd/)"
is "marked rows" "2 3" "$(grep -E '^ +[1-4] .* \* ' first.txt | awk '{ print $1 }' | xargs)"
check "what the mark means" grep -q '^note: \* behind the numbers of a line: .* to +-1\.9 %.*--max-overhead none' first.txt
check "a bound for what was not seen" grep -q '^note: 0 with \*: .* fewer than 600 times' first.txt
check "what profiling took" grep -q -x "Profiling took 1\.3 % of the target's time (at most 2 %)" first.txt
is "-m -z" 1 "$("$LPROF" report -mz first.json | grep -c 'seconds - /f.c:1 - f')"
is "csv" "hits_uncertainty 0 2345678901 591 0" "$(tr -d '\r' <out.csv | awk -F, '{ print $NF }' | xargs)"
is "lcov" "10 123000000000 0 0" "$(sed -n 's/^DA:.*,//p' out.lcov | xargs)"
check "html: the interval" grep -q 'title="&plusmn; 2,345,678,901 (19 times of 20)">123,000,000,000&asymp;<' out.html
check "callgrind: a comment" grep -q '^# note: hits are estimated.*+-1\.9 %' out.callgrind
check "callgrind: what profiling took" grep -q '^desc: Profiling took: 1\.3 %' out.callgrind
check "pprof: a comment" grep -a -q 'f: hits are estimated.*+-1\.9 %' <(gzip -dc out.pprof)

# Added up, as independent estimates are.
"$LPROF" report -o sum.json first.json second.json
is_json "a sum" "(246456789012, 3082565410, 2.5, 33000000)" sum.json \
	'(lambda l: (l["hits"], l["hits_uncertainty"], p["budget"]["percent"], p["budget"]["spent_ns"]))(p["functions"][0]["lines"][1])'

# A difference that both could have by chance is said to be none.
"$LPROF" diff first.json second.json >same.txt
"$LPROF" diff first.json third.json >other.txt
check "no difference beyond chance" grep -q -E ' 123000000000\* +=123000000000\* ' same.txt
check "what = means" grep -q '^=N hits that differ' same.txt
check "a difference" grep -q -E ' 123000000000\* +200000000000\* ' other.txt

# on_terminal LOCALE: prints what a terminal with 100 columns shows.
on_terminal() {
	LC_ALL=$1 PAGER=cat python3 - "$LPROF" 2>&1 <<'PYTHON' | tr -d '\r'
import fcntl, os, pty, struct, sys, termios
pid, screen = pty.fork()
if not pid:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 50, 100, 0, 0))
    os.execv(sys.argv[1], [sys.argv[1], "report", "--color", "never", "first.json"])
while True:
    try:
        sys.stdout.buffer.write(os.read(screen, 4096))
    except OSError:  # the end
        break
os.waitpid(pid, 0)
PYTHON
}
on_terminal C.UTF-8 >terminal
check "a terminal: behind the hits" grep -q -E '^ +2 123000000000≈ +2000\.0 .* 66\.6    \*p = n;$' terminal
check "a terminal: what was not seen" grep -q -E '^ +3 +<600  +1\.0 ' terminal
check "a terminal: what the mark means" grep -q '^note: ≈ behind hits: estimated' terminal
on_terminal C >terminal
check "a terminal without UTF-8" grep -q -E '^ +2 123000000000\* +2000\.0 ' terminal

# Where probes take nearly all the time, a note says what a budget would give; within one, there is none to give.
build collatz gcc "$WORK/collatz" -O0
"$LPROF" -q -f collatz -o none.json -- ./collatz 3000
"$LPROF" -q -f collatz --max-overhead 100 -o budget.json -- ./collatz 3000
count='len([n for n in p["notes"] if "with --max-overhead 5 the target would run nearly as fast" in n])'
is_json "no budget: a note" 1 none.json "$count"
is_json "no budget: none is saved" None none.json 'p.get("budget")'
is_json "a budget: no note" 0 budget.json "$count"
is_json "a budget is saved" 100.0 budget.json 'p["budget"]["percent"]'
finish
