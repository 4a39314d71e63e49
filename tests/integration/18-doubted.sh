#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hits that an optimiser made uncertain: they are right, or marked. The right ones are those of the program at -O0, which
# are written beside the lines as well.
. "$(dirname "$0")/lib.sh"
need python3 gcc g++ clang
need_profiler

# wrong PROFILE KIND: the lines named in the source that are neither right nor marked, KIND being how they are named.
wrong() {
	python3 - "$PROGRAMS/doubted.c" "$1" "$2" <<'PYTHON'
import json
import re
import sys

hits, marked = {}, set()
with open(sys.argv[2], encoding="utf-8") as stream:
    for function in json.load(stream)["functions"]:
        for line in function["lines"]:
            hits[line["line"]] = hits.get(line["line"], 0) + line["hits"]
            if line.get("hits_inexact"):
                marked.add(line["line"])
with open(sys.argv[1], encoding="utf-8") as source:
    for number, text in enumerate(source, 1):
        asked = re.search(rf"/\* {sys.argv[3]}: (.*), (\d+) \*/", text)
        # A line without any code is not shown, and so is not wrong.
        if asked and number in hits and number not in marked and hits[number] != int(asked[2]):
            print(f"{asked[1]}: {hits[number]} for {asked[2]};", end=" ")
PYTHON
}

while read -r compiler options; do
	# shellcheck disable=SC2086
	$compiler $options -o "$WORK/doubted" "$PROGRAMS/doubted.c" || bad "$compiler $options: build"
	check "$compiler $options: profile" "$LPROF" -q -f 'doubted.c:*' -o "$WORK/doubted.json" -- "$WORK/doubted"
	is "$compiler $options: right, or marked" "" "$(wrong "$WORK/doubted.json" doubted)"
	case $compiler in
	clang) is "$compiler $options: right, or marked, by LLVM" "" "$(wrong "$WORK/doubted.json" 'doubted, by clang')" ;;
	esac
	# Statements are marked by GCC, unless it is told not to, or to move them further than marks can follow.
	case "$compiler $options" in
	gcc*-g1* | gcc*-gno-* | gcc*-fselective-* | clang*) ;;
	*) is "$compiler $options: right, or marked, with marks" "" "$(wrong "$WORK/doubted.json" 'doubted, by marks')" ;;
	esac
done <<'BUILDS'
gcc -g -O0
gcc -g -O1
gcc -g -O2
gcc -g -O3
gcc -g -Os
gcc -g1 -O2
gcc -g -O2 -gno-statement-frontiers
gcc -g -O2 -fselective-scheduling2
clang -g -O0
clang -g -O1
clang -g -O2
clang -g -O3
clang -g -Os
clang -gmlt -O1
clang -gmlt -O2
BUILDS

# Nothing is marked where nothing was optimised, and where the code shows all there is.
for build in "gcc -g -O0" "clang -g -O0"; do
	$build -o "$WORK/doubted" "$PROGRAMS/doubted.c"
	"$LPROF" -q -f 'doubted.c:*' -o "$WORK/doubted.json" -- "$WORK/doubted" >"$WORK/out"
	is_json "$build: nothing marked" 0 "$WORK/doubted.json" "len(inexact)"
done
for level in -O1 -O2 -Os; do
	clang -g $level -o "$WORK/doubted" "$PROGRAMS/doubted.c"
	"$LPROF" -q -f calls_in_a_loop -o "$WORK/doubted.json" -- "$WORK/doubted" >"$WORK/out"
	line=$(number_of doubted '/* doubted: calls in a loop, 55 */')
	is_json "clang $level: a test, then code of no statement, then the loop" '(55, False)' "$WORK/doubted.json" \
		"(hits('doubted.c', $line), ('doubted.c', $line) in inexact)"
done

# A variable that is in one register all the time shows that the function was optimised: a loop then has one more test.
for level in -O1 -O2 -Os; do
	clang -g $level -o "$WORK/merged" "$PROGRAMS/merged.c" || bad "clang $level: build"
	"$LPROF" -q -f main -o "$WORK/merged.json" -- "$WORK/merged" >"$WORK/out"
	line=$(number_of merged 'for (long i = 0; i < 100; i++)')
	is_json "clang $level: a variable in a register" 101 "$WORK/merged.json" "hits('merged.c', $line)"
done

# line_of TEXT: the number of the line of doubted_catch.cc that has it.
line_of() {
	grep -n -F -m 1 -e "$1" "$PROGRAMS/doubted_catch.cc" | cut -d: -f1
}
for level in -O0 -O1 -O2 -O3; do
	g++ -g $level -o "$WORK/catch" "$PROGRAMS/doubted_catch.cc" || bad "g++: build"
	"$LPROF" -q -f catcher -o "$WORK/catch.json" -- "$WORK/catch" >"$WORK/out"
	is_json "g++ $level: a handler without a row" '(5, 0)' "$WORK/catch.json" \
		"(hits('doubted_catch.cc', $(line_of '/* caught')), sum(l['hits'] for l in f('catcher')['lines'] if l['line'] == $(line_of '/* thrown')))"
done
finish
