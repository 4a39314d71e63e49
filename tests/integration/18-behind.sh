#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hits of statements behind calls that were inlined: they are gcov's, of the program at -O0, where GCC marks statements.
. "$(dirname "$0")/lib.sh"
need gcov python3 g++
need_profiler

# lines wrong PROFILE KIND: the lines that say KIND whose hits are not gcov's, nor doubted. A line without code has none.
# lines right PROFILE KIND: how many of them have gcov's.
lines() {
	python3 - "$PROGRAMS/behind.cc" "$@" "$WORK/gcov" <<PYTHON
import sys

sys.path.insert(0, "$HERE")
import compare_gcov
import lprof_json

source, asked, profile, kind, gcov = sys.argv[1:]
report, gcov = lprof_json.load(profile), compare_gcov.Gcov(gcov).lines
hits, doubted = lprof_json.line_hits(report), lprof_json.inexact_lines(report)
right = 0
with open(source, encoding="utf-8") as stream:
    for number, text in enumerate(stream, 1):
        key = ("behind.cc", number)
        if f"/* {kind} */" not in text or key not in hits:
            continue
        if hits[key] != gcov[key] and key not in doubted and asked == "wrong":
            print(f"{number}: {hits[key]} for {gcov[key]};", end=" ")
        right += hits[key] == gcov[key]
if asked == "right":
    print(right)
PYTHON
}

mkdir "$WORK/gcov"
build behind gcc "$WORK/gcov/covered" -O0 --coverage || bad "build"
(cd "$WORK/gcov" && ./covered >covered.out)
while read -r level least; do
	build behind gcc "$WORK/behind" "$level" || bad "$level: build"
	check "$level: profile" "$LPROF" -q -f 'behind.cc:*' -o "$WORK/behind.json" -- "$WORK/behind"
	is "$level: lines behind calls" "" "$(lines wrong "$WORK/behind.json" behind)"
	is "$level: lines that some ways go around" "" "$(lines wrong "$WORK/behind.json" around)"
	right=$(lines right "$WORK/behind.json" behind)
	if [ "$right" -ge "$least" ]; then
		ok "$level: lines that are right"
	else
		bad "$level: $right lines are right instead of $least"
	fi
done <<'LEVELS'
-O0 9
-O1 7
-O2 7
-O3 7
-Os 9
LEVELS
finish
