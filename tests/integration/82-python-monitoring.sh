#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Python from 3.12 on, whose lines are counted in the program itself: hits against Python's own tracing, the ways of
# starting it, forks, stopping early, being killed, and what is left in a program.
# shellcheck source=tests/integration/lib.sh
. tests/integration/lib.sh
need_profiler
SCRIPTS=$TOP/tests/python
need apt-get dpkg-deb python3
umask 022

# Debian 13's has to be there. Those of newer suites come and go.
PYTHON=$(tests/deps/pythons 3.13)
check "Python 3.13 is there" test -x "$PYTHON"
PYTHONS=("$PYTHON")
for version in 3.14 3.15; do
	if newer=$(tests/deps/pythons $version); then PYTHONS+=("$newer"); else echo "  skipped: Python $version"; fi
done

# Programs of all kinds; what they print is the same, and so is what tracing sees.
for python in "${PYTHONS[@]}"; do
	name=$(basename "$python")
	for script in flow async_flow recursive; do
		"$python" "$SCRIPTS/settrace.py" "$WORK/expected" "$SCRIPTS/$script.py" >"$WORK/traced.out"
		"$LPROF" -q -f '*' -o "$WORK/$script.json" -- "$python" "$SCRIPTS/$script.py" >"$WORK/out"
		is "$name $script: status" 0 $?
		check "$name $script: its own output" cmp "$WORK/traced.out" "$WORK/out"
		check "$name $script: as Python's tracing" \
			"$SCRIPTS/compare.py" settrace "$WORK/expected" "$WORK/$script.json" "$SCRIPTS/$script.py"
	done
	missed_none "$name" "$WORK/flow.json"
done

# Time: each nanosecond of a function that calls itself is counted once, and none is lost.
"$LPROF" -q -f walk -f tree -f mapped -f through -f raising -o "$WORK/recursive.json" -- "$PYTHON" "$SCRIPTS/recursive.py" >/dev/null
levels='"walk": 31, "tree": 64, "mapped": 32, "through": 31, "raising": 11'
is_json "recursion: no time is lost" True "$WORK/recursive.json" \
	"all(f(n)[\"time_ns\"] > 1e6 * calls for n, calls in {$levels}.items())"
is_json "recursion: no time is counted twice" True "$WORK/recursive.json" \
	'sum(f["time_ns"] for f in p["functions"]) < p["duration_ns"]'
cat >"$WORK/ends.py" <<'END'
import os
import time
def suspended():
    yield 1
    yield 2
def inner():
    time.sleep(0.2)
    os._exit(3)
def leave():
    g = suspended()
    next(g)
    time.sleep(0.3)
    inner()
leave()
END
"$LPROF" -q -f leave -f inner -f suspended -o "$WORK/ends.json" -- "$PYTHON" "$WORK/ends.py"
is "ends: exit status" 3 $?
is_json "ends: a generator that waits has no time" 1 "$WORK/ends.json" 'int(f("suspended")["time_ns"] < 0.05e9)'
is_json "ends: a line that has ended" 1 "$WORK/ends.json" 'int(0.29e9 < f("leave")["lines"][2]["time_ns"] < 0.6e9)'
is_json "ends: off the processor" 1 "$WORK/ends.json" 'int(0.29e9 < f("leave")["lines"][2]["blocked_ns"] < 0.6e9)'
is_json "ends: the call in which the process exits" 1 "$WORK/ends.json" 'int(f("leave")["lines"][3]["time_ns"] > 0.19e9)'
"$LPROF" -q --clock cpu -f leave -o "$WORK/cpu.json" -- "$PYTHON" "$WORK/ends.py"
is_json "cpu clock: no naps" 1 "$WORK/cpu.json" 'int(f("leave")["time_ns"] < 0.1e9)'
# Of a loop of lines that do nothing, what counting costs is taken off. It is some ten times as much.
cat >"$WORK/plain.py" <<'END'
import time
def plain(n):
    for i in range(n):
        pass
        pass
        pass
def same(n):
    for i in range(n):
        pass
        pass
        pass
took = {plain: [], same: []}
for _ in range(40):
    for function in plain, same:
        began = time.thread_time_ns()
        function(10000)
        took[function].append(time.thread_time_ns() - began)
print((sum(took[plain]) - sum(took[same])) // 40, sum(took[same]) // 40, min(took[plain]) - min(took[same]))
END
"$LPROF" -q -f plain -o "$WORK/plain.json" -- "$PYTHON" "$WORK/plain.py" >"$WORK/plain.out"
read -r more base least <"$WORK/plain.out"
took=$(get "$WORK/plain.json" 'int(f("plain")["time_ns"] / 40)')
echo "  a line takes $((base / 40000)) ns, counting it $((more / 40000)) ns more; shown are $((took / 40000)) ns"
is "cost: most of it is taken off" 1 $((took < base + more / 2))
is "cost: at most 100 ns a line, on a machine that has other work" 1 $((least / 40000 < 100))

# What -f selects.
. "$HERE/python_selects.sh"

# The ways of starting a Python. The program finds nothing of the profiler: no variable, no descriptor.
cat >"$WORK/start.py" <<'END'
import os
def work(n):
    total = 0
    for i in range(n):
        total += i
    return total
print(work(10), sorted(os.environ), len(os.listdir("/proc/self/fd")))
END
(echo "#!$PYTHON -I" && cat "$WORK/start.py") >"$WORK/script"
chmod +x "$WORK/script"
"$PYTHON" -m venv --without-pip "$WORK/venv"
started() {
	local name=$1
	shift
	(cd "$WORK" && "$@" <"$WORK/start.py" >"$WORK/plain.out")
	(cd "$WORK" && "$LPROF" -q -f work -o "$WORK/start.json" -- "$@" <"$WORK/start.py" >"$WORK/start.out")
	is_json "started: $name" "[1, 10]" "$WORK/start.json" '[f("work")["calls"], f("work")["lines"][-2]["hits"]]'
	check "started: $name: as without the profiler" cmp "$WORK/plain.out" "$WORK/start.out"
}
started "a script" "$PYTHON" start.py
started "a module" "$PYTHON" -m start
started "a command" "$PYTHON" -c 'import start'
started "standard input" "$PYTHON"
started "isolated" "$PYTHON" -I -E -S start.py
started "#!" ./script
started "a virtual environment" venv/bin/python start.py
started "env" env -u NONE X=1 "$PYTHON" start.py
echo 'int lprof_test_nothing;' | gcc -shared -x c -o "$WORK/libnothing.so" -
LD_PRELOAD=$WORK/libnothing.so started "a library is preloaded already" "$PYTHON" start.py
chmod 755 "$WORK"
"$LPROF" -q --user nobody -f work -o "$WORK/nobody.json" -- "$PYTHON" "$WORK/start.py" >/dev/null
is_json "started: as another user" 1 "$WORK/nobody.json" 'f("work")["calls"]'

# Forks: each process has a table.
cat >"$WORK/forks.py" <<'END'
import multiprocessing
import os
def square(x):
    return x * x
def forking():
    for i in range(3):
        pid = os.fork()
        if not pid:
            square(i)
            os._exit(0)
        os.waitpid(pid, 0)
forking()
with multiprocessing.get_context("fork").Pool(3) as pool:
    print(sum(pool.map(square, range(100))))
END
"$LPROF" -q -f square -f forking -o "$WORK/forks.json" -- "$PYTHON" "$WORK/forks.py" >"$WORK/forks.out"
is "forks: its output" 328350 "$(cat "$WORK/forks.out")"
is_json "forks: calls" "[103, 1]" "$WORK/forks.json" '[f("square")["calls"], f("forking")["calls"]]'
"$LPROF" -q --by process -f square -o "$WORK/forks.json" -- "$PYTHON" "$WORK/forks.py" >/dev/null
is_json "forks: by process" "(103, True)" "$WORK/forks.json" \
	'(sum(f["calls"] for f in p["functions"]), len({f["pid"] for f in p["functions"]}) >= 4)'
"$LPROF" -q --by thread -f work -o "$WORK/threads.json" -- "$PYTHON" "$SCRIPTS/flow.py" >/dev/null
is_json "threads: four" 4 "$WORK/threads.json" 'len({f["tid"] for f in p["functions"]})'
is_json "threads: each one call" "{1}" "$WORK/threads.json" '{f["calls"] for f in p["functions"]}'

# Pythons that a Python executes: workers, with the environment that it says, by way of a shell, and instead of itself.
cat >"$WORK/executes.py" <<'END'
import multiprocessing
import os
import subprocess
import sys
def square(x):
    return x * x
WORKER = """
import os
def square(x):
    return x * x
square(1)
print(sorted(name for name in os.environ if name == "LPROF_BPF_SHIM" or "/proc" in os.environ[name]),
      len(os.listdir("/proc/self/fd")))
"""
if __name__ == "__main__":
    for method in "spawn", "forkserver":
        with multiprocessing.get_context(method).Pool(3) as pool:
            print(sum(pool.map(square, range(100))), flush=True)
    with open(sys.argv[1], "w") as file:
        file.write(WORKER)
    for environment in None, {}, {"LD_PRELOAD": sys.argv[2]}:
        print(subprocess.run([sys.executable, sys.argv[1]], env=environment, capture_output=True), flush=True)
    subprocess.run(f"X=1 {sys.executable} {sys.argv[1]}", shell=True)
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, sys.argv[1]], {}), 0)
    print(os.system(f"{sys.executable} {sys.argv[1]}; trap '' INT; exit 3"), os.system("kill -INT $$"), flush=True)
    code = "import os, sys; os.execv(sys.executable, [sys.executable, sys.argv[1]])"
    subprocess.run([sys.executable, "-c", code, sys.argv[1]])
    code = "import os, sys; os.execve(os.open(sys.executable, 0), [sys.executable, sys.argv[1]], {})"
    subprocess.run([sys.executable, "-c", code, sys.argv[1]])
END
for user in root nobody; do
	rm -f "$WORK/worker.py"
	install -m 666 /dev/null "$WORK/worker.py"
	set -- "$PYTHON" "$WORK/executes.py" "$WORK/worker.py" "$WORK/libnothing.so"
	"$@" >"$WORK/plain.out" 2>&1
	"$LPROF" -q --user $user -f square -o "$WORK/executed.json" -- "$@" >"$WORK/executed.out" 2>&1
	is "executed, $user: status" 0 $?
	check "executed, $user: as without the profiler" cmp "$WORK/plain.out" "$WORK/executed.out"
	is_json "executed, $user: calls" "{'executes.py': 200, 'worker.py': 8}" "$WORK/executed.json" \
		'{f["file"].rpartition("/")[2]: f["calls"] for f in p["functions"]}'
	is_json "executed, $user: hits" "{200, 8}" "$WORK/executed.json" \
		'{l["hits"] for f in p["functions"] for l in f["lines"] if l["hits"]}'
	is_json "executed, $user: all are counted" 0 "$WORK/executed.json" 'sum("executed meanwhile" in n for n in p["notes"])'
done
# A program that is no Python, but starts some.
printf '#!/bin/sh\n"$@"\n"$@"\n' >"$WORK/twice.sh"
chmod +x "$WORK/twice.sh"
"$PYTHON" "$SCRIPTS/settrace.py" "$WORK/expected" "$SCRIPTS/flow.py" >/dev/null
"$LPROF" -q -f '*' -o "$WORK/shell.json" -- sh -c "'$PYTHON' '$SCRIPTS/flow.py'; exit 3" >"$WORK/shell.out"
is "shell: status" 3 $?
check "shell: as Python's tracing" \
	"$SCRIPTS/compare.py" settrace "$WORK/expected" "$WORK/shell.json" "$SCRIPTS/flow.py"
"$LPROF" -q -f square -o "$WORK/shell.json" -- "$WORK/twice.sh" "$PYTHON" "$WORK/worker.py" >/dev/null
is_json "a shell's script: calls" 2 "$WORK/shell.json" 'f("square")["calls"]'
"$LPROF" -q -f square -o "$WORK/shell.json" -- sh -c 'env; ls /proc/self/fd' >"$WORK/shell.out" 2>"$WORK/shell.err"
is "shell: nothing was counted: status" 1 $?
check "shell: nothing was counted: says so" grep -q "neither the command nor what it started" "$WORK/shell.err"
is "shell: other programs see nothing of it" 0 "$(grep -c -e LPROF_BPF -e LD_PRELOAD=/proc -e '^70[0-9]' "$WORK/shell.out")"
is "executed: nothing is left" "" "$(pgrep -f lprof-bpf-holder)"

# Code objects that come and go at the same addresses.
cat >"$WORK/made.py" <<'END'
import gc
import weakref
def run():
    for i in range(300):
        space = {}
        exec(f"def made_{i % 3}(x):\n    return x\n", space)
        space[f"made_{i % 3}"](i)
    code = weakref.ref(space["made_2"].__code__)
    del space
    gc.collect()
    print(code())
run()
END
"$LPROF" -q -f made_1 -f made_2 -o "$WORK/made.json" -- "$PYTHON" "$WORK/made.py" >"$WORK/made.out"
is_json "made from strings" "[('made_1', 100), ('made_2', 100)]" "$WORK/made.json" \
	'sorted((f["name"], f["calls"]) for f in p["functions"])'
is "made from strings: nothing keeps them" None "$(cat "$WORK/made.out")"

# Sampled stacks call what counts the lines by its name.
is_json "samples: what counts is named" 1 "$WORK/plain.json" \
	'int(any(f["name"] == "[lprof-bpf]" for f in p["stacks"]["functions"]))'
is_json "samples: and nothing else is of it" "{'[lprof-bpf]'}" "$WORK/plain.json" \
	'{f["name"] for f in p["stacks"]["functions"] if "memfd" in f["object"]}'

# Native functions in the same run.
gcc -g -O1 -fPIC -shared -o "$WORK/libdgemm.so" "$PROGRAMS/dgemm.c"
"$LPROF" -q -x "$WORK/libdgemm.so" -f main -f 'dgemm*' -o "$WORK/both.json" -- \
	"$PYTHON" "$SCRIPTS/native.py" "$WORK/libdgemm.so" >/dev/null
is_json "with native: calls" "[50, 1]" "$WORK/both.json" '[f("dgemm_like")["calls"], f("main")["calls"]]'

# A profiler that does not get on for longer than a lease lasts, here with a report that nobody reads, and one that is
# stopped: the program counts on in the first case only.
cat >"$WORK/waited.py" <<'END'
import sys
import time
def turn():
    return 1
n = 0
with open(sys.argv[1], "w") as file:
    print("begun", file=file)
end = time.monotonic() + 14
while time.monotonic() < end:
    turn()
    n += 1
    time.sleep(0.01)
with open(sys.argv[1], "w") as file:
    print(n, file=file)
END
"$LPROF" -q -f turn -o "$WORK/stopped.json" -- "$PYTHON" "$WORK/waited.py" "$WORK/stopped.n" &
profiler=$!
child $profiler
wait_for 20 test -s "$WORK/stopped.n"
kill -STOP $profiler
python3 "$HERE/unread.py" 12 "$LPROF" -q -f turn -i 0.5 -- "$PYTHON" "$WORK/waited.py" "$WORK/unread.n" >"$WORK/unread.out"
kill -CONT $profiler
wait $profiler
forget $profiler
is "a report that nobody reads: the last one has all hits" "$(cat "$WORK/unread.n")" \
	"$(awk '/return 1$/ { hits = $2 } END { print hits }' "$WORK/unread.out")"
is_json "a profiler that is stopped: the program ends counting" "(True, 1)" "$WORK/stopped.json" \
	"(f('turn')['calls'] < $(cat "$WORK/stopped.n"), sum('stopped counting before the end' in n for n in p['notes']))"

# Profiling that ends before the program does leaves it as fast as before; so does a profiler that is killed.
cat >"$WORK/turns.py" <<'END'
import sys
import threading
import time
def turn(n):
    total = 0
    for i in range(n):
        total += i
    return total
def turns(end):
    while time.time() < end:
        if turn(5000) != 12497500:
            print("wrong")
end = time.time() + float(sys.argv[2])
threads = [threading.Thread(target=turns, args=(end,)) for _ in range(2)]
for thread in threads:
    thread.start()
with open(sys.argv[1], "w", buffering=1) as out:
    while time.time() < end:
        began = time.thread_time_ns()
        turn(5000)
        print(time.thread_time_ns() - began, file=out)
for thread in threads:
    thread.join()
print("done")
END
# slowdown FILE: the first turns to the last ones
slowdown() {
	python3 - "$1" <<'END'
import statistics
import sys
turns = [int(line) for line in open(sys.argv[1]) if line.endswith("\n")]
print(round(statistics.median(turns[:20]) / statistics.median(turns[-20:]), 1))
END
}
"$LPROF" -q -d 1 -f turn -o "$WORK/turns.json" -- "$PYTHON" "$WORK/turns.py" "$WORK/stopped" 3 >"$WORK/turns.out"
is "stopped: the program's own output" done "$(cat "$WORK/turns.out")"
is_json "stopped: counted until then" 1 "$WORK/turns.json" 'int(f("turn")["calls"] > 10 and p["duration_ns"] < 2e9)'
ratio=$(slowdown "$WORK/stopped")
echo "  a turn took $ratio times as long while it was counted"
is "stopped: faster afterwards" 1 "$(python3 -c "print(int($ratio > 2))")"
"$LPROF" -q -f turn -- "$PYTHON" "$WORK/turns.py" "$WORK/killed" 14 >"$WORK/killed.out" &
profiler=$!
child $profiler
wait_for 10 test -s "$WORK/killed"
stop $profiler KILL
wait_for 20 grep -q done "$WORK/killed.out"
is "the profiler killed: the program's own output" done "$(cat "$WORK/killed.out")"
ratio=$(slowdown "$WORK/killed")
is "the profiler killed: faster afterwards ($ratio)" 1 "$(python3 -c "print(int($ratio > 2))")"

# What cannot be counted.
"$PYTHON" "$WORK/turns.py" "$WORK/running" 5 >/dev/null &
pid=$!
child $pid
wait_for 10 test -s "$WORK/running"
"$LPROF" -f turn -d 1 -o "$WORK/sampled.json" -p $pid 2>"$WORK/sampled.err"
is "attached: sampled" 0 $?
check "attached: says so, and what to do" grep -q "CPython 3.13.*a door for debuggers only from 3.14 on.*can be counted only if it is started by lprof-bpf (-- .*sampled instead.*no hits" "$WORK/sampled.err"
is_json "attached: times, and no hits" True "$WORK/sampled.json" \
	'any(l["time_ns"] for l in f("turn")["lines"]) and not any(l["hits"] for l in f("turn")["lines"]) and len(p["functions"]) == 1'
"$LPROF" list -f turn -p $pid >"$WORK/refused.out" 2>"$WORK/refused.err"
is "attached: no list of its sites" 1 $?
is "attached: in one sentence" 1 "$(wc -l <"$WORK/refused.err")"
stop $pid KILL
cat >"$WORK/venv/lib/python3.13/site-packages/tools.py" <<'END'
import sys
sys.monitoring.use_tool_id(3, "first tool")
sys.monitoring.use_tool_id(4, "second tool")
END
echo "import tools" >"$WORK/venv/lib/python3.13/site-packages/tools.pth"
"$LPROF" -q -f work -o "$WORK/tools.json" -- "$WORK/venv/bin/python" "$WORK/start.py" >/dev/null
is "tools: the program runs" 0 $?
is_json "tools: that none is free is said" 1 "$WORK/tools.json" \
	'sum("in use there already: by first tool and second tool" in n for n in p["notes"])'
is_json "tools: nothing was counted" "[]" "$WORK/tools.json" 'p["functions"]'
sed -i '/second/d' "$WORK/venv/lib/python3.13/site-packages/tools.py"
"$LPROF" -q -f work -o "$WORK/tools.json" -- "$WORK/venv/bin/python" "$WORK/start.py" >/dev/null
is_json "tools: one is free" 1 "$WORK/tools.json" 'f("work")["calls"]'

finish
