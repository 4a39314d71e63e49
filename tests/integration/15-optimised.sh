#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hits in optimised code are those of the same program without optimisation, or the report says that they are inexact.
. "$(dirname "$0")/lib.sh"
need gcov python3 gcc g++ clang clang++
need_profiler

# Lines that may be wrong without its being said, in the form of compare_gcov.py's tables. They are lines of which
# nothing tells, in code that was compiled so, that they were executed more often than what is left of them.
cat >"$WORK/gcc.allowed" <<'TABLE'
optimised.c:78 1 * the mark stands where ways join, and is taken for one of the ways
optimised.c:127 100 * an initial value, whose mark was moved into a loop
optimised.c:166 11 * calls that became a loop
optimised.c:188 7247 * a brace of an inlined function, without code in most of its calls
optimised.c:205 90 * calls that became a loop
optimised.c:207 90 * a test that was found to be false
optimised.c:214 145 * calls that became a loop
TABLE
cat >"$WORK/clang.allowed" <<'TABLE'
optimised.c:32 1443 * the first test of an inner loop was found to be true, in a call of an inlined iterator
optimised.c:34 1420 * of a line in two loops, one holds code of both
optimised.c:71 21 * the end of the inner loop and the test of the outer one are in one block
optimised.c:74 420 * the first test was found to be true, and the line has other code
optimised.c:75 400 * the sum is stored behind the loop
optimised.c:161 986 * the sum is formed behind the loop that was a call
optimised.c:171 9 * a call that became a jump between two copies
optimised.c:177 10 * a test that was found to be false in an inlined call
optimised.c:179 9 * a call that became a jump between two copies
optimised.c:190 1343 * calls that became a loop
optimised.c:205 90 * calls that became a loop
optimised.c:214 145 * calls that became a loop
optimised.c:238 100 * the inner loop's beginning has no line, and seems to be the function's
optimised.c:240 300 * the first test was found to be true, in front of an inner loop without a line
optimised.c:297 50 * a loop that was unrolled, and whose body is vectorised
TABLE
echo 'iterators.cc:16 701 * the first test is on a line of the library' >>"$WORK/clang.allowed"

# profile NAME PROGRAM
profile() {
	check "$1: profile" "$LPROF" -q -f '*' -x "$2" -o "$WORK/$1.json" -- "$2"
}

against_gcov() {
	local program=$1 at=$WORK/gcov.$1 compiler level name
	shift
	mkdir "$at"
	build "$program" gcc "$at/covered" -O0 --coverage || bad "$program: build"
	(cd "$at" && ./covered >covered.out)
	for compiler in gcc clang; do
		for level; do
			name=$program.$compiler$level
			build "$program" "$compiler" "$WORK/$name" "$level" || bad "$name: build"
			profile "$name" "$WORK/$name"
			check "$name: hits against gcov" python3 "$HERE/compare_gcov.py" --optimised --min-lines 15 \
				--allow "$WORK/$compiler.allowed" "$WORK/$name.json" "$at" "$PROGRAMS"
		done
	done
}
against_gcov optimised -O1 -O2 -O3
against_gcov iterators -O2

# at NAME PROFILE EXPECTED TEXT: the hits of the line of optimised.c that has TEXT
at() {
	is_json "$2: $1" "$3" "$WORK/$2.json" "hits(\"optimised.c\", $(number_of optimised "$4"))"
}
for name in optimised.gcc-O1 optimised.gcc-O2 optimised.gcc-O3 optimised.clang-O1 optimised.clang-O2; do
	at "loop of an inlined iterator" "$name" 1000 'count(BODY, x)'
	at "loop over a list" "$name" 50 'count(NODE, '
	at "recursion" "$name" 1973 'count(FIB, n)'
	at "unrolled loop" "$name" 300 'count(STEP, '
	at "nested unrolled loops" "$name" 600 'count(CELL, '
	at "the line that declares an inlined function" "$name" 300 'static inline int weigh('
	is_json "$name: calls of an inlined function in a loop" 300 "$WORK/$name.json" 'f("weigh")["calls"]'
	is_json "$name: calls of an inlined function" 100 "$WORK/$name.json" 'f("log_it")["calls"]'
done
for level in -O1 -O2; do
	at "a branch that was not taken" optimised.gcc$level 0 'add(&large, v[i]); /* never */'
	is_json "gcc $level: exact" True "$WORK/optimised.gcc$level.json" \
		"not any((\"optimised.c\", n) in inexact for n in range($(number_of optimised 'void scan('), $(number_of optimised 'int search(')))"
done
notes='[sum("several rounds at once" in n for n in f(x)["notes"]) for x in ("use_unrolled", "use_recursion", "scan")]'
is_json "that rounds were joined is said once, where it was so" '[0, 1, 0]' "$WORK/optimised.gcc-O3.json" "$notes"
for compiler in gcc clang; do
	is_json "$compiler: for_each" 700 "$WORK/iterators.$compiler-O2.json" \
		"hits(\"iterators.cc\", $(grep -n 'count(1, x)' "$PROGRAMS/iterators.cc" | cut -d: -f1))"
done

# Loops with handlers in them are loops: their first tests are counted, and the tests for the types of clauses are no rounds.
g++ -g -O0 -o "$WORK/caught" "$PROGRAMS/caught.cc" || bad "caught: build"
(cd "$WORK" && mkdir caught.cov && cd caught.cov && g++ -O0 --coverage -o covered "$PROGRAMS/caught.cc" && ./covered >/dev/null &&
	gcov -t covered-caught.gcda 2>/dev/null) >"$WORK/caught.gcov"
# truth TEXT: what gcov counts of the line of caught.cc that has it
truth() {
	grep -F -e "$1" "$WORK/caught.gcov" | sed 's/^ *\([0-9]*\).*/\1/'
}
for how in "g++ -O1" "g++ -O2" "clang++ -O1" "clang++ -O2"; do
	$how -g -o "$WORK/caught" "$PROGRAMS/caught.cc" || bad "$how: caught: build"
	check "$how: caught: profile" "$LPROF" -q -f again -f kinds -o "$WORK/caught.json" -- "$WORK/caught"
	for text in again kinds thrown 'looked at' one other first second outer; do
		line=$(grep -n -F -e "/* $text */" "$PROGRAMS/caught.cc" | cut -d: -f1)
		is_json "$how: line of a loop with handlers: $text" "($(truth "/* $text */"), True)" "$WORK/caught.json" \
			"(hits('caught.cc', $line), '${how%%+*}' == 'g' or ('caught.cc', $line) not in inexact)"
	done
done

# Of two calls of a function in one block, LLVM makes one where it can: 200 of 300 executions are seen.
for compiler in gcc clang; do
	name=merged-$compiler
	check "$name: builds" build merged "$compiler" "$WORK/$name" -O2
	check "$name: profile" "$LPROF" -q -f weigh -o "$WORK/$name.json" -- "$WORK/$name"
	is_json "$name: right, or said" True "$WORK/$name.json" \
		"(lambda n: hits('merged.c', n) == 300 or ('merged.c', n) in inexact)($(number_of merged '/* count'))"
	is_json "$name: what both calls have" '(300, False)' "$WORK/$name.json" \
		"(lambda n: (hits('merged.c', n), ('merged.c', n) in inexact))($(number_of merged '/* weight'))"
done

# Loops that became one operation on memory: their lines are right, or said to be an estimate. What the source itself
# fills and copies is exact.
cat >"$WORK/fills.c" <<'SOURCE'
#include <stdlib.h>
#include <string.h>
struct big { long v[40]; };
__attribute__((noinline)) void clear(char *p, long n)
{
	for (long i = 0; i < n; i++)
		p[i] = 0;
}
__attribute__((noinline)) void copy(char *restrict p, const char *restrict q, long n)
{
	for (long i = 0; i < n; i++)
		p[i] = q[i];
}
__attribute__((noinline)) void explicit(char *p, struct big *x, const struct big *y, long n)
{
	memset(p, 1, n);
	*x = *y;
	for (long i = 0; i < n; i++)
		p[i] = 2;
}
int main(int argc, char **argv)
{
	char *a = malloc(100), *b = calloc(100, 1);
	struct big x, y = {{argc}};

	(void)argv;
	for (int k = 0; k < 10; k++) {
		clear(a, 100);
		copy(a, b, 100);
		explicit(a, &x, &y, 100);
	}
	return a[5] != 2 || x.v[0] != argc;
}
SOURCE
for how in "gcc -O1" "gcc -O2" "gcc -O3" "gcc -Os" "gcc -O2 -fno-ipa-cp"; do
	$how -g -o "$WORK/fills" "$WORK/fills.c" || bad "$how: build"
	check "$how: fills: profile" "$LPROF" -q -f clear -f copy -f explicit -o "$WORK/fills.json" -- "$WORK/fills"
	is_json "$how: lines of loops that became an operation are right, or said to be estimates" True "$WORK/fills.json" \
		'all(hits("fills.c", n) == right or ("fills.c", n) in inexact for n, right in ((6, 1010), (7, 1000), (11, 1010), (12, 1000), (18, 1010), (19, 1000)))'
	is_json "$how: operations of the source are exact" '[(10, False), (10, False)]' "$WORK/fills.json" \
		'[(hits("fills.c", n), ("fills.c", n) in inexact) for n in (16, 17)]'
done

gcc -g -c -o "$WORK/zero.o" "$PROGRAMS/zero.c" && gcc -g -o "$WORK/zero" "$WORK/zero.o" "$PROGRAMS/zero_code.s"
is "zero: the program's own counts" "25 75 20 80" "$("$WORK/zero")"
check "zero: profile" "$LPROF" -q --format json -o "$WORK/zero.json" -f pick -f stray -- "$WORK/zero"
is_json "code with line 0 is no hit of the line above" '[100, 75, 25]' "$WORK/zero.json" \
	'[hits("zero.c", n) for n in (15, 16, 18)]'
is_json "code without a row is no hit of the line above" '[100, 80, 20]' "$WORK/zero.json" \
	'[hits("zero.c", n) for n in (23, 24, 26)]'

if command -v rustc >/dev/null; then
	cat >"$WORK/each.rs" <<'SOURCE'
#[inline(never)]
fn step(n: u32) -> u32 {
    std::hint::black_box(n)
}
#[inline(never)]
fn each(n: u32) -> u32 {
    let mut sum = 0;
    for i in 0..n {
        sum ^= step(i);
    }
    sum
}
fn main() {
    std::process::exit((each(600) + each(400) == 1) as i32);
}
SOURCE
	for level in 1 3; do
		rustc -g -C opt-level=$level -o "$WORK/each" "$WORK/each.rs" 2>/dev/null || bad "rustc"
		check "rust: profile" "$LPROF" -q --format json -o "$WORK/each.json" -f each::each -- "$WORK/each"
		is_json "rust, level $level: a loop over a range" 1000 "$WORK/each.json" 'hits("each.rs", 9)'
	done
	# Newer compilers merge what both ? inline, and give that call line 0.
	cat >"$WORK/errors.rs" <<'SOURCE'
#[inline(never)]
fn parse(i: u32) -> Result<u32, String> {
    if i % 3 == 0 { Err("three".into()) } else { Ok(i) }
}
#[inline(never)]
fn twice(i: u32, calls: &mut u32) -> Result<u32, String> {
    let first = parse(i)?;
    let second = match first % 4 {
        1 => parse(first + 1)?,
        _ => first,
    };
    *calls += 1;
    Ok(second + 1)
}
fn main() {
    let (mut calls, mut sum) = (0, 0);
    for i in 0..100 {
        sum += twice(std::hint::black_box(i), &mut calls).unwrap_or(0);
    }
    println!("{} {}", sum, calls);
}
SOURCE
	for level in 0 1 2; do
		rustc -g -C opt-level=$level -o "$WORK/errors" "$WORK/errors.rs" 2>/dev/null || bad "rustc"
		check "rust: profile" "$LPROF" -q --format json -o "$WORK/errors.json" -f errors::twice -- "$WORK/errors"
		is_json "rust, level $level: inlined calls that were merged" '[100, 58, 58]' "$WORK/errors.json" \
			'[hits("errors.rs", n) for n in (7, 12, 13)]'
	done
fi
finish
