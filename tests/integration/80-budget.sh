#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What profiling with a budget promises: a function that costs little is counted exactly, although a hot one runs beside
# it; the hot one's hits are estimated, with their uncertainty; the target hardly notices, not even when the profiler is
# stopped as soon as it has begun. The target counts its own calls.
. "$(dirname "$0")/lib.sh"
need python3 gcc od
need_profiler

build budget gcc "$WORK/budget" -O0
# The second one is left alone, and shows how fast the machine is. They come before others, whatever else the machine does:
# what is estimated is the more uncertain the less the target runs. (With much more priority than this, they leave the
# profiler so little on some machines that it needs minutes to begin.)
for name in control target; do
	nice -n -4 "$WORK/budget" "$WORK/$name" &
	child $!
	[ $name = control ] && CONTROL=$!
	TARGET=$!
	wait_for 20 test -s "$WORK/$name" || bad "$name did not start"
done

# count NAME N: prints how often that process has called hot (0) or rare (1).
count() {
	od -An -td8 -j$((8 * $2)) -N8 "$WORK/$1" | tr -d ' '
}

cpu_ns() {
	cut -d' ' -f1 "/proc/$1/schedstat"
}

# mark: from here on rate and speed count.
mark() {
	MARKED=("$(count control 0)" "$(cpu_ns "$CONTROL")" "$(count target 0)" "$(cpu_ns "$TARGET")")
}

# Prints how many calls of hot the target has made for each second on a processor.
rate() {
	echo $((($(count target 0) - MARKED[2]) * 1000000000 / ($(cpu_ns "$TARGET") - MARKED[3] + 1)))
}

# Prints that as a percentage of what the other process has made.
speed() {
	echo $((100 * $(rate) / (($(count control 0) - MARKED[0]) * 1000000000 / ($(cpu_ns "$CONTROL") - MARKED[1] + 1))))
}

# begin OPTIONS...: starts the profiler; sets PROFILER.
begin() {
	rm -f "$WORK/profile.json" "$WORK/err"
	"$LPROF" "$@" -f hot -f rare -p $TARGET -o "$WORK/profile.json" 2>"$WORK/err" &
	PROFILER=$!
	child $PROFILER
	wait_for 20 grep -q profiling "$WORK/err" || bad "$*: no beginning: $(cat "$WORK/err")"
	BEGAN_NS=$(cpu_ns "$TARGET")
}

# used MS: whether the target has been on a processor for so many milliseconds since then.
used() {
	[ $(($(cpu_ns "$TARGET") - BEGAN_NS)) -ge $(($1 * 1000000)) ]
}

# burst: has the target call rare 300 times, and waits for that.
burst() {
	local wanted=$(($(count target 1) + 300))
	kill -USR1 $TARGET
	wait_for 30 eval "[ \$(count target 1) = $wanted ]" || bad "the target is too slow"
}

# counted_rare NAME: all calls of the burst, which began when probes were in to stay.
counted_rare() {
	is_json "$1: the cheap function" "(300, 900)" "$WORK/profile.json" \
		"(f('rare')['calls'], hits('budget.c', $(number_of budget 'x += i;')))"
}

begin
wait_for 30 used 500
mark
burst
wait_for 30 used 1800
during=$(rate)
speed=$(speed)
stop $PROFILER INT
is "budget: status" 0 $?
check "budget: no probe is left" unpatched $TARGET
is "budget: the target is hardly slower ($speed % of its speed)" 1 $((speed >= 75))
counted_rare budget
is_json "budget: in the profile" "(2.0, True, True)" "$WORK/profile.json" \
	'(p["budget"]["percent"], p["budget"]["windows"] > 0, 0 < p["budget"]["spent_ns"] < p["budget"]["target_ns"] / 5)'
loop=$(number_of budget 'x = FORTY(x)')
# The interval misses the truth once in twenty times; one of twice its width does not, where the figures are right. On a
# busy machine it is wide.
near='(lambda found, doubt, true: (0 < doubt < 3 * true and abs(found - true) <= max(2 * doubt, 0.15 * true)) or (found, doubt, true))'
is_json "budget: calls of the hot function" True "$WORK/profile.json" \
	"$near(f('hot')['calls'], f('hot')['calls_uncertainty'], $during * p['budget']['target_ns'] / 1e9)"
is_json "budget: hits of its loop" True "$WORK/profile.json" \
	"[$near(l['hits'], l['hits_uncertainty'], 50 * $during * p['budget']['target_ns'] / 1e9) for l in f('hot')['lines'] if l['line'] == $loop][0]"

# Without a budget everything is exact.
before=$(count target 0)
begin "${EXACT[@]}"
first=$(count target 0)
burst
last=$(count target 0)
stop $PROFILER INT
is "no budget: status" 0 $?
check "no budget: no probe is left" unpatched $TARGET
counted_rare "no budget"
is_json "no budget: not in the profile" "(False, [])" "$WORK/profile.json" \
	"('budget' in p, [l for g in p['functions'] for l in [g, *g['lines']] if 'hits_uncertainty' in l or 'calls_uncertainty' in l])"
is_json "no budget: calls of the hot function" True "$WORK/profile.json" \
	"$((last - first)) <= f('hot')['calls'] <= $(count target 0) - $before"
# One call may be under way at the beginning and at the end.
is_json "no budget: hits of its loop" True "$WORK/profile.json" "abs(hits('budget.c', $loop) - 50 * f('hot')['calls']) <= 50"

# The profiler is stopped as soon as it has begun: its helper takes the probes out by itself.
begin
kill -STOP $PROFILER
check "stopped: no probe is left" wait_for 20 unpatched $TARGET
mark
sleep 0.7
speed=$(speed)
check "stopped: no probe comes back" unpatched $TARGET
is "stopped: the target is not slower ($speed % of its speed)" 1 $((speed >= 75))
kill -CONT $PROFILER
stop $PROFILER INT
is "stopped: status" 0 $?
check "stopped: no probe is left in the end" unpatched $TARGET

stop $CONTROL TERM
stop $TARGET TERM
is "own status" 0 $?
# A function that sleeps, and is called less than 25 times a second: what one hit tells of its time is no rate.
build paced gcc "$WORK/paced" -O1 || bad "build"
"$WORK/paced" < <(yes) >/dev/null &
pid=$!
child $pid
"$LPROF" -q -f slow -d 3 -o "$WORK/paced.json" -p $pid
is "a sleeper: status" 0 $?
is_json "a sleeper: hits" True "$WORK/paced.json" 'all(10 < l["hits"] < 1000 for l in f("slow")["lines"] if l["hits"])'
stop $pid KILL

finish
