#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Python within a budget: lines that are hit often are counted now and then, others all the time.
# shellcheck source=tests/integration/lib.sh
. tests/integration/lib.sh
need_profiler
PYTHON=/usr/bin/python3
SCRIPT=$TOP/tests/python/turns.py
need $PYTHON

# The processor time that process PID has had, in hundredths of a second.
cpu_of() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# profile FUNCTION SECONDS [later]: a report in $WORK/FUNCTION.json, and in `rate` the turns that the program makes in a
# second of its processor time. It is profiled until it has had SECONDS of that, however much else the machine does;
# with `later`, it is idle for the first second and a half.
profile() {
	local pid profiler turns cpu_ns end
	$PYTHON "$SCRIPT" "$1" "${@:3}" >"$WORK/$1.out" &
	pid=$!
	until grep -qs ready "$WORK/$1.out"; do sleep 0.1; done
	"$LPROF" -f "$1" -o "$WORK/$1.json" -p $pid >/dev/null 2>"$WORK/$1.said" &
	profiler=$!
	child $profiler
	wait_for 20 grep -q "Ctrl-C to stop" "$WORK/$1.said" || bad "$1: profiling has begun"
	[ $# = 2 ] || sleep 1.5
	end=$(($(cpu_of $pid) + 100 * $2))
	kill -USR1 $pid
	until [ "$(cpu_of $pid)" -ge $end ]; do sleep 0.05; done
	stop $profiler INT
	is "$1: status" 0 $?
	kill -TERM $pid
	wait $pid
	is "$1: the program goes on" 0 $?
	read -r turns cpu_ns < <(tail -1 "$WORK/$1.out")
	rate=$((turns * 1000000000 / cpu_ns))
}
line() {
	grep -n -F -m 1 -e "$1" "$SCRIPT" | cut -d: -f1
}

# The turns while it was profiled are its rate times the time that it had for itself.
OWN='(p["budget"]["target_ns"] - p["budget"]["spent_ns"]) / 1e9'
LINES='{l["line"]: l for l in p["functions"][0]["lines"]}'

# One interval in twenty does not hold the truth if it is right. So there are several runs: in one of them it must hold
# it, and in all of them twice its width must.
JSON=$WORK/hot.json
within=0
for run in 1 2 3; do
	profile hot 4
	is_json "hot $run: its hits are estimates" True "$JSON" "$LINES[$(line 'x = i * 3')].get('hits_uncertainty', 0) > 0"
	off="abs($LINES[$(line 'x = i * 3')]['hits'] - $rate * $OWN)"
	width="max(0.1 * $rate * $OWN, $LINES[$(line 'x = i * 3')]['hits_uncertainty'])"
	within=$((within + $(get "$JSON" "int($off <= $width)")))
	is_json "hot $run: turns, within twice their interval or a fifth" True "$JSON" "$off <= 2 * $width"
done
check "hot: turns, within their interval or a tenth" [ $within -gt 0 ]
is_json "hot: every second turn goes one way" True "$JSON" \
	"0.35 < $LINES[$(line 'total += x')]['hits'] / $LINES[$(line 'x = i * 3')]['hits'] < 0.65"
is_json "hot: its time is that of samples" True "$JSON" "p['functions'][0]['time_ns'] > 0.5e9 * $OWN"
# With all lines probed all the time, the loop takes forty times as long.
is_json "hot: it was hardly slowed" True "$JSON" 'p["budget"]["spent_ns"] < 0.2 * p["budget"]["target_ns"]'

# Its loops end before much can be seen of them. What was counted while it was idle says nothing of it at work.
profile short 12 later
JSON=$WORK/short.json
is_json "short: turns, within twice their interval or a half" True "$JSON" \
	"(lambda l: abs(l['hits'] - $rate * $OWN) <= max(2 * l['hits_uncertainty'], $rate * $OWN / 2))($LINES[$(line 'total ^= i')])"
is_json "short: the interval says something" True "$JSON" \
	"$LINES[$(line 'total ^= i')]['hits_uncertainty'] < 1.5 * $rate * $OWN"

profile rare 2
JSON=$WORK/rare.json
is_json "rare: nearly all hits are exact" True "$JSON" \
	"$LINES[$(line 'total += sum')].get('hits_uncertainty', 0) <= 0.5 * $LINES[$(line 'total += sum')]['hits']"
is_json "rare: turns" True "$JSON" "abs($LINES[$(line 'total += sum')]['hits'] / ($rate * $OWN) - 1) < 0.3"
finish
