#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hits where calls throw. They are gcov's, of the program at -O0, on the lines that say so. Which line tests for a type
# is the compiler's choice, so the lines of the handlers are compared with gcov of the same compiler's kind only.
. "$(dirname "$0")/lib.sh"
need gcov python3 g++ clang++
need_profiler

# wrong PROFILE KINDS: the lines marked with one of KINDS, a regular expression, whose hits are not gcov's, nor doubted.
# A line without code has none.
wrong() {
	python3 - "$PROGRAMS/thrown.cc" "$1" "$2" "$WORK/gcov" <<PYTHON
import re
import sys

sys.path.insert(0, "$HERE")
import compare_gcov
import lprof_json

report, gcov = lprof_json.load(sys.argv[2]), compare_gcov.Gcov(sys.argv[4]).lines
hits, doubted = lprof_json.line_hits(report), lprof_json.inexact_lines(report)
with open(sys.argv[1], encoding="utf-8") as source:
    for number, text in enumerate(source, 1):
        key = ("thrown.cc", number)
        if re.search(rf"/\* ({sys.argv[3]})", text) and hits.get(key, gcov[key]) != gcov[key] and key not in doubted:
            print(f"{number}: {hits.get(key)} for {gcov[key]};", end=" ")
PYTHON
}

mkdir "$WORK/gcov"
build thrown gcc "$WORK/gcov/covered" -O0 --coverage || bad "build"
(cd "$WORK/gcov" && ./covered >covered.out)
for compiler in gcc clang; do
	for level in -O0 -O1 -O2 -O3 -Os; do
		name=$compiler$level
		build thrown $compiler "$WORK/$name" $level || bad "$name: build"
		check "$name: profile" "$LPROF" -q -f 'thrown.cc:*' -o "$WORK/$name.json" -- "$WORK/$name"
		is "$name: lines of calls that throw" "" "$(wrong "$WORK/$name.json" throws)"
		[ $compiler = clang ] || is "$name: lines of handlers" "" "$(wrong "$WORK/$name.json" catches)"
	done
done

# A handler's lines are those of its function, not of the one that it was inlined into.
line=$(grep -n -F -m 1 'catch (long v)' "$PROGRAMS/thrown.cc" | cut -d: -f1)
for level in -O1 -O2 -O3 -Os; do
	is_json "gcc $level: the lines of main" 0 "$WORK/gcc$level.json" \
		"sum(l['line'] <= $line for l in f('main')['lines'])"
done
finish
