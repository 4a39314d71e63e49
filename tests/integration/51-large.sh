#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What finding a function costs in an object with 200 MB of debug information.
. "$(dirname "$0")/lib.sh"
need python3 gcc g++ size
need_profiler

LARGE=$TOP/build/large-object
python3 "$HERE/large_object.py" "$LARGE" 200 >"$WORK/size" || exit 1
echo "$(cat "$WORK/size") bytes"
is "enough debug information" 1 $(($(awk '{ print $4 }' "$WORK/size") >= 200000000))
"$LARGE/main" >"$WORK/out" &
TARGET=$!
child $TARGET
wait_for 20 grep -q ready "$WORK/out" || bad "the program did not start"

LOOP=$(grep -n 'sum += number' "$LARGE/one.cc" | cut -d: -f1)

# cost NAME SECONDS_OF_PROCESSOR,PEAK_MB,RESIDENT_MB ARGS...
cost() {
	local name=$1 limits=$2
	shift 2
	check "$name: attaching within $limits" python3 "$HERE/attach_cost.py" "$limits" "$WORK/profile.json" "$LPROF" "${EXACT[@]}" "$@" -p $TARGET
	echo "$name: $(cat "$WORK/check.log")"
	missed_none "$name" "$WORK/profile.json"
	is_json "$name: one_function is called" True "$WORK/profile.json" '20 < f("one_function")["calls"] < 2000'
	is_json "$name: hits of its loop" True "$WORK/profile.json" \
		"abs(hits('one.cc', $LOOP) - 20 * f('one_function')['calls']) <= 20"
	check "$name: nothing left" unpatched $TARGET
}

cost "one function" 2,300,40 -f one_function
is_json "one function: the only one" "['one_function']" "$WORK/profile.json" names
cost "two functions" 2,300,40 -f one_function -f U0042_work
is_json "two functions: both" "['U0042::U0042_work', 'one_function']" "$WORK/profile.json" names
# Every unit has a function with this bare name.
cost "scope" 8,300,40 -f one_function -f U0042::work
is_json "scope: both" "['U0042::work', 'one_function']" "$WORK/profile.json" names
cost "by line" 2,300,40 -f "one.cc:$(grep -n 'int sum = 0' "$LARGE/one.cc" | cut -d: -f1)"
# For a pattern, all of the debug information must be read.
cost "pattern" 8,300,40 -f 'one_func*'
is_json "pattern: the only one" "['one_function']" "$WORK/profile.json" names
stop $TARGET TERM
is "own status" 143 $?
finish
