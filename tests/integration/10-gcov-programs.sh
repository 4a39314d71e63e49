#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hits of the test programs at -O0 against gcov, and (gcc and clang, -O0 and -O2) against what their comments state.
. "$(dirname "$0")/lib.sh"
need gcov python3 gcc g++ clang clang++
need_profiler

# Differences from gcov in which we are right, one in each line: FILE:LINE GCOV_HITS OUR_HITS REASON
ALLOWED=$WORK/allowed
cat >"$ALLOWED" <<'TABLE'
switches.c:131 12 11 the switch jumps past the label's only instruction, a nop for the loop
conditions.c:164 5 20 gcov does not see the fifteen turns of the loop instruction in inline assembly
jumps.c:16 None 200 a hundred of the calls do not return
jumps.c:24 None 200 a hundred of the calls do not return
jumps.c:34 None 1000 a hundred of the calls do not return, each left in five frames
jumps.c:41 300 400 gcov does not count that setjmp returns a second time
exceptions.cc:29 None 100 the implicit constructor, which gcov leaves out
exceptions.cc:32 150 100 gcov counts the deleting destructor, which calls the other one, as another execution
exceptions.cc:39 None 100 the implicit constructor and destructor, which gcov leaves out
exceptions.cc:47 None 45 five of the calls throw
exceptions.cc:65 None 750 a quarter of the calls throws
exceptions.cc:71 500 300 gcov counts the return again that follows the destructor on the line of the brace; it was executed 300 times
exceptions.cc:92 None 20 half of the calls throw
exceptions.cc:134 None 145 the end of a lambda, which is no brace of its own
TABLE

# profile NAME PROGRAM ARGS...: writes NAME.json and NAME.out; the output and exit status must be those of the program.
profile() {
	local name=$1 program=$2 native profiled
	shift 2
	"$program" "$@" >"$WORK/native.out"
	native=$?
	"$LPROF" -q -f '*' -x "$program" -o "$WORK/$name.json" -- "$program" "$@" >"$WORK/$name.out" 2>"$WORK/$name.err"
	profiled=$?
	is "$name: exit status" "$native" "$profiled"
	check "$name: same output" cmp "$WORK/native.out" "$WORK/$name.out"
	missed_none "$name" "$WORK/$name.json"
	check "$name: nothing on standard error" cmp /dev/null "$WORK/$name.err"
}

against_gcov() {
	local program=$1 at=$WORK/gcov.$1
	shift
	mkdir "$at"
	# Threads count at the same time, so gcov has to count atomically.
	if ! build "$program" gcc "$at/covered" -O0 --coverage -fprofile-update=atomic; then
		bad "$program: build"
		return
	fi
	(cd "$at" && ./covered "$@" >covered.out)
	python3 "$HERE/compare_gcov.py" --convert "$at" >"$at/gcov.json"
	check "$program: its comments agree with gcov" \
		python3 "$HERE/lprof_json.py" check "$(source_of "$program")" "$at/gcov.json" --counters "$at/covered.out"
	[ -n "${ORACLE_ONLY:-}" ] && return
	grep "^$program\\." "$ALLOWED" >"$at/allowed"
	check "$program: hits against gcov" python3 "$HERE/compare_gcov.py" --allow "$at/allowed" \
		--binary "$WORK/$program.gcc-O0" "$WORK/$program.gcc-O0.json" "$at" "$PROGRAMS"
}

against_comments() {
	local program=$1 name=$1.$2$3 compiler=$2 level=$3 only=
	shift 3
	build "$program" "$compiler" "$WORK/$name" "$level" || bad "$name: build"
	profile "$name" "$WORK/$name" "$@"
	if [ "$level" != -O0 ]; then
		# Clang may merge calls of functions without side effects.
		[ "$compiler" = gcc ] || return
		only=--calls-only
	fi
	check "$name: comments" python3 "$HERE/lprof_json.py" check "$(source_of "$program")" "$WORK/$name.json" \
		--counters "$WORK/$name.out" $only
}

while read -r -a run; do
	for compiler in gcc clang; do
		for level in -O0 -O2; do
			[ -n "${ORACLE_ONLY:-}" ] || against_comments "${run[0]}" "$compiler" "$level" "${run[@]:1}"
		done
	done
	against_gcov "${run[@]}"
done <<'RUNS'
loops
switches
expressions
calls
conditions
jumps
threads
early
exceptions
redzone 200
RUNS
finish
