#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --every-line, which probes each line as other tracers do, and the default plan give the same hits and calls.
. "$(dirname "$0")/lib.sh"
need python3 gcc g++ clang clang++
need_profiler

while read -r -a run; do
	program=${run[0]}
	for compiler in gcc clang; do
		for level in -O0 -O2; do
			[ "$compiler$level" = clang-O2 ] && continue # takes too long for what it would add
			name=$program.$compiler$level
			build "$program" "$compiler" "$WORK/$name" "$level" || bad "$name: build"
			"$LPROF" -q -f '*' -x "$WORK/$name" -o "$WORK/default.json" -- "$WORK/$name" "${run[@]:1}" >"$WORK/default.out" 2>"$WORK/err"
			"$LPROF" -q -f '*' --every-line -x "$WORK/$name" -o "$WORK/every.json" -- "$WORK/$name" "${run[@]:1}" >"$WORK/every.out" 2>>"$WORK/err"
			check "$name: nothing on standard error" cmp /dev/null "$WORK/err"
			check "$name: same output" cmp "$WORK/default.out" "$WORK/every.out"
			check "$name: same hits" python3 "$HERE/lprof_json.py" same "$WORK/default.json" "$WORK/every.json"
			missed_none "$name, every line" "$WORK/every.json"
		done
	done
done <<'RUNS'
loops
switches
expressions
calls
conditions
jumps
threads 500
early
exceptions
redzone 20
RUNS
finish
