#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Libraries that the target opens while it is profiled: their functions are found without being named, and the hits of
# what is called once they have probes are exact.
. "$(dirname "$0")/lib.sh"
need gcc python3
need_profiler

gcc -g -O1 -I"$PROGRAMS" -o "$WORK/opens" "$PROGRAMS/opens.c" -ldl || bad "build"
gcc -g -O1 -I"$PROGRAMS" -shared -fPIC -DLIBRARY -o "$WORK/opened.so" "$PROGRAMS/opens.c" || bad "build"
gcc -g -O1 -I"$PROGRAMS" -DLINKED -o "$WORK/linked" "$PROGRAMS/opens.c" "$WORK/opened.so" || bad "build"
TURN=$(number_of opens '/* turn */')
PLUGGED=$(number_of opens '/* plugged */')

# has_probes: whether probes are in the library that the program has opened.
has_probes() {
	python3 "$HERE/unpatched.py" "$1" | grep -q "opened.so differs"
}

# said_times N WORD: whether the program has said that so often.
said_times() {
	[ "$(grep -c "$2" "$WORK/out")" -ge "$1" ]
}

# judge NAME [TURNS-OF-THE-PROGRAM [TURNS-OF-THE-LIBRARY]]
judge() {
	[ -z "${2:-}" ] || is_json "$1: hits in the program" "$2" "$WORK/opened.json" "hits('opens.c', $TURN)"
	is_json "$1: hits in the library" "${3:-5000}" "$WORK/opened.json" "hits('opens.c', $PLUGGED)"
	is_json "$1: said" 1 "$WORK/opened.json" "sum('libraries that were opened meanwhile' in n for n in p['notes'])"
	missed_none "$1" "$WORK/opened.json"
}

# opened NAME OPTIONS...: the COMMAND opens the library, and calls it when it has probes.
COMMAND=("$WORK/opens" "$WORK/opened.so")
opened() {
	local name=$1 target
	shift
	rm -f "$WORK/lines" "$WORK/out"
	mkfifo "$WORK/lines"
	timeout 100 "$LPROF" -q "$@" -o "$WORK/opened.json" -- "${COMMAND[@]}" \
		<"$WORK/lines" >"$WORK/out" 2>"$WORK/err" &
	profiler=$!
	child $profiler
	exec 8>"$WORK/lines"
	wait_for 20 grep -q ready "$WORK/out" || bad "$name: the program did not start"
	target=$(pgrep -f "^$WORK/opens")
	echo >&8
	wait_for 20 has_probes "$target" || bad "$name: the library has no probes"
	sleep 1
	echo >&8
	exec 8>&-
	wait $profiler
	is "$name: status" 0 $?
	forget $profiler
}

opened "both" -f work -f plugged
judge "both" 15
opened "the library alone" -f plugged
judge "the library alone"
opened "by line" -f "opens.c:$PLUGGED" -f work
judge "by line" 15

# The same where a shell, which has none of this, starts it.
COMMAND=(sh -c "'$WORK/opens' '$WORK/opened.so'; true")
opened "by a shell" -f work -f plugged
judge "by a shell" 15
opened "by a shell, the library alone" -f plugged
judge "by a shell, the library alone"

# A program that has the library from the beginning, before another one opens it and after that.
COMMAND=(sh -c "'$WORK/linked'; '$WORK/opens' '$WORK/opened.so'")
opened "linked before" -f work -f plugged
judge "linked before" 15 6000
COMMAND=(sh -c "'$WORK/opens' '$WORK/opened.so'; '$WORK/linked'")
opened "linked afterwards" -f plugged
judge "linked afterwards" "" 6000

# The process executes its program once more, which opens the library again: each hit counts once.
rm -f "$WORK/lines" "$WORK/out"
mkfifo "$WORK/lines"
timeout 100 "$LPROF" -q -f work -f plugged -o "$WORK/opened.json" -- "$WORK/opens" "$WORK/opened.so" again \
	<"$WORK/lines" >"$WORK/out" 2>"$WORK/err" &
profiler=$!
child $profiler
exec 8>"$WORK/lines"
for round in 1 2; do
	wait_for 20 said_times "$round" ready || bad "executed once more, $round: the program did not start"
	target=$(pgrep -f "^$WORK/opens")
	echo >&8
	wait_for 20 said_times "$round" opened || bad "executed once more, $round: the library was not opened"
	wait_for 20 has_probes "$target" || bad "executed once more, $round: the library has no probes"
	sleep 1
	echo >&8
done
exec 8>&-
wait $profiler
is "executed once more: status" 0 $?
forget $profiler
is_json "executed once more: hits in the program" 30 "$WORK/opened.json" "hits('opens.c', $TURN)"
is_json "executed once more: hits in the library" 10000 "$WORK/opened.json" "hits('opens.c', $PLUGGED)"

# A process that runs already.
rm -f "$WORK/lines" "$WORK/out" "$WORK/err"
mkfifo "$WORK/lines"
"$WORK/opens" "$WORK/opened.so" <"$WORK/lines" >"$WORK/out" &
TARGET=$!
child $TARGET
exec 8>"$WORK/lines"
wait_for 20 grep -q ready "$WORK/out" || bad "the program did not start"
"$LPROF" -f work -f plugged "${EXACT[@]}" -p $TARGET -o "$WORK/opened.json" 2>"$WORK/err" 8>&- &
profiler=$!
child $profiler
wait_for 20 grep -q profiling "$WORK/err" || bad "the profiler did not start"
check "-p: said that one is missing" grep -q "has not each function that -f names" "$WORK/err"
echo >&8
wait_for 20 has_probes $TARGET || bad "-p: the library has no probes"
sleep 1
echo >&8
exec 8>&-
wait $TARGET
is "-p: the program's status" 0 $?
forget $TARGET
wait $profiler
is "-p: status" 0 $?
forget $profiler
is_json "-p: hits in the program" 5 "$WORK/opened.json" "hits('opens.c', $TURN)"
is_json "-p: hits in the library" True "$WORK/opened.json" "4950 <= hits('opens.c', $PLUGGED) <= 5000"
"$LPROF" -q -f plugged -p $$ 2>"$WORK/err"
is "-p, nothing at all: status" 1 $?
finish
