#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a command starts is profiled too, from its first instruction: children, other programs that it executes, and what
# these start. Each process says itself how many turns its loop made.
. "$(dirname "$0")/lib.sh"
need gcc python3 su
need_profiler

build family gcc "$WORK/family" -O1 || bad "build"
chmod 755 "$WORK"
F=$WORK/family
LINE=$(number_of family '/* turn */')

# turns: the sum of what the processes of the last run said.
turns() {
	awk '$1 == "turns" { sum += $2 } END { print sum + 0 }' "$WORK/out"
}

# follow NAME STATUS PROFILER-ARGUMENTS...: the hits of the loop are the program's own count.
follow() {
	local name=$1 status=$2
	shift 2
	timeout 60 "$LPROF" -q -o "$WORK/follow.json" "$@" >"$WORK/out" 2>"$WORK/err"
	is "$name: status" "$status" $?
	is "$name: some turns" 1 $(($(turns) > 0))
	is_json "$name: hits" "$(turns)" "$WORK/follow.json" "hits('family.c', $LINE)"
	missed_none "$name" "$WORK/follow.json"
	is "$name: nothing is said" "" "$(cat "$WORK/err")"
}

follow "the command alone" 0 -f work -- "$F" one 50
follow "children" 0 -f work -- "$F" fork 10
is_json "children: their process IDs" 11 "$WORK/follow.json" "len(set(p['pids']))"
follow "children at once, of a thread" 0 -f work -- "$F" crowd 20
follow "children of children" 0 -f work -- "$F" deep 10
follow "posix_spawn" 0 -f work -- "$F" spawn 5
follow "exec of itself" 0 -f work -- "$F" again 5
follow "vfork" 0 -f work -- "$F" vfork
follow "all jumps" 0 -f work --all-jumps -- "$F" crowd 10
follow "a daemon that outlives the command" 0 -f work -- "$F" daemon 500
for i in 1 2 3; do
	follow "a daemon that works shortly" 0 -f work -- "$F" daemon "${i}0"
done
follow "sh -c" 0 -f work -- sh -c "$F one 30; $F fork 3; $F one 7"
follow "the shell's status" 7 -f work -- sh -c "$F one 30; exit 7"
follow "env, nice, timeout" 0 -f work -- env A=b nice -n 1 timeout 50 sh -c "exec $F deep 5"
follow "su" 0 -f work -- su nobody -s /bin/sh -c "$F fork 3"
follow "-x" 0 -f work -x "$F" -- sh -c "$F fork 3; $F again 3"
follow "in the background" 0 -f work -- sh -c "$F daemon 700 & $F daemon 300 & wait"
printf '#!/bin/sh\n%s fork 2\n"$@"\n' "$F" >"$WORK/script"
chmod 755 "$WORK/script"
follow "a script" 0 -f work -- "$WORK/script" "$WORK/script" "$F" one 9
follow "the output every tenth of a second" 0 -f work -i 0.1 -- sh -c "$F daemon 400; $F one 3"

# A program that tells nothing about itself may start others.
cat >"$WORK/static.c" <<'SOURCE'
#include <unistd.h>
int main(int argc, char **argv) { return argc > 1 ? execv(argv[1], argv + 1) : 0; }
SOURCE
gcc -static -s -o "$WORK/static" "$WORK/static.c" || bad "build"
follow "a static program" 0 -f work -- "$WORK/static" "$F" one 11

# Each process has a table of its own.
follow "--by process" 0 -f work --by process -- "$F" fork 3
is_json "--by process: one by one" "[10, 20, 30]" "$WORK/follow.json" \
	"sorted(sum(l['hits'] for l in f['lines'] if l['line'] == $LINE) for f in p['functions'])"

# What is loaded into a shell, in case it starts Pythons, is nothing that its children see. Bash has its own unsetenv().
for shell in bash sh; do
	timeout 60 "$LPROF" -q -f work -o "$WORK/shell.json" -- $shell -c "$F one 5; env" >"$WORK/out" 2>"$WORK/err"
	is "$shell: status" 0 $?
	is "$shell: standard error" "" "$(cat "$WORK/err")"
	is "$shell: environment" 0 "$(grep -c "LD_PRELOAD\|LPROF" "$WORK/out")"
done
LD_PRELOAD=libm.so.6 timeout 60 "$LPROF" -q -f work -o "$WORK/shell.json" -- bash -c "$F one 5; env" >"$WORK/out" 2>"$WORK/err"
is "what is preloaded already stays" LD_PRELOAD=libm.so.6 "$(grep LD_PRELOAD "$WORK/out")"

# Jobs of a shell with job control are held a little later, and the shell does not take them for stopped.
timeout 60 "$LPROF" -q -f work -o "$WORK/jobs.json" -- bash -c "set -m; $F one 30; $F fork 3; jobs" >"$WORK/out" 2>"$WORK/err"
is "jobs: status" 0 $?
is "jobs: none is left" 1 "$(awk '!/^turns/ { n++ } END { print n == 0 }' "$WORK/out")"
is_json "jobs: hits" "$(turns)" "$WORK/jobs.json" "hits('family.c', $LINE)"
is_json "jobs: said" 1 "$WORK/jobs.json" "sum('ran for a moment before' in n for n in p['notes'])"

# A thread that is not the first executes the same program once more: what follows is not counted, which is said.
timeout 60 "$LPROF" -q -f work -o "$WORK/thread.json" -- "$F" thread 15 >"$WORK/out" 2>"$WORK/err"
is "exec by another thread: status" 0 $?
is_json "exec by another thread: hits" 15 "$WORK/thread.json" "hits('family.c', $LINE)"
is_json "exec by another thread: said" 1 "$WORK/thread.json" "sum('a thread that was not the first' in n for n in p['notes'])"

# Functions of two programs, of which one is not the command.
build collatz gcc "$WORK/collatz" -O1 || bad "build"
timeout 60 "$LPROF" -q -f work -f collatz -o "$WORK/two.json" -- sh -c "$F one 40; $WORK/collatz 300" >"$WORK/out" 2>"$WORK/err"
is "two programs: status" 0 $?
"$LPROF" -q -f collatz -o "$WORK/one.json" -- "$WORK/collatz" 300 >"$WORK/one" 2>&1
is_json "two programs: the first" 40 "$WORK/two.json" "hits('family.c', $LINE)"
is_json "two programs: the second" "$(get "$WORK/one.json" "sum(l['hits'] for l in f('collatz')['lines'])")" \
	"$WORK/two.json" "sum(l['hits'] for l in f('collatz')['lines'])"

# Python's processes, as multiprocessing starts them.
cat >"$WORK/pool.py" <<'PYTHON'
import multiprocessing
import sys


def work(n):
    total = 0
    for i in range(n):
        total += i
    return total


if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        pool.map(work, [100] * 6)
PYTHON
for method in fork spawn forkserver; do
	timeout 60 "$LPROF" -q -f work -o "$WORK/pool.json" -- /usr/bin/python3.11 "$WORK/pool.py" $method >"$WORK/out" 2>&1
	is "multiprocessing, $method: status" 0 $?
	is_json "multiprocessing, $method: hits" 600 "$WORK/pool.json" "hits('pool.py', 8)"
done

# Within a budget.
timeout 60 "$LPROF" -q -f work --max-overhead 5 -o "$WORK/budget.json" -- "$F" hard 2000 >"$WORK/out" 2>&1
is "a budget: status" 0 $?
is_json "a budget: hits of the child" True "$WORK/budget.json" "hits('family.c', $LINE) > 1000"

# serve PROFILER-OPTIONS... -- [PROGRAM]: starts a server, and the profiler for it.
serve() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	rm -f "$WORK/out" "$WORK/err"
	"$F" server "$@" >"$WORK/out" &
	TARGET=$!
	child $TARGET
	wait_for 20 grep -q ready "$WORK/out" || bad "the server did not start"
	"$LPROF" -f work "${options[@]}" -p $TARGET -o "$WORK/served.json" 2>"$WORK/err" &
	profiler=$!
	child $profiler
	wait_for 20 grep -q profiling "$WORK/err" || bad "the profiler did not start"
}

# served NAME: ends the server, and so the profiler.
served() {
	kill -TERM $TARGET
	wait $TARGET
	forget $TARGET
	wait $profiler
	is "$1: status" 0 $?
	forget $profiler
}

# What a process of -p starts is not held: what it did before it had probes is missing, which is said.
serve "${EXACT[@]}" --
kill -USR1 $TARGET
sleep 0.5
kill -USR1 $TARGET
sleep 1
served "-p"
is_json "-p: the server and its children" 3 "$WORK/served.json" "len(set(p['pids']))"
is_json "-p: hits" True "$WORK/served.json" "100 < hits('family.c', $LINE) <= $(turns)"
is_json "-p: nothing contradicts" 0 "$WORK/served.json" "sum('contradict' in n for n in f('work').get('notes', []))"
is_json "-p: said" 1 "$WORK/served.json" "sum('2 of the processes that the target started ran' in n for n in p['notes'])"

# ... another program that it starts, which has the same functions.
cp "$F" "$WORK/relative"
serve "${EXACT[@]}" -- "$WORK/relative"
kill -USR1 $TARGET
wait_for 20 grep -q turns "$WORK/out" || bad "the program did not run"
served "-p, another program"
is_json "-p, another program: hits" True "$WORK/served.json" "100 < hits('family.c', $LINE) <= $(turns)"

# ... within a budget, whose windows go on when children have ended.
serve --max-overhead 5 -- "$F"
for i in 1 2 3 4; do
	kill -USR1 $TARGET
	sleep 1
done
served "-p, a budget"
is_json "-p, a budget: windows" True "$WORK/served.json" "p['budget']['windows'] > 8"

# ... and other programs that it executes.
mkfifo "$WORK/commands"
sh -c 'while read -r command; do $command; done' <"$WORK/commands" >"$WORK/out" &
TARGET=$!
child $TARGET
exec 7>"$WORK/commands"
rm -f "$WORK/err"
"$LPROF" -f work "${EXACT[@]}" -x "$F" -p $TARGET -o "$WORK/served.json" 2>"$WORK/err" 7>&- &
profiler=$!
child $profiler
wait_for 20 grep -q profiling "$WORK/err" || bad "the profiler did not start"
echo "$F hard 700" >&7
wait_for 20 grep -q turns "$WORK/out" || bad "the command did not run"
exec 7>&-
wait $profiler
is "-p of a shell: status" 0 $?
forget $profiler
forget $TARGET
is_json "-p of a shell: hits" True "$WORK/served.json" "100 < hits('family.c', $LINE) <= $(turns)"

# What there is not.
"$LPROF" -q -f nothing -- sh -c "$F one 3; true" >"$WORK/out" 2>"$WORK/err"
is "no such function: status" 1 $?
is "no such function: it has run" 3 "$(turns)"
check "no such function: said" grep -q "has a function that -f names" "$WORK/err"
"$LPROF" -f work --no-follow -- sh -c "$F one 3" >"$WORK/out" 2>"$WORK/err"
is "--no-follow: status" 1 $?
is "--no-follow: it has not run" 0 "$(turns)"
"$LPROF" -q -f work --no-follow -o "$WORK/alone.json" -- "$F" fork 3 >"$WORK/out" 2>"$WORK/err"
is "--no-follow: status of a program that has it" 0 $?
is_json "--no-follow: no hits of children" 0 "$WORK/alone.json" "hits('family.c', $LINE)"
"$LPROF" -q -f work -- sh -c "nosuchprogram" >"$WORK/out" 2>"$WORK/err"
is "nothing was started: status" 1 $?

# stopped: how many of the processes are.
stopped() {
	ps -eo stat=,args= | awk -v name="$F" '$1 ~ /^T/ && index($0, name) { n++ } END { print n + 0 }'
}
running() {
	! pgrep -f "^$F" >"$WORK/running"
}

# The profiler is killed at any moment: nobody is left stopped, and all get on.
for i in 1 2 3 4 5 6; do
	"$LPROF" -q -f work -o "$WORK/killed.json" -- \
		sh -c "for k in 1 2 3; do $F crowd 5; $F spawn 4; done; echo end >>$WORK/ended" >"$WORK/out" 2>&1 &
	profiler=$!
	sleep "0.$((2 * i))"
	kill -KILL $profiler 2>/dev/null
	wait $profiler 2>/dev/null
done
check "killed: all processes end" wait_for 20 running
is "killed: none is stopped" 0 "$(stopped)"

# The profiler is stopped: who is held goes on after some seconds.
rm -f "$WORK/out"
"$LPROF" -q -f work -o "$WORK/late.json" -- sh -c "sleep 1; $F one 20" >"$WORK/out" 2>&1 &
profiler=$!
child $profiler
wait_for 20 pgrep -f "^sleep 1" || bad "the command did not start"
kill -STOP $profiler
check "stopped: the process goes on" wait_for 20 grep -q turns "$WORK/out"
kill -CONT $profiler
wait $profiler
forget $profiler
finish
