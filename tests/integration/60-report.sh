#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Saved profiles: shown, merged, converted and compared; the verbs report and diff, and the schema of what is saved.
. "$(dirname "$0")/lib.sh"
need python3 gcc setpriv jsonschema
need_profiler
SAVED=$HERE/saved_profiles.py
SCHEMA=$TOP/src/report/profile.schema.json
chmod 755 "$WORK"
cd "$WORK" || exit 1

# The same program in two versions. The second has one more line before its functions, one edited line, and one slow
# line.
cat >before.c <<'PROGRAM'
#include <time.h>
#include <unistd.h>
int spin(int n)
{
	volatile int sum = 0;
	for (int i = 0; i < n; i++)
		sum += i;
	usleep(100);
	return sum;
}
int gone(int n)
{
	return n + 1;
}
int main(void)
{
	int sum = 0;
	for (int i = 0; i < 20; i++)
		sum += spin(100) + gone(i);
	return sum == 0;
}
PROGRAM
sed -e '1i /* a line more */' -e 's/usleep(100)/usleep(20000)/' -e 's/gone/arrived/' \
	-e 's/^\tvolatile int sum = 0;/&\n\n\tsum += n;/' before.c >after.c
for version in before after; do
	cp $version.c program.c
	gcc -g -O0 -o $version program.c
	"$LPROF" -q -f spin -f main -f '/gone|arrived/' -o $version.json -- ./$version
	is "$version: status" 0 $?
done

# The format of saved profiles.
check "real profiles follow the schema" python3 "$SAVED" validate "$SCHEMA" before.json after.json
check "the system's own validator agrees" jsonschema -i before.json "$SCHEMA"
printf '{"format":"lprof-bpf","version":1}' >bad.json
if jsonschema -i bad.json "$SCHEMA" >/dev/null 2>&1; then bad "the schema allows anything"; else ok schema; fi
is_json "source is kept" True before.json \
	'all(l["source"] == open("before.c").read().split("\n")[l["line"] - 1] for g in p["functions"] for l in g["lines"])'

# report: shows the saved profile in every format, without any privilege.
cp "$LPROF" "$WORK/unprivileged"
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups "$WORK/unprivileged")
chmod 644 ./*.json
"${nobody[@]}" report --format json after.json >again.json 2>err
is "report to JSON: status" 0 $?
check "report to JSON loses nothing" cmp after.json again.json
"${nobody[@]}" report after.json >after.txt 2>err
is "report: status" 0 $?
is "report: nothing else said" "" "$(cat err)"
check "report: the table" python3 "$SAVED" table after.txt after.json
check "report: source of this machine" grep -q 'usleep(20000);' after.txt
if grep -q differently after.txt; then bad "report: the source did not change"; else ok unchanged; fi
formats=$("$LPROF" --format nothing report x 2>&1 | sed 's/.*one of: //')
for format in ${formats//,/ }; do
	"$LPROF" report --format "$format" before.json after.json >out 2>err
	is "report, $format: status" 0 $?
	check "report, $format: something" test -s out
done
"$LPROF" report -o out.json before.json
check "report -o FILE.json" cmp before.json out.json
check "report reads a pipe" cmp before.json <("$LPROF" report --format json /dev/stdin <before.json)
"$LPROF" report -o before.json before.json
check "report onto its own input" cmp before.json out.json
"$LPROF" report -mzt -u 1 before.json >out
longest=$(get before.json 'max(p["functions"], key=lambda g: g["time_ns"])["name"]')
is "report -m -z -t -u" "$longest" "$(grep 'seconds - ' out | tail -1 | sed 's/.* - //')"
check "report -u" grep -q '^Timer unit: 1 s$' out
"$LPROF" report before.json >out
check "source as it was when profiled" grep -q 'usleep(100);' out
if grep -q 'usleep(20000)' out; then bad "source of now is shown"; else ok "source of now"; fi
check "lines without code as well" grep -q -E '^ +4 +\{$' out
"$LPROF" report --source-dir "$WORK" before.json >out
check "source that has changed is said" grep -q -E 'line [0-9]+ read differently when it was profiled' out
check "source that has changed is not shown" grep -q 'usleep(100);' out
mv program.c elsewhere.c
"$LPROF" report before.json >out
check "source that is gone: the table" python3 "$SAVED" table out before.json
check "source that is gone: its text" grep -q 'usleep(100);' out
mv elsewhere.c program.c

# Merging.
for i in 1 2 3; do "$LPROF" -q -f spin -f main -o run$i.json -- ./after; done
"$LPROF" report --format json run1.json before.json run2.json after.json run3.json >merged.json
check "merged: sums" python3 "$SAVED" sum merged.json run1.json before.json run2.json after.json run3.json
check "merged: schema" python3 "$SAVED" validate "$SCHEMA" merged.json
"$LPROF" report --format json merged.json run1.json run1.json >again.json
check "merged again: sums" python3 "$SAVED" sum again.json merged.json run1.json run1.json
is_json "merged: commands" "['./after', ';', './before']" merged.json 'p["command"]'

# Separate tables for processes and ranks.
for rank in 1 0; do
	OMPI_COMM_WORLD_RANK=$rank "$LPROF" -q -f spin -o rank$rank.json -- ./after
	is_json "rank $rank of a command" $rank rank$rank.json 'f("spin")["rank"]'
done
build napper gcc "$WORK/napper" -O0
SLURM_PROCID=5 "$WORK/napper" forever >napper.out &
napper=$!
child $napper
wait_for 20 grep -q ready napper.out
"$LPROF" -q -f day -d 0.5 -o rank5.json -p $napper
is_json "rank of a process" 5 rank5.json 'f("day")["rank"]'
"$LPROF" -q "${EXACT[@]}" -f day -d 0.5 --by thread -o thread.json -p $napper
is_json "rank of a thread" 5 thread.json 'f("day")["rank"]'
stop $napper KILL 2>/dev/null
check "ranks: schema" python3 "$SAVED" validate "$SCHEMA" rank0.json rank5.json thread.json
"$LPROF" report --by process rank1.json rank0.json run1.json >out
is "apart: ranks in order" "Rank: 0 Rank: 1" "$(grep ^Rank: out | paste -sd' ')"
is "apart: tables" 4 "$(grep -c ^Function: out)"
is "apart: processes" "$(cat rank[01].json run1.json | grep -o '"pids":\[[0-9]*' | grep -o '[0-9]*' | sort)" \
	"$(sed -n 's/^Process: \([0-9]*\) (after)$/\1/p' out | sort -u)"
"$LPROF" report --by process --format json rank1.json rank0.json >out.json
check "apart: schema" python3 "$SAVED" validate "$SCHEMA" out.json
"$LPROF" report rank1.json rank0.json >out
is "together: no rank" 0 "$(grep -c ^Rank: out)"
is "together: one table" 1 "$(grep -c ^Function: out)"

# Each error is reported in one sentence, and no file is left behind.
refused() {
	local name=$1 status=$2 pattern=$3
	shift 3
	timeout 20 "$LPROF" "$@" >out 2>err </dev/null
	is "$name: status" "$status" $?
	check "$name: said" grep -q -E -e "^lprof-bpf: .*$pattern" err
	is "$name: one line" 1 "$(wc -l <err)"
	is "$name: no report" "" "$(head -c 100 out)"
}
head -c 300 before.json >cut.json
sed 's/"version":1/"version":7/' before.json >later.json
sed 's/"time_ns":/"time_ns":-/' before.json >negative.json
"$LPROF" -q -f spin --clock cpu -o cpu.json -- ./before
refused "no file" 1 "none.json.*No such file" report none.json
refused "a directory" 1 "$WORK.*directory" report "$WORK"
refused "an empty file" 1 "/dev/null.*ends too early" report /dev/null
refused "a cut file" 1 "cut.json.*ends too early" report before.json cut.json
refused "another version" 1 "later.json.*version is 7" report later.json
refused "another format" 1 "schema.json.*format" report "$SCHEMA"
refused "a program" 1 "before is not a profile" report before
refused "a negative time" 1 "negative.json.*must not be negative" report negative.json
refused "two clocks" 1 "cpu.json.*cpu clock" report before.json cpu.json
refused "two clocks, diff" 1 "cpu.json.*cpu clock" diff before.json cpu.json
refused "output in no directory" 1 "no-such" report before.json -o no-such/out.txt
refused "nothing to report" 2 "FILE" report
refused "diff of one" 2 "BEFORE and AFTER" diff before.json
refused "an option of profiling" 2 "--pid is not for report" report -p 1 before.json
refused "a failure leaves no file" 1 "cut.json" report -o new.json cut.json
is "a failure leaves no file" no "$([ -e new.json ] && echo yes || echo no)"

# Names in a file that somebody else made must not reach the terminal unescaped.
python3 - <<'PYTHON'
import json
profile = json.load(open("before.json"))
for function in profile["functions"]:
    for key in ("name", "file", "object"):
        function[key] += "\x1b]0;title\x07\n\u009b31m"
    function.update(pid=1, comm="\x1b[2J", notes=["\x1b[1m"])
    for line in function["lines"]:
        line["source"] = "\x1b[5m" + line["source"]
profile["notes"] = ["\x1b[7m"]
json.dump(profile, open("evil\x1b.json", "w"))
PYTHON
for verb in "report" "report --by process" "report --format json" "diff before.json" "diff --format json before.json"; do
	# shellcheck disable=SC2086
	"$LPROF" $verb evil*.json >out 2>err
	is "controls, $verb: status" 0 $?
	is "controls, $verb" 0 "$(LC_ALL=C grep -c -P '\x1b|\x07|\xc2\x9b' out)"
done

# diff.
"${nobody[@]}" diff --format json before.json after.json >diff.json 2>err
is "diff: status" 0 $?
check "diff: pairs" python3 "$SAVED" pairs diff.json before.json after.json
is "diff: only in one" "after arrived before gone" "$(python3 - <<'PYTHON'
import json
only = {}
for f in json.load(open("diff.json"))["functions"]:
    for side, other in (("before", "after"), ("after", "before")):
        if not f[other]:
            only[side] = f["name"]
print(*sum(sorted(only.items()), ()))
PYTHON
)"
is "diff: the largest change" "usleep(20000); True" "$(python3 - <<'PYTHON'
import json
f = next(f for f in json.load(open("diff.json"))["functions"] if f["name"] == "spin")
line, = (line for line in f["lines"] if line["largest"])
# 20 calls, each 19.9 ms longer
print(line["source"].strip(), 0.9 < line["time_change_ns"] / (20 * 19.9e6) < 1.5)
PYTHON
)"
"$LPROF" diff before.json after.json >out
check "diff: the mark" grep -q -E '\*! .usleep\(20000\);$' out
check "diff: a line more" grep -q -E '[ ~]\+ .sum \+= n;$' out
check "diff: only before" grep -q -E '^Only before: gone at line 1[01] of ' out
check "diff: only after" grep -q '^Only after: arrived ' out
"$LPROF" diff before.json before.json >out
is "diff with itself: no change" 0 "$(grep -c -E ' [+-][0-9.]*[1-9]' out)"
"$LPROF" diff before.json after.json >/dev/full 2>err
is "diff, full device" 1 $?

# make install brings the schema.
if make -s -C "$TOP" install DESTDIR="$WORK/root" PREFIX=/usr >out 2>&1; then ok install; else bad "make install: $(cat out)"; fi
check "the schema is installed" cmp "$SCHEMA" root/usr/share/lprof-bpf/profile.schema.json
make -s -C "$TOP" uninstall DESTDIR="$WORK/root" PREFIX=/usr
is "the schema is uninstalled" "" "$(find root -type f)"
finish
