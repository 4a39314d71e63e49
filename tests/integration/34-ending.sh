#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The time of calls that never return, because the program ends inside them; of frames that were abandoned; and of
# inlined functions that end in a call.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler

# near_ms NAME MILLISECONDS FOUND_NS: at most 25 ms more, never less.
near_ms() {
	is "$1 ($3 ns)" 1 $(($3 >= $2 * 1000000 && $3 < ($2 + 25) * 1000000))
}

# line_time PROFILE FUNCTION TEXT: time of the line of ending.c that contains TEXT
line_time() {
	get "$1" "[l['time_ns'] for l in f('$2')['lines'] if l['line'] == $(number_of ending "$3")][0]"
}

for level in -O0 -O2; do
	build ending gcc "$WORK/ending" $level
	for way in exit:3:by_exit _exit:4:by_quick_exit signal:143:by_signal; do
		IFS=: read -r word status function <<<"$way"
		"$LPROF" -q -f main -f "$function" -o "$WORK/$word.json" -- "$WORK/ending" "$word"
		is "$level, $word: status" "$status" $?
		near_ms "$level, $word: main's line" 50 "$(line_time "$WORK/$word.json" main "exit($function());")"
		near_ms "$level, $word: total" 50 "$(get "$WORK/$word.json" "f('$function')['time_ns']")"
		missed_none "$level, $word" "$WORK/$word.json"
	done
	"$LPROF" -q -f main -f by_return -f abandoned -o "$WORK/return.json" -- "$WORK/ending"
	is "$level, return: status" 0 $?
	near_ms "$level, return: main's line" 50 "$(line_time "$WORK/return.json" main 'exit(by_return());')"
	near_ms "$level, return: total" 50 "$(get "$WORK/return.json" "f('by_return')['time_ns']")"
	is "$level, return: abandoned frame" 1 $(($(get "$WORK/return.json" "f('abandoned')['time_ns']") < 5000000))
	is "$level, return: abandoning line" 1 $(($(line_time "$WORK/return.json" by_return 'result += abandoned();') < 5000000))
done

# The last call of an inlined function ends when it returns, not when the program ends.
build inlined gcc "$WORK/inlined" -O2
"$LPROF" -q -f inner -o "$WORK/inner.json" -- "$WORK/inlined"
is "inlined: status" 0 $?
is_json "inlined: hits" 10 "$WORK/inner.json" "f('inner')['lines'][0]['hits']"
time_ns=$(get "$WORK/inner.json" "f('inner')['time_ns']")
is "inlined: its last call ($time_ns ns)" 1 $((time_ns >= 100000000 && time_ns < 300000000))
finish
