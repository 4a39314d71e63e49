#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hits of an interpreter's instructions whose ends a compiler merged: they are gcov's, of the program at -O0, or marked.
. "$(dirname "$0")/lib.sh"
need gcov python3 gcc clang
need_profiler

# lines wrong PROFILE GCOV: the executed lines whose hits are neither gcov's nor marked. A line without code has none.
# lines ends PROFILE GCOV: how many of the ends of instructions have gcov's hits, without a mark.
# lines marked PROFILE GCOV: how many lines are marked.
lines() {
	python3 - "$PROGRAMS/merged_cases.c" "$@" <<PYTHON
import sys

sys.path.insert(0, "$HERE")
import compare_gcov
import lprof_json

source, asked, profile, gcov = sys.argv[1:]
report, gcov = lprof_json.load(profile), compare_gcov.Gcov(gcov)
hits, marked = lprof_json.line_hits(report), lprof_json.inexact_lines(report)
ends = 0
with open(source, encoding="utf-8") as stream:
    for number, text in enumerate(stream, 1):
        key = ("merged_cases.c", number)
        expected = gcov.lines.get(key)
        if key not in hits or expected is None:
            continue
        right = hits[key] in (expected, gcov.brace_count(key, text.strip()))
        if not right and key not in marked and asked == "wrong":
            print(f"{number}: {hits[key]} for {expected};", end=" ")
        ends += right and key not in marked and "/* end */" in text
if asked == "ends":
    print(ends)
if asked == "marked":
    print(len(marked))
PYTHON
}

# not_more NAME NUMBER LIMIT
not_more() {
	if [ "$2" -le "$3" ]; then
		ok "$1"
	else
		bad "$1: $2 is more than $3"
	fi
}

for form in SWITCH GOTO; do
	mkdir "$WORK/$form"
	build merged_cases gcc "$WORK/$form/covered" -O0 --coverage -D$form || bad "$form: build"
	(cd "$WORK/$form" && ./covered >covered.out)
done
while read -r compiler level form ends marked; do
	name="$compiler $level, $form"
	build merged_cases "$compiler" "$WORK/merged_cases" "$level" -D"$form" || bad "$name: build"
	check "$name: profile" "$LPROF" -q -f run -o "$WORK/merged_cases.json" -- "$WORK/merged_cases"
	is "$name: right, or marked" "" "$(lines wrong "$WORK/merged_cases.json" "$WORK/$form")"
	not_more "$name: right ends of instructions" "$ends" "$(lines ends "$WORK/merged_cases.json" "$WORK/$form")"
	not_more "$name: marked lines" "$(lines marked "$WORK/merged_cases.json" "$WORK/$form")" "$marked"
done <<'BUILDS'
gcc -O0 SWITCH 10 0
gcc -O1 SWITCH 8 5
gcc -O2 SWITCH 6 8
gcc -O3 SWITCH 6 8
gcc -Os SWITCH 3 8
gcc -O0 GOTO 10 0
gcc -O1 GOTO 10 4
gcc -O2 GOTO 5 10
gcc -O3 GOTO 5 10
gcc -Os GOTO 10 4
clang -O2 SWITCH 0 0
clang -O2 GOTO 4 0
BUILDS
finish
