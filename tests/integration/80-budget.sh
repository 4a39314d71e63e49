#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What profiling with a budget promises: a function that costs little is counted exactly, although a hot one runs beside
# it; the hot one's hits are estimated, with their uncertainty; the target hardly notices, not even when the profiler is
# stopped as soon as it has begun. The target counts its own calls.
. "$(dirname "$0")/lib.sh"
need python3 gcc od
need_profiler

build budget gcc "$WORK/budget" -O0
"$WORK/budget" "$WORK/counts" &
TARGET=$!
child $TARGET

# count N: prints how often the target has called hot (0) or rare (1).
count() {
	od -An -td8 -j$((8 * $1)) -N8 "$WORK/counts" | tr -d ' '
}

cpu_ns() {
	cut -d' ' -f1 "/proc/$TARGET/schedstat"
}

# mark: from here on rate prints how many calls of hot the target makes for each second on a processor.
mark() {
	MARKED=$(count 0)
	MARKED_NS=$(cpu_ns)
}

rate() {
	echo $((($(count 0) - MARKED) * 1000000000 / ($(cpu_ns) - MARKED_NS + 1)))
}

# begin OPTIONS...: starts the profiler; sets PROFILER.
begin() {
	rm -f "$WORK/profile.json"
	"$LPROF" "$@" -f hot -f rare -p $TARGET -o "$WORK/profile.json" 2>"$WORK/err" &
	PROFILER=$!
	child $PROFILER
	wait_for 20 grep -q profiling "$WORK/err" || bad "$*: no beginning: $(cat "$WORK/err")"
}

# burst: has the target call rare 300 times, and waits for that.
burst() {
	local wanted=$(($(count 1) + 300))
	kill -USR1 $TARGET
	wait_for 30 eval "[ \$(count 1) = $wanted ]" || bad "the target is too slow"
}

# rare_is_exact NAME
rare_is_exact() {
	is_json "$1: the cheap function is exact" "(300, 900, [])" "$WORK/profile.json" \
		"(f('rare')['calls'], hits('budget.c', $(number_of budget 'x += i;')),
		[l for l in f('rare')['lines'] if 'hits_uncertainty' in l or f('rare').get('calls_uncertainty')])"
}

wait_for 20 test -s "$WORK/counts" || bad "the target did not start"
mark
sleep 0.7
usual=$(rate)

begin
sleep 0.7
mark
burst
sleep 0.7
during=$(rate)
stop $PROFILER INT
is "budget: status" 0 $?
check "budget: no probe is left" unpatched $TARGET
is "budget: the target is hardly slower ($usual calls a second, then $during)" 1 $((during * 10 >= usual * 8))
rare_is_exact budget
is_json "budget: in the profile" "(2, True, True)" "$WORK/profile.json" \
	'(p["budget"]["percent"], p["budget"]["windows"] > 0, 0 < p["budget"]["spent_ns"] < p["budget"]["target_ns"] / 5)'
loop=$(number_of budget 'x ^= x << 5')
near='(lambda found, doubt, true: doubt > 0 and (abs(found - true) <= max(doubt, 0.15 * true) or (found, doubt, true)))'
is_json "budget: calls of the hot function" True "$WORK/profile.json" \
	"$near(f('hot')['calls'], f('hot')['calls_uncertainty'], $during * p['budget']['target_ns'] / 1e9)"
is_json "budget: hits of its loop" True "$WORK/profile.json" \
	"[$near(l['hits'], l['hits_uncertainty'], 50 * $during * p['budget']['target_ns'] / 1e9) for l in f('hot')['lines'] if l['line'] == $loop][0]"

# Without a budget everything is exact.
before=$(count 0)
begin "${EXACT[@]}"
first=$(count 0)
burst
last=$(count 0)
stop $PROFILER INT
is "no budget: status" 0 $?
check "no budget: no probe is left" unpatched $TARGET
rare_is_exact "no budget"
is_json "no budget: not in the profile" "(False, [])" "$WORK/profile.json" \
	"('budget' in p, [l for l in f('hot')['lines'] if 'hits_uncertainty' in l or 'calls_uncertainty' in f('hot')])"
is_json "no budget: calls of the hot function" True "$WORK/profile.json" \
	"$((last - first)) <= f('hot')['calls'] <= $(count 0) - $before"
# One call may be under way at the beginning and at the end.
is_json "no budget: hits of its loop" True "$WORK/profile.json" "abs(hits('budget.c', $loop) - 50 * f('hot')['calls']) <= 50"

# The profiler is stopped as soon as it has begun: its helper takes the probes out by itself.
begin
kill -STOP $PROFILER
check "stopped: no probe is left" wait_for 20 unpatched $TARGET
mark
sleep 0.7
during=$(rate)
check "stopped: no probe comes back" unpatched $TARGET
is "stopped: the target is as fast as before ($usual calls a second, then $during)" 1 $((during * 10 >= usual * 8))
kill -CONT $PROFILER
stop $PROFILER INT
is "stopped: status" 0 $?
check "stopped: no probe is left in the end" unpatched $TARGET

stop $TARGET TERM
is "own status" 0 $?
finish
