#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Running processes: attaching and detaching under load, every way to end the profiler, shared libraries system-wide,
# deleted executables, other mount and PID namespaces. The targets check their own results.
. "$(dirname "$0")/lib.sh"
need python3 gcc pgrep unshare nsenter
need_profiler

# start PROGRAM ARGS...: starts it in the background with its output in PROGRAM.out, and waits for "ready"; sets
# TARGET.
start() {
	local program=$1
	rm -f "$program.out"
	"$@" >"$program.out" &
	TARGET=$!
	child $TARGET
	wait_for 20 grep -q ready "$program.out" || bad "$program did not start"
}

for level in -O0 -O2; do
	build redzone gcc "$WORK/redzone" $level
	start "$WORK/redzone"
	# Attach twenty times, and end the profiler in each possible way in turn: with probes that stay in, and by turns
	# with such as come and go, since both functions are too dear to keep theirs.
	for turn in $(seq 20); do
		name="redzone $level, turn $turn"
		[ $((turn % 2)) = 0 ] && budget=("${EXACT[@]}") || budget=()
		"$LPROF" -q "${budget[@]}" -f mix -f bits -p $TARGET -o "$WORK/profile.json" 2>"$WORK/err" &
		profiler=$!
		child $profiler
		if [ $((turn % 2)) = 0 ]; then
			check "$name: probes arrive" wait_for 20 probed $TARGET
			sleep 0.1
		else
			check "$name: begins" wait_for 20 pgrep -P $profiler -x lprof-probes
			sleep 0.4
		fi
		case $((turn % 3)) in
		0) signal=INT ;;
		1) signal=TERM ;;
		2) signal=KILL ;;
		esac
		stop $profiler $signal 2>/dev/null
		status=$?
		check "$name: probes go after SIG$signal" wait_for 10 unpatched $TARGET
		[ $signal = KILL ] && continue
		is "$name: status after SIG$signal" 0 $status
		check "$name: nothing on standard error" cmp /dev/null "$WORK/err"
		missed_none "$name" "$WORK/profile.json"
		if [ $((turn % 2)) = 0 ]; then
			is_json "$name: hits" True "$WORK/profile.json" 'f("mix")["calls"] > 50 and abs(f("mix")["calls"] - f("bits")["calls"]) <= 64'
		else
			is_json "$name: hits" True "$WORK/profile.json" 'f("mix").get("calls_uncertainty", 0) > 0 or abs(f("mix")["calls"] - f("bits")["calls"]) <= 64'
		fi
	done
	stop $TARGET TERM
	is "redzone $level: own status" 0 $?
	is "redzone $level: wrong results" "wrong 0" "$(grep wrong "$WORK/redzone.out")"
done

# -d, -i; a target that ends; two targets at once.
build napper gcc "$WORK/napper" -O0
start "$WORK/napper" forever
begin=$(date +%s%N)
"$LPROF" "${EXACT[@]}" -f day -f nap -p $TARGET -d 2 -i 0.5 >"$WORK/report" 2>"$WORK/err"
is "-d: status" 0 $?
took=$((($(date +%s%N) - begin) / 1000000))
is "-d: takes two seconds ($took ms)" 1 $((took >= 2000 && took < 4000))
tables=$(grep -c '^Function: day at line' "$WORK/report")
is "-i: tables ($tables)" 1 $((tables >= 3 && tables <= 5))
check "-d: nothing left" unpatched $TARGET
"$LPROF" -q "${EXACT[@]}" -f day -p $TARGET -d 1 -o "$WORK/profile.json" 2>"$WORK/err"
is_json "-d: duration" True "$WORK/profile.json" '1e9 <= p["duration_ns"] < 3e9'
is_json "-d: pids" "[$TARGET]" "$WORK/profile.json" 'p["pids"]'
# A day takes 16 ms, and longer on a busy machine. So the days make up the duration, but for those under way at its ends.
DAYS='2 <= f("day")["calls"] <= 63 and 0.5 < (f("day")["time_ns"] + f("day").get("waiting_ns", 0)) / p["duration_ns"] < 1.1'
is_json "-d: days of at least 16 ms" True "$WORK/profile.json" "$DAYS"
first=$TARGET
cp "$WORK/napper" "$WORK/napper2"
start "$WORK/napper2" forever
cp "$WORK/napper" "$WORK/napper3"
second=$TARGET
"$LPROF" -q "${EXACT[@]}" -f day -p "$first,$second" -d 1 -o "$WORK/profile.json" 2>"$WORK/err"
is "two processes: status" 0 $?
is_json "two processes: pids" "$(python3 -c "print(sorted([$first, $second]))")" "$WORK/profile.json" 'sorted(p["pids"])'
is_json "two processes: calls" True "$WORK/profile.json" '4 <= sum(f["calls"] for f in p["functions"]) <= 126'
"$LPROF" -q "${EXACT[@]}" -f day -p $second -o "$WORK/profile.json" 2>"$WORK/err" &
profiler=$!
child $profiler
check "target ends: probes arrive" wait_for 20 probed $second
kill -KILL $second
wait_for 10 eval "! kill -0 $profiler" || bad "target ends: the profiler goes on"
wait $profiler
is "target ends: status" 0 $?
forget $profiler
forget $second
wait $second 2>/dev/null
is_json "target ends: profile" True "$WORK/profile.json" 'f("day")["calls"] >= 0'

# Another process of the same executable is not counted with -p.
start "$WORK/napper" forever
other=$TARGET
"$LPROF" -q "${EXACT[@]}" -f day -p $first -d 1 -o "$WORK/profile.json" 2>"$WORK/err"
is_json "only the process asked for" True "$WORK/profile.json" "$DAYS"
check "the other process is left alone" unpatched $other
stop $other TERM

# A deleted executable, and one that was replaced.
start "$WORK/napper3" forever
rm "$WORK/napper3"
"$LPROF" -q "${EXACT[@]}" -f day -p $TARGET -d 1 -o "$WORK/profile.json" 2>"$WORK/err"
is "deleted: status" 0 $?
is_json "deleted: calls" True "$WORK/profile.json" "$DAYS"
cp "$WORK/redzone" "$WORK/napper3"
"$LPROF" -q "${EXACT[@]}" -f day -p $TARGET -d 1 -o "$WORK/profile.json" 2>"$WORK/err"
is "replaced: status" 0 $?
is_json "replaced: calls" True "$WORK/profile.json" "$DAYS"
stop $TARGET TERM
is "deleted: own status" 55 $?
stop "$first" TERM
is "napper: own status" 55 $?

# A shared library system-wide: programs that run already and programs that start later, unrelated to each other.
(cd "$WORK" && gcc -g -O0 -shared -fPIC -o libshared.so "$PROGRAMS/shared.c" &&
	gcc -g -O0 -o user "$PROGRAMS/shared_user.c" -L. -lshared -Wl,-rpath,"$WORK" &&
	gcc -O2 -o another "$PROGRAMS/shared_user.c" -L. -lshared -Wl,-rpath,"$WORK")
mkfifo "$WORK/input"
"$WORK/user" wait <"$WORK/input" >"$WORK/user.out" &
running=$!
child $running
exec 7>"$WORK/input"
"$LPROF" -q "${EXACT[@]}" -f '*' -x "$WORK/libshared.so" -o "$WORK/profile.json" 2>"$WORK/err" &
profiler=$!
child $profiler
check "-x: probes arrive" wait_for 20 probed $running
echo >&7
exec 7>&-
wait $running
is "-x: running program's status" 0 $?
forget $running
for turn in 1 2 3; do
	"$WORK/user" >>"$WORK/user.out"
	"$WORK/another" >>"$WORK/user.out"
done
stop $profiler INT
is "-x: status" 0 $?
is "-x: results" 1 "$(sort -u "$WORK/user.out" | wc -l)"
check "-x: comments" python3 "$HERE/lprof_json.py" check "$PROGRAMS/shared.c" "$WORK/profile.json" --runs 7
missed_none "-x" "$WORK/profile.json"

# Another root directory: outside of it, the same path names another file.
mkdir -p "$WORK/jail/bin" "$WORK/bin"
build napper gcc "$WORK/jail/bin/napper" -O0 -static
cp "$WORK/redzone" "$WORK/bin/napper"
unshare -m chroot "$WORK/jail" /bin/napper forever >"$WORK/jail.out" &
TARGET=$!
child $TARGET
wait_for 20 grep -q ready "$WORK/jail.out" || bad "chroot did not start"
"$LPROF" "${EXACT[@]}" -f day -p $TARGET -d 1 -o "$WORK/profile.json" 2>"$WORK/err"
is "chroot: status" 0 $?
is_json "chroot: calls" True "$WORK/profile.json" "$DAYS"
stop $TARGET TERM
is "chroot: own status" 55 $?

# Another mount namespace that hides the executable's path behind something else.
mkdir -p "$WORK/inside" "$WORK/mounted"
build napper gcc "$WORK/mounted/napper" -O0
unshare -m sh -c "mount --bind '$WORK/mounted' '$WORK/inside' && exec '$WORK/inside/napper' forever" >"$WORK/inside.out" &
TARGET=$!
child $TARGET
wait_for 20 grep -q ready "$WORK/inside.out" || bad "mount namespace did not start"
is "mount namespace: hidden from here" "" "$(ls "$WORK/inside")"
"$LPROF" -q "${EXACT[@]}" -f day -p $TARGET -d 1 -o "$WORK/profile.json" 2>"$WORK/err"
is "mount namespace: status" 0 $?
is_json "mount namespace: calls" True "$WORK/profile.json" "$DAYS"
stop $TARGET TERM
is "mount namespace: own status" 55 $?

# A PID namespace, as a container has: process IDs are not the kernel's there, and other processes are not to be seen.
build collatz gcc "$WORK/collatz" -O0
sh -c 'while :; do :; done' &
child $!
contained() {
	unshare --pid --fork --mount-proc "$LPROF" -q --by process -o "$WORK/profile.json" "$@" >/dev/null 2>"$WORK/err"
	is "PID namespace, $1: status" 0 $?
}
contained --no-probes -- "$WORK/collatz" 300000
is_json "PID namespace: only the target is sampled" True "$WORK/profile.json" \
	'{owner["pid"] for owner in p["stacks"]["owners"]} == set(p["pids"])'
is_json "PID namespace: samples find the target's code" True "$WORK/profile.json" \
	'"collatz" in names'
contained -f collatz -- "$WORK/collatz" 100
is_json "PID namespace: calls and process" "(100, True)" "$WORK/profile.json" \
	'f("collatz")["calls"], [f("collatz")["pid"]] == p["pids"]'
printf 'def spin(n):\n    return sum(range(n))\nfor i in range(30):\n    spin(i)\n' >"$WORK/spin.py"
contained -f spin -- /usr/bin/python3 "$WORK/spin.py"
is_json "PID namespace: Python's calls and process" "(30, True)" "$WORK/profile.json" \
	'f("spin")["calls"], [f("spin")["pid"]] == p["pids"]'
contained --no-probes -d 0.2 -x "$WORK/collatz"
is_json "PID namespace: processes outside of it are not sampled, which is said" 1 "$WORK/profile.json" \
	'sum("PID namespace" in note for note in p["notes"])'
finish
