#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Python from 3.14 on that runs already: hits against Python's own tracing, what was under way, what is left in a program
# afterwards, and what is refused.
# shellcheck source=tests/integration/lib.sh
. tests/integration/lib.sh
need_profiler
SCRIPTS=$TOP/tests/python
need apt-get dpkg-deb gcc python3 setpriv unshare
umask 022
chmod 755 "$WORK"

# Those of newer suites come and go.
PYTHONS=()
for version in 3.14 3.15; do
	if newer=$(tests/deps/pythons $version); then PYTHONS+=("$newer"); else echo "  skipped: Python $version"; fi
done
[ ${#PYTHONS[@]} != 0 ] || {
	echo "  skipped: no Python that has a door for debuggers"
	exit 0
}
PYTHON=${PYTHONS[0]}

# resident NAME SCRIPT [RUNNER...]: starts a program that waits for the file $WORK/NAME.go to run SCRIPT. Sets pid.
resident() {
	local name=$1 script=$2
	shift 2
	rm -f "$WORK/$name".{go,done}
	"$@" "$SCRIPTS/resident.py" "$script" "$WORK/$name.go" "$WORK/$name.done" >"$WORK/$name.out" 2>"$WORK/$name.err" &
	pid=$!
	child $pid
	sleep 0.2
}

# attached NAME OPTION...: profiles process $pid until its script is done.
attached() {
	local name=$1 profiler
	shift
	"$LPROF" "${EXACT[@]}" -f '*' -o "$WORK/$name.json" -p $pid "$@" 2>"$WORK/$name.said" &
	profiler=$!
	child $profiler
	check "$name: counting has begun" wait_for 10 grep -q "Ctrl-C to stop" "$WORK/$name.said"
	touch "$WORK/$name.go"
	check "$name: the program goes on" wait_for 20 test -s "$WORK/$name.done"
	stop $profiler INT
	is "$name: status" 0 $?
}

rooms() {
	find /tmp /var/tmp /dev/shm -maxdepth 1 -newer "$WORK/began" -name 'lprof-bpf-[0-9a-f]*' 2>/dev/null | wc -l
}
touch "$WORK/began"

# Programs of all kinds, in the middle of another one.
for python in "${PYTHONS[@]}"; do
	version=$(basename "$python")
	for script in flow async_flow; do
		name=$version-$script
		"$python" "$SCRIPTS/settrace.py" "$WORK/expected" "$SCRIPTS/$script.py" >"$WORK/traced.out"
		resident "$name" "$SCRIPTS/$script.py" "$python"
		attached "$name"
		stop $pid KILL
		check "$name: its own output" cmp "$WORK/traced.out" "$WORK/$name.out"
		check "$name: as Python's tracing" \
			"$SCRIPTS/compare.py" settrace "$WORK/expected" "$WORK/$name.json" "$SCRIPTS/$script.py"
		is "$name: nothing on standard error" "" "$(cat "$WORK/$name.err")"
	done

	# What was called before, in four threads.
	name=$version-under-way
	rm -f "$WORK"/go{,.begun,.done}
	"$python" "$SCRIPTS/under_way.py" "$WORK/go" >"$WORK/under.out" 2>&1 &
	pid=$!
	child $pid
	check "$name: all functions are under way" wait_for 20 test -e "$WORK/go.begun"
	"$LPROF" "${EXACT[@]}" -f work -f use -f generate -f cooperate -o "$WORK/$name.json" -p $pid 2>"$WORK/$name.said" &
	profiler=$!
	child $profiler
	check "$name: counting has begun" wait_for 10 grep -q "Ctrl-C to stop" "$WORK/$name.said"
	touch "$WORK/go"
	check "$name: all turns are done" wait_for 20 test -e "$WORK/go.done"
	stop $profiler INT
	wait $pid
	forget $pid
	for function in work generate use cooperate; do
		line=$(grep -n -A12 "def $function" "$SCRIPTS/under_way.py" | grep -m1 "# of" | cut -d- -f1)
		turns=1000
		case $function in work | cooperate) turns=2000 ;; esac
		is_json "$name: $function" $turns "$WORK/$name.json" \
			"next(l[\"hits\"] for l in f(\"$function\")[\"lines\"] if l[\"line\"] == $line)"
	done
	is "$name: nothing is left" "[None, None, None, None, None, None] [] []" "$(cat "$WORK/under.out")"
done

# Twenty times, in three threads.
cat >"$WORK/turns.py" <<'EOF'
import sys
import threading
import time
def turn(n):
    total = 0
    for i in range(n):
        total += i
    return total
def turns():
    while True:
        turn(100)
        time.sleep(0.001)
for _ in range(2):
    threading.Thread(target=turns, daemon=True).start()
with open(sys.argv[1], "w", buffering=1) as out:
    while True:
        began = time.thread_time_ns()
        turn(5000)
        print(time.thread_time_ns() - began, file=out)
        time.sleep(0.001)
EOF
# speed N: what a turn takes, of the quickest quarter of the last N; there is other work on the machine.
speed() {
	local lines
	lines=$(($(wc -l <"$WORK/turns") + $1))
	wait_for 30 eval "[ \$(wc -l <\"$WORK/turns\") -ge $lines ]"
	tail -n "$1" "$WORK/turns" | sort -n | sed -n "$(($1 / 4))p"
}
"$PYTHON" "$WORK/turns.py" "$WORK/turns" 2>"$WORK/turns.err" &
pid=$!
child $pid
wait_for 10 test -s "$WORK/turns"
before=$(speed 200)
descriptors=$(find /proc/$pid/fd -type l | wc -l)
bad_cycles=0
for _ in {1..20}; do
	"$LPROF" "${EXACT[@]}" -q -d 0.05 -f turn -o "$WORK/cycle.json" -p $pid || bad_cycles=$((bad_cycles + 1))
	# The calls under way when it begins and when it ends: three threads.
	right=$(get "$WORK/cycle.json" '(lambda h: int(h[0] > 10 and abs(h[0] - h[-1]) <= 3 and abs(h[1] - h[2] - h[0]) <= 3))([l["hits"] for l in f("turn")["lines"][-4:]])')
	[ "$right" = 1 ] || bad_cycles=$((bad_cycles + 1))
done
is "20 cycles: each counts right" 0 $bad_cycles
after=$(speed 200)
echo "  a turn took $before ns before and $after ns after 20 cycles"
is "20 cycles: as fast as before" 1 $((after * 100 < before * 110))
is "20 cycles: descriptors" "$descriptors" "$(find /proc/$pid/fd -type l | wc -l)"
is "20 cycles: the library is there once" 1 "$(grep -c 'r-xp.*memfd:lprof-bpf-python' /proc/$pid/maps)"
is "20 cycles: no memory is left" 0 "$(grep -c 'memfd:lprof-bpf ' /proc/$pid/maps)"
is "20 cycles: no room is left" 0 "$(rooms)"

# A profiler that is killed, before or after counting has begun. The next one takes over at once.
for moment in 0.05 0.08 0.3; do
	"$LPROF" "${EXACT[@]}" -q -f turn -p $pid >/dev/null &
	profiler=$!
	child $profiler
	sleep $moment
	stop $profiler KILL
	"$LPROF" "${EXACT[@]}" -q -d 0.1 -f turn -o "$WORK/next.json" -p $pid
	is "killed after $moment s: the next one" 0 $?
	is_json "killed after $moment s: counts" 1 "$WORK/next.json" 'int(f("turn")["calls"] > 10)'
done
again=$(speed 200)
is "killed: as fast as before ($again)" 1 $((again * 100 < before * 110))
is "killed: no room is left" 0 "$(rooms)"
# Two at a time.
"$LPROF" "${EXACT[@]}" -q -f turn -o "$WORK/first.json" -p $pid &
profiler=$!
child $profiler
wait_for 5 grep -q 'memfd:lprof-bpf ' /proc/$pid/maps
"$LPROF" "${EXACT[@]}" -q -d 0.1 -f turn -p $pid >/dev/null 2>"$WORK/second.err"
is "two profilers: the second one" 1 $?
check "two profilers: why" grep -q "another lprof-bpf counts them" "$WORK/second.err"
stop $profiler INT
is "two profilers: the first one" 0 $?

# Sent to a store while it goes on: the sums are those of the report.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$WORK/store"
echo 200 >"$WORK/store/mode"
python3 "$HERE/receiver.py" "$WORK/store" "$port" >"$WORK/store.out" 2>&1 &
child $!
check "store: is there" wait_for 10 grep -q ready "$WORK/store.out"
"$LPROF" "${EXACT[@]}" -q -f turn -i 0.2 -d 0.9 -o "$WORK/pushed.json" --push "http://127.0.0.1:$port" --spool "$WORK/spool" -p $pid
is "pushed: status" 0 $?
is "pushed: hits" True "$(python3 "$HERE/received.py" "$WORK/store" \
	"len(got) >= 3 and sum(by_line(got).values()) > 100 and by_line(got) == reported('$WORK/pushed.json')" 2>&1)"
"$LPROF" "${EXACT[@]}" -q -i 0.2 -d 0.9 -f turn -p $pid >"$WORK/interval.out"
is "several reports: hits grow" True "$(awk '/total \+= i/ { print $2 }' "$WORK/interval.out" |
	python3 -c 'import sys; n = [int(line) for line in sys.stdin]; print(len(n) >= 3 and n == sorted(set(n)))')"
"$LPROF" "${EXACT[@]}" -q --by thread -d 0.3 -f turn -o "$WORK/threads.json" -p $pid
is_json "by thread: three" 3 "$WORK/threads.json" 'len({f["tid"] for f in p["functions"]})'
# Within a budget, as it is without an option; see 87-python-budget.sh.
"$LPROF" -q -d 0.5 -f turn -o "$WORK/budget.json" -p $pid
is "within a budget: status" 0 $?
# It pays for some ten calls at once, with 5000 turns in some of them, and for a window now and then.
is_json "within a budget: counts" True "$WORK/budget.json" \
	'max(l["hits"] for l in f("turn")["lines"]) > 1000 and p["budget"]["percent"] == 2'
is "nothing on standard error" "" "$(cat "$WORK/turns.err")"

# What cannot be.
# refused NAME PATTERN: process $pid is, in one sentence.
refused() {
	"$LPROF" "${EXACT[@]}" -d 0.2 -f turn -p $pid >"$WORK/refused.out" 2>"$WORK/refused.err"
	is "$1: status" 1 $?
	check "$1: says why" grep -q "$2" "$WORK/refused.err"
	is "$1: in one sentence" 1 "$(wc -l <"$WORK/refused.err")"
}
"$SCRIPTS/traced.py" $pid >"$WORK/traced" &
debugger=$!
child $debugger
wait_for 5 grep -q traced "$WORK/traced"
refused "debugged" "a debugger is attached to it; detach that first"
stop $debugger KILL
kill -STOP $pid
refused "stopped" "it is stopped; let it go on (kill -CONT $pid"
kill -CONT $pid
# shellcheck disable=SC2317 # with_python calls it
# sampled NAME PATTERN: the lines of process $pid cannot be counted, which is said in one sentence; they are sampled.
sampled() {
	"$LPROF" "${EXACT[@]}" -q -d 1 -f turn -o "$WORK/sampled.json" -p $pid 2>"$WORK/sampled.err"
	is "$1: status" 0 $?
	"$LPROF" "${EXACT[@]}" -d 0.2 -f turn -o /dev/null --format json -p $pid 2>"$WORK/sampled.err"
	check "$1: says why" grep -q "$2.*sampled instead" "$WORK/sampled.err"
	is_json "$1: times, and no hits" True "$WORK/sampled.json" \
		'any(l["time_ns"] for l in f("turn")["lines"]) and not any(l["hits"] for l in f("turn")["lines"])'
}
# with_python HOW NAME PATTERN COMMAND...: HOW is one of these functions, of a process that COMMAND starts.
with_python() {
	local how=$1 name=$2 pattern=$3
	shift 3
	(umask 0 && : >"$WORK/other")
	"$@" "$WORK/turns.py" "$WORK/other" &
	pid=$!
	child $pid
	wait_for 10 test -s "$WORK/other"
	"$how" "$name" "$pattern"
	stop $pid KILL
	rm -f "$WORK/other"
}
turns=$pid
with_python sampled "disabled" "remote debugging is disabled in it.*start it without that, or by lprof-bpf (-- COMMAND)" \
	"$PYTHON" -X disable-remote-debug
with_python sampled "disabled by a variable" "remote debugging is disabled in it" \
	env PYTHON_DISABLE_REMOTE_DEBUG=1 "$PYTHON"
# shellcheck disable=SC2016
with_python refused "no room" "its user can make files neither in /tmp nor" unshare -m sh -c '
	mount -t tmpfs -o mode=755 none /dev/shm && mount -t tmpfs -o mode=755 none /var/tmp &&
		mount --rbind /tmp /tmp && mount --bind "$0" "$0" && mount -o remount,bind,ro /tmp &&
		exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' "$WORK" "$PYTHON"
pid=$turns

# A program that waits for ever. What it is to execute is in a directory of its own user. Ctrl-C ends the waiting.
mkfifo "$WORK/never"
sleep 60 >"$WORK/never" &
child $!
setpriv --reuid=65534 --regid=65534 --clear-groups "$PYTHON" -c '
def late(n):
    total = 0
    for i in range(n):
        total += i
    return total
while True:
    print(late(int(input())), flush=True)' <"$WORK/never" >"$WORK/never.out" 2>"$WORK/never.err" &
pid=$!
child $pid
sleep 0.3
"$LPROF" "${EXACT[@]}" -f late -p $pid >"$WORK/waiting.out" 2>"$WORK/waiting.err" &
profiler=$!
child $profiler
check "waiting: is said" wait_for 10 grep -q "process $pid has executed no Python code.*its lines count as soon as" "$WORK/waiting.err"
is "waiting: the room" "nobody 400 regular file,nobody 400 regular file,nobody 700 directory,nobody 755 socket," \
	"$(stat -c '%U %a %F' /tmp/lprof-bpf-*[0-9a-f] /tmp/lprof-bpf-*[0-9a-f]/* | sort | tr '\n' ,)"
sleep 4
check "waiting: it has not given up" kill -0 $profiler
kill -INT $profiler
wait $profiler
is "waiting: status" 0 $?
forget $profiler
check "waiting: the report says so" grep -q "1 Python program executed no Python code since profiling began" "$WORK/waiting.out"
is "waiting: no room is left" 0 "$(rooms)"
echo 10 >"$WORK/never"
check "waiting: the program goes on" wait_for 10 grep -q 45 "$WORK/never.out"
is "waiting: nothing of ours was loaded" 0 "$(grep -c lprof "/proc/$pid/maps")"

# What it executes after it has waited counts, from the first line on that it begins.
rm -f "$WORK/waiting.err"
"$LPROF" "${EXACT[@]}" -f late -o "$WORK/late.json" -p $pid 2>"$WORK/waiting.err" &
profiler=$!
child $profiler
wait_for 10 grep -q "as soon as" "$WORK/waiting.err"
sleep 1
for n in 100 200 300; do
	echo $n >"$WORK/never"
	wait_for 10 grep -q "^$((n * (n - 1) / 2))\$" "$WORK/never.out"
done
sleep 0.5
kill -INT $profiler
wait $profiler
is "late: status" 0 $?
forget $profiler
is_json "late: hits" "3 3 603 600 3" "$WORK/late.json" '"%d" % f("late")["calls"] + "".join(" %d" % l["hits"] for l in f("late")["lines"] if l["line"] > 2)'
is "late: no room is left" 0 "$(rooms)"

# The profiler is killed while it waits.
rm -f "$WORK/waiting.err"
"$LPROF" "${EXACT[@]}" -f late -p $pid >"$WORK/waiting.out" 2>"$WORK/waiting.err" &
profiler=$!
child $profiler
wait_for 10 grep -q "as soon as" "$WORK/waiting.err"
stop $profiler KILL
check "killed while waiting: no room is left" wait_for 10 eval '[ "$(rooms)" = 0 ]'
echo 20 >"$WORK/never"
check "killed while waiting: the program goes on" wait_for 10 grep -q 190 "$WORK/never.out"
is "waiting: nothing on standard error" "" "$(cat "$WORK/never.err")"
stop $pid KILL

# One thread waits for ever, the other one executes Python code: it is asked, too.
"$PYTHON" -c '
import threading
def turn():
    total = 0
    return total
def work():
    while True:
        turn()
threading.Thread(target=work, daemon=True).start()
print("begun", flush=True)
input()' <"$WORK/never" >"$WORK/other.out" &
pid=$!
child $pid
check "another thread: it has begun" wait_for 20 grep -q begun "$WORK/other.out"
"$LPROF" "${EXACT[@]}" -d 0.3 -f turn -o "$WORK/other.json" -p $pid 2>"$WORK/waiting.err"
is "another thread: status" 0 $?
is_json "another thread: counts" True "$WORK/other.json" 'f("turn")["calls"] > 10'
is "another thread: nothing is waited for" 0 "$(grep -c "executed no Python code" "$WORK/waiting.err")"
stop $pid KILL

# What the process forks is counted, and what it executes is not, which is said.
cat >"$WORK/executes.py" <<'END'
import os
import subprocess
import sys
def turn():
    return 1
turn()
if not os.fork():
    turn()
    os._exit(0)
os.wait()
for _ in range(2):
    subprocess.run([sys.executable, "-c", "import time; time.sleep(1)"])
END
resident executes "$WORK/executes.py" "$PYTHON"
attached executes
stop $pid KILL
is_json "executes: calls" 2 "$WORK/executes.json" 'f("turn")["calls"]'
is_json "executes: said" "['2 Python programs were executed meanwhile']" "$WORK/executes.json" \
	'[n.partition(",")[0] for n in p["notes"] if "executed meanwhile" in n]'

# A program that is being started, and has no interpreter yet.
gcc -shared -fPIC -o "$WORK/slow.so" -x c - <<'END' || bad "build"
#include <unistd.h>
__attribute__((constructor)) static void slow(void)
{
	usleep(1500000);
}
END
for python in "${PYTHONS[@]}"; do
	name=starting-$(basename "$python")
	rm -f "$WORK/$name".{go,done}
	LD_PRELOAD=$WORK/slow.so "$python" "$SCRIPTS/resident.py" "$SCRIPTS/flow.py" "$WORK/$name.go" "$WORK/$name.done" \
		>"$WORK/$name.out" 2>"$WORK/$name.err" &
	pid=$!
	child $pid
	wait_for 10 grep -q slow.so /proc/$pid/maps
	"$LPROF" "${EXACT[@]}" -q -d 1 -f stay -o "$WORK/starting.json" -p $pid
	is "$name: status" 0 $?
	is_json "$name: counts" 1 "$WORK/starting.json" 'int(max(l["hits"] for l in f("stay")["lines"]) > 2)'
	stop $pid KILL
	is "$name: nothing on standard error" "" "$(cat "$WORK/$name.err")"
done

# Other users, and other views of files and processes.
seen() {
	local name=$1
	shift
	resident "$name" "$SCRIPTS/flow.py" "$@"
	pid=$(pgrep -n -f "resident.py $SCRIPTS/flow.py $WORK/$name.go")
	child "$pid"
	touch "$WORK/$name.out"
	"$LPROF" "${EXACT[@]}" -q -d 0.1 -f stay -o "$WORK/seen.json" -p "$pid"
	is "$name: status" 0 $?
	is_json "$name: counts" 1 "$WORK/seen.json" 'int(max(l["hits"] for l in f("stay")["lines"]) > 2)'
	kill -KILL "$pid"
	is "$name: nothing on standard error" "" "$(grep -v '^unshare' "$WORK/$name.err")"
}
seen nobody setpriv --reuid=65534 --regid=65534 --clear-groups "$PYTHON"
seen processes unshare -m -p -f --mount-proc "$PYTHON"
seen user unshare -U -r "$PYTHON"
# shellcheck disable=SC2016
seen files unshare -m sh -c 'mount -t tmpfs -o mode=1777 none /var/tmp && mount --bind /tmp /tmp &&
	mount -o remount,bind,ro /tmp && exec "$0" "$@"' "$PYTHON"

finish
