#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Python: hits against Python's own tracing and line_profiler, attaching, selecting, what cannot be profiled.
# shellcheck source=tests/integration/lib.sh
. tests/integration/lib.sh
need_profiler
PYTHON=/usr/bin/python3
SCRIPTS=$TOP/tests/python
need $PYTHON objcopy
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# Python programs of all kinds.
for script in flow async_flow; do
	$PYTHON "$SCRIPTS/settrace.py" "$WORK/$script.expected" "$SCRIPTS/$script.py" >/dev/null
	"$LPROF" -q -f '*' -o "$WORK/$script.json" -- $PYTHON "$SCRIPTS/$script.py" >"$WORK/$script.out"
	is "$script: status" 0 $?
	is "$script: its own output" "$($PYTHON "$SCRIPTS/$script.py")" "$(cat "$WORK/$script.out")"
	check "$script: as Python's tracing" \
		"$SCRIPTS/compare.py" settrace "$WORK/$script.expected" "$WORK/$script.json" "$SCRIPTS/$script.py"
	missed_none "$script" "$WORK/$script.json"
done
is_json "recursion: the outermost call takes as long as the function" True "$WORK/flow.json" \
	'max(l["time_ns"] for l in f("fibonacci")["lines"]) <= f("fibonacci")["time_ns"]'

# Each nanosecond of a function that calls itself is counted once, whatever the depth: it has slept for a millisecond on
# each level, and has not lasted longer than the run.
"$LPROF" -q -f walk -f tree -f mapped -f through -f raising -o "$WORK/recursive.json" -- $PYTHON "$SCRIPTS/recursive.py" >/dev/null
levels='"walk": 31, "tree": 64, "mapped": 32, "through": 31, "raising": 11'
is_json "recursion: calls" True "$WORK/recursive.json" "all(f(n)[\"calls\"] == calls for n, calls in {$levels}.items())"
is_json "recursion: no time is lost" True "$WORK/recursive.json" \
	"all(f(n)[\"time_ns\"] > 1e6 * calls for n, calls in {$levels}.items())"
is_json "recursion: no time is counted twice" True "$WORK/recursive.json" \
	'sum(f["time_ns"] + f["waiting_ns"] for f in p["functions"]) < p["duration_ns"]'
is_json "recursion: the line of the inner call has what is its own" "[True, False, False, False, False]" "$WORK/recursive.json" \
	'[max(l["time_ns"] for l in sorted(f(n)["lines"], key=lambda l: l["line"])[1:]) > f(n)["time_ns"] / 20 for n in ("walk", "tree", "mapped", "through", "raising")]'
# The same where other functions that are profiled are between two activations.
"$LPROF" -q -f even -f odd -o "$WORK/mutual.json" -- $PYTHON "$SCRIPTS/recursive.py" >/dev/null
is_json "mutual recursion: calls" "[16, 16]" "$WORK/mutual.json" '[f(n)["calls"] for n in ("even", "odd")]'
is_json "mutual recursion: no time is lost" True "$WORK/mutual.json" 'f("even")["time_ns"] > 32e6 and f("odd")["time_ns"] > 31e6'
is_json "mutual recursion: no time is counted twice" True "$WORK/mutual.json" \
	'all(g["time_ns"] + g["waiting_ns"] < p["duration_ns"] for g in p["functions"])'
is_json "mutual recursion: nothing is to be said" False "$WORK/mutual.json" \
	'any("add up to more than passed" in n for g in p["functions"] for n in g["notes"])'

# Well-known small programs, each in a few runs, because shares of time vary by chance; hits do not.
classic() {
	local script=$1 function=$2 theirs=$3 name=$4 file=$5 status=1
	$PYTHON "$SCRIPTS/settrace.py" "$WORK/traced" "$SCRIPTS/$script.py" "$file" >/dev/null
	for _ in 1 2 3 4; do
		$PYTHON "$SCRIPTS/line_profiler.py" "$WORK/theirs" "$SCRIPTS/$script.py" "$theirs" >/dev/null
		"$LPROF" -q -f "$function" -o "$WORK/$script.json" -- $PYTHON "$SCRIPTS/$script.py" >/dev/null
		"$SCRIPTS/compare.py" line_profiler "$WORK/theirs" "$WORK/traced" "$WORK/$script.json" "$name" "$file"
		status=$?
		[ $status = 1 ] || break
	done
	is "$script: as line_profiler" 0 $status
}
classic matmul main main main "$SCRIPTS/matmul.py"
sklearn=$($PYTHON -c 'import sklearn.linear_model._base as m; print(m.__file__)')
classic regression fit sklearn.linear_model:LinearRegression.fit LinearRegression.fit "$sklearn"

# What -f selects in Python.
. "$HERE/python_selects.sh"

# The table shows the whole function, from its decorators to its last line, and stays aligned whatever the source
# contains.
"$LPROF" -q -f loops -f decorated -f umlaute_größe -- $PYTHON "$SCRIPTS/flow.py" | sed -n '/^Timer/,$p' >"$WORK/table"
# The line's number and its source; the columns between are blank, or as wide as usual.
row() {
	printf '%6s%s  %s\n' "$(line "$1")" "$(printf '%41s' '')" "$1"
}
check "table: begins with the decorators" grep -qxF "$(row '@logged("a")')" "$WORK/table"
check "table: a decorator of several lines" grep -qxF "$(row '    "b"')" "$WORK/table"
check "table: a docstring has no figures" grep -qxF "$(row '    """A docstring, which is no code,')" "$WORK/table"
check "table: nor has a comment" grep -qxF "$(row '    # A comment.')" "$WORK/table"
check "table: a tab" grep -qxF "$(row '	of two lines, one with a tab."""')" "$WORK/table"
check "table: to the last line" grep -qE "^ +$(line '    return z') +1 .*    return z\$" "$WORK/table"
wide=$(grep -a "^ *$(line '    größe = ') " "$WORK/table")
is "table: wide characters" '    größe = "日本語" * länge' "$(cut -b50- <<<"$wide")"
is "table: the columns before them" 1 "$(cut -b7-49 <<<"$wide" | grep -cE '^ +1 +[0-9.]+ +[0-9.]+ +[0-9.]+[ ~] $')"

# Attaches to a running process again and again.
$PYTHON "$SCRIPTS/busy.py" "$WORK/turns" &
pid=$!
child $pid
wait_for 10 test -s "$WORK/turns"
sleep 1
before=$(date +%s.%N)
for i in $(seq 8); do
	"$LPROF" -q "${EXACT[@]}" -d 0.3 -f turn -f Machine.step -o "$WORK/busy.json" -p $pid || bad "attach $i"
	missed_none "attach $i" "$WORK/busy.json"
	is_json "attach $i: counts" 1 "$WORK/busy.json" 'int(f("Machine.step")["calls"] > 100)'
	# Both lines of step() are hit once in each call; only calls in progress at the beginning or end may make a
	# difference.
	is_json "attach $i: hits agree" 1 "$WORK/busy.json" \
		'int(all(abs(l["hits"] - f("Machine.step")["calls"]) <= 2 for l in f("Machine.step")["lines"]))'
done
check "attach: no probe is left" unpatched $pid
after=$(date +%s.%N)
kill -0 $pid
is "attach: it is running" 0 $?
# What is left behind would make every turn slower. Other work on the machine makes some of them slower, so one turn that
# is as quick as before is enough.
as_quick() {
	$PYTHON - "$WORK/turns" "$before" "$after" <<'END'
import sys
before, after = float(sys.argv[2]), float(sys.argv[3])
turns = [[float(word) for word in line.split()[1:]] for line in open(sys.argv[1]) if line.endswith("\n")]
sys.exit(min([took for end, took in turns if end - took > after], default=1e9)
         > 1.4 * min(took for end, took in turns if end < before))
END
}
check "attach: as fast as before" wait_for 30 as_quick
stop $pid KILL
is "attach: all answers are right" 0 "$(grep -c wrong "$WORK/turns")"

# Separate tables for threads, and both clocks.
"$LPROF" -q --by thread -f work -o "$WORK/by.json" -- $PYTHON "$SCRIPTS/flow.py" >/dev/null
is_json "by thread: four" 4 "$WORK/by.json" 'len({f["tid"] for f in p["functions"]})'
is_json "by thread: each one call" "{1}" "$WORK/by.json" '{f["calls"] for f in p["functions"]}'
cat >"$WORK/sleeper.py" <<'END'
import time
def nap():
    time.sleep(0.2)
    return sum(range(1000))
nap()
END
"$LPROF" -q -f nap -o "$WORK/wall.json" -- $PYTHON "$WORK/sleeper.py"
is_json "wall clock: the nap" 1 "$WORK/wall.json" 'int(0.19e9 < f("nap")["lines"][0]["time_ns"] < 0.5e9)'
is_json "wall clock: off the processor" 1 "$WORK/wall.json" 'int(f("nap")["lines"][0]["blocked_ns"] > 0.19e9)'
"$LPROF" -q --clock cpu -f nap -o "$WORK/cpu.json" -- $PYTHON "$WORK/sleeper.py"
is_json "cpu clock: no nap" 1 "$WORK/cpu.json" 'int(f("nap")["lines"][0]["time_ns"] < 0.1e9)'

# Calls in progress at the end: one that never returns, and one in which the process exits. A generator that waits has
# no time.
cat >"$WORK/ends.py" <<'END'
import os
import time
def suspended():
    yield 1
    yield 2
def leave():
    g = suspended()
    next(g)
    time.sleep(0.3)
    os._exit(3)
leave()
END
"$LPROF" -q -f leave -f suspended -o "$WORK/ends.json" -- $PYTHON "$WORK/ends.py"
is "ends: exit status" 3 $?
is_json "ends: the nap" 1 "$WORK/ends.json" 'int(max(l["time_ns"] for l in f("leave")["lines"]) > 0.29e9)'
cat >"$WORK/exits.py" <<'END'
import os
import time
def inner():
    time.sleep(0.2)
    os._exit(0)
def main():
    inner()
main()
END
"$LPROF" -q -f main -f inner -o "$WORK/exits.json" -- $PYTHON "$WORK/exits.py"
# What the probes cost is taken off, and that is known to some 10 us here.
is_json "ends: whoever called, too" 1 "$WORK/exits.json" 'int(f("main")["time_ns"] + 1e5 >= f("inner")["time_ns"] > 0.19e9)'
is_json "ends: suspended" 1 "$WORK/ends.json" 'int(f("suspended")["time_ns"] < 0.05e9)'

# Code objects that are created and freed at the same addresses.
cat >"$WORK/made.py" <<'END'
def run():
    for i in range(300):
        space = {}
        exec(f"def made_{i}(x):\n    return x\n", space)
        space[f"made_{i}"](i)
run()
END
"$LPROF" -q -f made_7 -f made_250 -f made_299 -o "$WORK/made.json" -- $PYTHON "$WORK/made.py"
is_json "made from strings" "[('made_250', 1), ('made_299', 1), ('made_7', 1)]" "$WORK/made.json" \
	'sorted((f["name"], f["calls"]) for f in p["functions"])'
"$LPROF" -q -f made_7 -- $PYTHON "$WORK/made.py" >"$WORK/made.table"
check "made from strings: it is said" grep -q "not compiled from a file" "$WORK/made.table"

cat >"$WORK/rules.py" <<'END'
def use(rule, n):
    f = eval(rule)
    for i in range(n):
        f(i)
for _ in range(3):
    for name, n in ("price.rule", 10), ("tax.rule", 20), ("ship.rule", 30):
        use(compile("lambda x: x + 1", name, "eval"), n)
END
"$LPROF" -q -f '<lambda>' -o "$WORK/rules.json" -- $PYTHON "$WORK/rules.py"
is_json "code of several files by turns" "[('price.rule', 30), ('ship.rule', 90), ('tax.rule', 60)]" "$WORK/rules.json" \
	'sorted((f["file"], f["calls"]) for f in p["functions"] if f["file"].endswith(".rule"))'
cat >"$WORK/names.py" <<'END'
for i in range(60):
    for name in f"handler_{i:04}", "handler_want":
        space = {}
        exec(f"def {name}(x):\n    return x\n", space)
        space[name](i)
        del space
END
"$LPROF" -q -f handler_want -o "$WORK/names.json" -- $PYTHON "$WORK/names.py"
is_json "names that come and go" "[('handler_want', 60, 60)]" "$WORK/names.json" \
	'[(f["name"], f["calls"], sum(l["hits"] for l in f["lines"])) for f in p["functions"]]'

# Relative source names refer to the directory of the process, not to ours.
mkdir "$WORK/elsewhere"
cp "$WORK/sleeper.py" "$WORK/elsewhere/near.py"
sed -i 's/^nap()/while True: nap()/' "$WORK/elsewhere/near.py"
(cd "$WORK/elsewhere" && exec $PYTHON near.py) &
pid=$!
child $pid
sleep 1
"$LPROF" -q -d 2 -f nap -p $pid >"$WORK/near"
check "another directory: its source" grep -q "time.sleep(0.2)" "$WORK/near"
stop $pid KILL

# Native functions of the same process.
gcc -g -O1 -fPIC -shared -o "$WORK/libdgemm.so" "$PROGRAMS/dgemm.c"
mkfifo "$WORK/go"
$PYTHON "$SCRIPTS/native.py" "$WORK/libdgemm.so" wait <"$WORK/go" >/dev/null &
pid=$!
child $pid
exec 9>"$WORK/go"
wait_for 5 grep -q libdgemm /proc/$pid/maps
"$LPROF" -q "${EXACT[@]}" -f main -f 'dgemm*' -o "$WORK/both.json" -p $pid &
profiler=$!
child $profiler
wait_for 10 probed $pid
echo >&9
exec 9>&-
wait $profiler
forget $profiler
wait $pid
forget $pid
is_json "with native: both" "['dgemm_like', 'main']" "$WORK/both.json" 'sorted(f["name"] for f in p["functions"])'
is_json "with native: calls" "[50, 1]" "$WORK/both.json" '[f("dgemm_like")["calls"], f("main")["calls"]]'
is_json "with native: the inner line" 25600 "$WORK/both.json" \
	"[l['hits'] for l in f('dgemm_like')['lines'] if l['line'] == $(number_of dgemm 'sum += a')][0]"
is_json "with native: the caller's line" 50 "$WORK/both.json" \
	"[l['hits'] for l in f('main')['lines'] if l['line'] == $(grep -n 'total += library' "$SCRIPTS/native.py" | cut -d: -f1)][0]"
# The line of the call takes as long as the function it calls, but must not include that function's 36 000 probe hits,
# which took tens of milliseconds.
difference=$(get "$WORK/both.json" 'max(l["time_ns"] for l in f("main")["lines"]) - f("dgemm_like")["time_ns"]')
is "with native: times differ by $difference ns" 1 $((difference > -10000000 && difference < 10000000))
is_json "with native: and are all of it" 1 "$WORK/both.json" 'int(0.1e9 < f("dgemm_like")["time_ns"] < 0.3e9)'
"$LPROF" -q -x "$WORK/libdgemm.so" -f main -f 'dgemm*' -o "$WORK/named.json" -- \
	$PYTHON "$SCRIPTS/native.py" "$WORK/libdgemm.so" >/dev/null
is_json "with native: of a command, the library named" "[50, 1]" "$WORK/named.json" \
	'[f("dgemm_like")["calls"], f("main")["calls"]]'

# With -x, every process that maps the interpreter.
"$LPROF" -q "${EXACT[@]}" --by process -x "$(realpath $PYTHON)" -f nap -d 4 -o "$WORK/all.json" &
profiler=$!
child $profiler
sleep 1.5
$PYTHON "$WORK/sleeper.py" &
$PYTHON "$WORK/sleeper.py"
wait $profiler
forget $profiler
is_json "system-wide: two processes" 2 "$WORK/all.json" 'len({f["pid"] for f in p["functions"] if f["name"] == "nap"})'

# Interpreters that cannot be profiled are refused.
refused() {
	local name=$1 expected=$2 python=$3
	"$LPROF" -f main -- "$python" "$SCRIPTS/matmul.py" >"$WORK/refused.out" 2>"$WORK/refused.err"
	is "$name: status" 1 $?
	check "$name: says why" grep -q -e "$expected" "$WORK/refused.err"
	is "$name: in one sentence" 1 "$(wc -l <"$WORK/refused.err")"
	is "$name: is not started" 0 "$(stat -c %s "$WORK/refused.out")"
}
python=$(realpath $PYTHON)
objcopy --remove-section .note.stapsdt "$python" "$WORK/python-bare"
refused "no probes" "CPython 3.11.*built without probes" "$WORK/python-bare"
# Pretends to be another version: its number is in the data symbol Py_Version.
renamed() {
	$PYTHON - "$python" "$1" "$2" <<'END'
import subprocess
import sys
data = bytearray(open(sys.argv[1], "rb").read())
symbol = [l.split() for l in subprocess.check_output(["readelf", "-sW", "--dyn-syms", sys.argv[1]], text=True).splitlines()
          if l.endswith(" Py_Version")][0]
section = [l[l.index("]") + 1:].split() for l in subprocess.check_output(["readelf", "-SW", sys.argv[1]], text=True).splitlines()
           if l.strip().startswith("[") and l[l.index("]") + 1:].split()[0] == ".rodata"][0]
offset = int(symbol[1], 16) - int(section[2], 16) + int(section[3], 16)
data[offset + 2] = int(sys.argv[3])
open(sys.argv[2], "wb").write(data)
END
	chmod +x "$1"
}
"$LPROF" -q -f loops -o "$WORK/loops.json" -- $PYTHON "$SCRIPTS/flow.py" >/dev/null
for version in 10 13; do
	renamed "$WORK/python-other" $version
	"$LPROF" -f loops -o "$WORK/other.json" -- "$WORK/python-other" "$SCRIPTS/flow.py" >/dev/null 2>"$WORK/other.err"
	check "3.$version, an unknown layout: says what it cannot tell" \
		grep -q "cannot be read: recursive calls, generators" "$WORK/other.err"
	is_json "3.$version, an unknown layout: the same hits" \
		"$(get "$WORK/loops.json" '{l["line"]: l["hits"] for l in f("loops")["lines"] if l["hits"]}')" \
		"$WORK/other.json" '{l["line"]: l["hits"] for l in f("loops")["lines"] if l["hits"]}'
done
# Without probes, a later version is expected to count lines itself, which this one cannot do.
python=$WORK/python-bare
renamed "$WORK/python-later" 13
"$LPROF" -q -f loops -o "$WORK/later.json" -- "$WORK/python-later" "$SCRIPTS/flow.py" >/dev/null
is "3.13 without sys.monitoring: the program runs" 0 $?
is_json "3.13 without sys.monitoring: it is said" 1 "$WORK/later.json" 'sum("has no sys.monitoring" in n for n in p["notes"])'

finish
