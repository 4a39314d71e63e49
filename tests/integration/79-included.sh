#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Code that #include and #line put into a function is on its own lines of its own files: hits, selection by FILE:LINE,
# every format, and what saved profiles become of it.
. "$(dirname "$0")/lib.sh"
need python3 gcc clang g++ gcov
need_profiler
cd "$WORK" || exit 1

cat >steps.inc <<'SOURCE'
for (int i = 0; i < n; i++) {
	if (i % 3 == 0)
		total += i;
	else
		total -= 1;
}
SOURCE
printf 'ENTRY(1)\nENTRY(2)\n\nENTRY(5)\n' >list.def
cat >body.inc <<'SOURCE'
{
	long total = 1;
	while (n-- > 0)
		total *= 2;
	return total;
}
SOURCE
cat >main.c <<'SOURCE'
#include <stdio.h>
static volatile long sink;
__attribute__((noinline)) static long work(int n)
{
	long total = 0;
#include "steps.inc"
	total *= 2;
	return total;
}
static long twice(int n) /* an X-macro list, included twice */
{
#define ENTRY(k) if (n > k) sink += k;
#include "list.def"
#undef ENTRY
	for (int i = 0; i < n; i++) {
#define ENTRY(k) sink += k;
#include "list.def"
#undef ENTRY
	}
	return sink;
}
static int parse(int n) /* as bison and flex write it */
{
	int value = 0;
	for (int token = 0; token < n; token++) {
		switch (token % 3) {
		case 0:
#line 20 "calc.y"
			value += token;
#line 30 "main.c"
			break;
		case 1:
#line 25 "calc.y"
			if (value > 0)
				value -= 1;
#line 35 "main.c"
			break;
		}
	}
	return value;
}
static long body(int n)
#include "body.inc"
int main(void)
{
	return printf("%ld %ld %d %ld\n", work(90), twice(3), parse(10), body(4)) < 0;
}
SOURCE
cat >table.hh <<'SOURCE'
struct table {
	long sum = 0;
	long fill(int n)
	{
		for (int i = 0; i < n; i++) {
#include "cells.inc"
		}
		return sum;
	}
};
SOURCE
printf 'if (i & 1)\n\tsum += i;\nelse\n\tsum -= 3;\n' >cells.inc
printf '#include "table.hh"\nint main()\n{\n\ttable t;\n\treturn t.fill(10) == 0;\n}\n' >table.cc

# hits NAME FUNCTION FILE: the hits of the function's lines of the file, as "LINE:HITS ..."; gcc has none on some braces
# that clang has.
hits() {
	get "$1.json" "' '.join('%d:%d' % (l['line'], l['hits']) for l in f('$2')['lines'] if l.get('file', f('$2')['file']).endswith('/$3'))"
}

for compiler in gcc clang; do
	"$compiler" -O0 -g main.c -o "$compiler.main" || bad "$compiler: build"
	"$LPROF" -q -f '*' -x ./$compiler.main -o $compiler.json -- ./$compiler.main >out 2>err
	is "$compiler: output" "2490 27 16 16" "$(cat out)"
	is "$compiler: #include" "1:91 2:90 3:30 5:60" "$(hits $compiler work steps.inc | sed 's/ 6:90//')"
	is "$compiler: the line before it" 1 "$(get $compiler.json "hits('main.c', 5)")"
	is "$compiler: a list included twice" "1:4 2:4 4:4" "$(hits $compiler twice list.def)"
	is "$compiler: #line" "20:4 25:3 26:2" "$(hits $compiler parse calc.y)"
	is "$compiler: an included body" "2:1 3:5 4:4 5:1" "$(hits $compiler body body.inc | sed 's/ 6:1//')"
	is "$compiler: times are the sums over all files" True \
		"$(get $compiler.json "all(g['time_ns'] == sum(l['time_ns'] for l in g['lines']) for g in p['functions'])")"
done
gcc -O0 -g --coverage main.c -o covered && ./covered >/dev/null
# Clang names line 1 of main.c, the number of the brace in the other file.
is "gcc: the declaration of an included body" 1 "$(get gcc.json "hits('main.c', 40)")"
check "gcc: hits against gcov" python3 "$HERE/compare_gcov.py" --binary gcc.main --allow <(cat <<-'TABLE'
	list.def:1 1 4 gcov counts one of the two places
	list.def:2 1 4 gcov counts one of the two places
	body.inc:6 None 1 the end of a function, which gcov looks for in the file of its beginning
	main.c:39 None 1 the same, by a number of #line
TABLE
) gcc.json . .

# selects NAME EXPECTED SELECTOR: which functions of the program NAME the selector selects.
selects() {
	is "$1: -f $3" "$2" "$("$LPROF" list -x "./$1" -f "$3" 2>/dev/null | sed -n 's/^\([^ ]\+\)  .*/\1/p' | sort | tr '\n' ' ')"
}
selects gcc.main "work " steps.inc:3
selects gcc.main "work " steps.inc:4 # "else" has no code, but there is some around it
selects gcc.main "" steps.inc:7
selects gcc.main "parse " calc.y:20
selects gcc.main "parse " calc.y:1-30
selects gcc.main "body " body.inc:3
selects clang.main "parse " calc.y:25-26

g++ -O0 -g table.cc -o table
"$LPROF" -q -f cells.inc:2 -x ./table -o table.json -- ./table
is "a table in a method in a header" "1:10 2:5 4:5" "$(hits table table::fill cells.inc)"

# In optimised code lines may be missing, but lines of headers whose inlined code was moved must not appear.
gcc -O2 -g main.c -o optimised
"$LPROF" -q -f work -x ./optimised -o optimised.json -- ./optimised >/dev/null
is "optimised: the condition" 90 "$(get optimised.json "hits('steps.inc', 2)")"
cat >vector.cc <<'SOURCE'
#include <algorithm>
#include <map>
#include <string>
#include <vector>
int main(int argc, char **argv)
{
	std::map<std::string, std::vector<int>> m;
	for (int i = 0; i < 100; i++)
		m[argv[0] + std::to_string(i % 7)].push_back(i ^ argc);
	for (auto &p : m)
		std::sort(p.second.begin(), p.second.end());
	return m.size() != 7;
}
SOURCE
for compiler in g++ clang++; do
	$compiler -O2 -g vector.cc -o vector || bad "$compiler: build"
	is "$compiler: moved code of inlined functions" 0 "$("$LPROF" list -x ./vector -f '*' 2>/dev/null | grep -c 'lines of')"
done

# Other languages have it as well.
printf '\ttestq $1, %%rdi\n\tje 1f\n\tincq even(%%rip)\n1:\n\tdecq %%rdi\n' >turn.inc
cat >turns.s <<'SOURCE'
	.globl turns
	.type turns, @function
turns:
	xorl %eax, %eax
2:	testq %rdi, %rdi
	je 3f
	.include "turn.inc"
	jmp 2b
3:	ret
	.size turns, .-turns
	.section .note.GNU-stack, "", @progbits
SOURCE
echo 'long even; long turns(long); int main(void) { return turns(9) || even != 5; }' >turning.c
gcc -g -o turning turns.s turning.c && "$LPROF" -q -f turns -o turns.json -- ./turning
is "assembler: .include" "1:9 2:9 3:5 5:9" "$(hits turns turns turn.inc)"
if command -v gfortran >/dev/null; then
	printf 'do i = 1, n\n  if (mod(i, 3) == 0) then\n    t = t + i\n  else\n    t = t - 1\n  end if\nend do\n' >loop.inc
	cat >fortran.f90 <<-'SOURCE'
	subroutine steps(n, t)
	  integer, intent(in) :: n
	  integer, intent(inout) :: t
	  integer :: i
	  include 'loop.inc'
	end subroutine
	program main
	  integer :: t = 0
	  call steps(90, t)
	  if (t /= 1335) stop 1
	end program
	SOURCE
	gfortran -g -O0 -o fortran fortran.f90 && "$LPROF" -q -f loop.inc:3 -o fortran.json -- ./fortran
	is "Fortran: include" "1:91 2:91 3:30 5:60" "$(hits fortran steps loop.inc)"
fi
if command -v go >/dev/null; then
	cat >lines.go <<'SOURCE'
package main

//go:noinline
func steps(n int) int {
	t := 0
//line calc.y:20
	for i := 1; i <= n; i++ {
		if i%3 == 0 {
			t += i
		}
	}
//line lines.go:11
	return t
}

func main() {
	if steps(90) != 1395 {
		panic("sum")
	}
}
SOURCE
	GOCACHE=$WORK/go-cache go build -gcflags='-N -l' -o lines lines.go && "$LPROF" -q -f calc.y:22 -o lines.json -- ./lines
	is "Go: //line" "20:91 21:90 22:30" "$(hits lines main.steps calc.y)"
fi

# Formats, and what becomes of a saved profile.
"$LPROF" report gcc.json >report.txt
check "text: the file and its first row" grep -qzP '\nFile: [^\n]*/steps.inc\n\n +1 +91 [^\n]* for \(int i' report.txt
check "text: a file that is not there" grep -qzP '/calc.y\n\nThe profile holds no source text of [^\n]*/calc.y\n' report.txt
"$LPROF" report -o all.csv gcc.json
check "csv" python3 "$HERE/check_formats.py" csv gcc.json all.csv
"$LPROF" report -o twice.json gcc.json gcc.json
is "merged: twice the hits" "1:182 2:180 3:60 5:120" "$(hits twice work steps.inc)"
"$LPROF" report -o again.json gcc.json
check "saved and read: the same" python3 "$HERE/lprof_json.py" same gcc.json again.json
"$LPROF" diff gcc.json twice.json >diff.txt
check "diff: rows of the file" grep -qzP '\nFile: [^\n]*/steps.inc\n\n +1 +1 +91 +182 ' diff.txt
"$LPROF" report -o all.callgrind gcc.json
check "callgrind: the file" grep -qzP '\nfi=\(\d+\) [^\n]*/steps.inc\n1 91 \d+\n' all.callgrind
"$LPROF" report -o all.info gcc.json
check "lcov: the file" grep -qzP '\nSF:[^\n]*/steps.inc\nFNF:0\nFNH:0\nDA:1,91\nDA:2,90\n' all.info
finish
