#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Functions and names that only the symbol table has: line tables alone, labels of assembler files, aliases, indirect
# functions, functions that the linker folded. And what is said where nothing is found, or cannot be read.
. "$(dirname "$0")/lib.sh"
need gcc g++ clang ld.lld objcopy strip python3
need_profiler
cd "$WORK" || exit 1

cat >lines.c <<'SOURCE'
static volatile long sink;

__attribute__((noinline)) long only_lines(int n)
{
	long s = 0;

	for (int i = 0; i < n; i++)
		if (i % 3)
			s += i + sink;
	return s;
}

/* no function is here */
SOURCE
cat >label.S <<'SOURCE'
	.text
	.globl untyped
untyped:
	xor	%eax, %eax
again:	add	%edi, %eax
	dec	%edi
	jnz	again
	ret
	.section .note.GNU-stack,"",@progbits
SOURCE
cat >main.c <<'SOURCE'
static volatile int sink;

int real(int x)
{
	return sink += x;
}
int public(int x) __attribute__((alias("real")));
int weak(int x) __attribute__((weak, alias("real")));
static int slow(int x)
{
	return sink -= x;
}
static int fast(int x)
{
	return sink ^= x;
}
static void *choose(void)
{
	return sink ? (void *)slow : (void *)fast;
}
int chosen(int x) __attribute__((ifunc("choose")));
long only_lines(int n);
int untyped(int n);
int bare(int x);
int main(void)
{
	for (int i = 1; i <= 40; i++)
		sink += public(i) + untyped(i);
	for (int i = 0; i < 10; i++)
		weak(i);
	for (int i = 0; i < 7; i++)
		chosen(i);
	return only_lines(30) + bare(1) == 0;
}
SOURCE
echo 'int bare(int x) { return x; }' >bare.c
clang -c -O1 -gline-tables-only lines.c
gcc -c -g main.c
gcc -c -O1 bare.c
gcc -g -O1 -o program main.c label.S lines.o bare.o

hits() {
	echo "[l[\"hits\"] for f in p[\"functions\"] if f[\"name\"] == \"$1\" for l in f[\"lines\"] if l[\"line\"] == $2]"
}
calls() {
	echo "[f[\"calls\"] for f in p[\"functions\"] if f[\"name\"] == \"$1\"]"
}

check "profile by names of symbols" "$LPROF" -q --format json -o names.json -f only_lines -f untyped -f public -f chosen \
	-- ./program
is_json "a function of line tables: its line" '[20]' names.json "$(hits only_lines 9)"
is_json "a function of line tables: its calls" '[1]' names.json "$(calls only_lines)"
is_json "a label: its calls" '[40]' names.json "$(calls untyped)"
is_json "a label: its line" '[820]' names.json "$(hits untyped 6)"
is_json "an alias is its function" '[50]' names.json "$(calls real)"
is_json "an alias is said" 'True' names.json \
	'any("real, public and weak are the same code" in n for f in p["functions"] for n in f["notes"])'
is_json "an indirect function: the implementation that is used" '[7]' names.json "$(calls fast)"
is_json "an indirect function: the other one" '[0]' names.json "$(calls slow)"
missed_none "names of symbols" names.json

check "profile by lines" "$LPROF" -q --format json -o by_line.json -f lines.c:9 -f label.S:6 -- ./program
is_json "FILE:LINE: the functions" "['untyped', 'only_lines']" by_line.json '[f["name"] for f in p["functions"]]'
is_json "FILE:LINE: a label's line" '[820]' by_line.json "$(hits untyped 6)"

"$LPROF" list -x ./program >list.txt 2>&1
is "functions without DIEs are listed" 2 "$(grep -cE '^(only_lines|untyped) .*(lines.c:[34]|label.S:4) ' list.txt)"
is "every function has a line" 0 "$(grep -c ':0 ' list.txt)"

# said NAME PATTERN ARGUMENT...
said() {
	local name=$1 pattern=$2 text
	shift 2
	text=$("$LPROF" "$@" 2>&1 >/dev/null)
	if [[ $text =~ $pattern ]]; then ok "$name"; else bad "$name: $text"; fi
}
said "a line between functions" 'no function has code on lines.c:13; in that file, only_lines begins on line' \
	list -x ./program -f lines.c:13
said "a function without debug information" 'function bare is in .*, but its source was compiled without debug inf' \
	list -x ./program -f bare
said "a close name" 'close names: only_lines' list -x ./program -f only_line
said "a close name, in capital letters" 'close names: only_lines' list -x ./program -f ONLY_LINES
said "a name of another file" 'no function matches lines.c:real; real is in .*main.c$' list -x ./program -f lines.c:real
said "a line of an unknown file" 'has no function of a file other.c;' list -x ./program -f other.c:3
said "an object file" 'main.o is not a program or library for this processor' list -x ./main.o -f real
objcopy --only-keep-debug program program.debug
said "a debug file" 'program.debug holds debug information only, no code' list -x ./program.debug -f real
gcc -g -gsplit-dwarf -c -o split.o main.c -Dchosen=other && gcc -o split split.o lines.o bare.o label.S && rm split.dwo
said "a .dwo file is missing" 'split.dwo cannot be read.*a .dwp file is not read' list -x ./split -f real
if objcopy --compress-debug-sections=zstd program compressed 2>/dev/null; then
	text=$("$LPROF" list -x ./compressed -f real 2>&1)
	[[ $text =~ 'is compressed with zstd'.*'--decompress-debug-sections' || $text =~ body\ at ]]
	is "compressed with zstd" 0 $?
fi

# FILE:LINE where debug information has no line of a declaration: a line of a function selects that one alone, and what
# is before the first function or between two of them selects none.
cat >where.c <<'SOURCE'
static volatile long sink;
/* A comment before a function. */
__attribute__((noinline)) long fib(int n)
{
	sink++;
	if (n < 2)
		return n;
	return fib(n - 1) + fib(n - 2);
}
/* A comment between functions, */

__attribute__((noinline)) long last(long n)
{
	return n * sink;
}
int main(void)
{
	return last(fib(5)) == 0;
}
SOURCE
clang -gline-tables-only -O2 -o where where.c
# selected FILE PROGRAM LINE...: of each line the functions that it selects, or -.
selected() {
	local file=$1 program=$2 line
	shift 2
	for line; do
		"$LPROF" list -x "./$program" -f "$file:$line" 2>/dev/null |
			awk '/^[^ ].*:/ { names = names (names ? "," : "") $1 } END { print names ? names : "-" }'
	done | paste -sd' '
}
is "FILE:LINE without declarations: C" "- - fib fib fib fib - - - last main" \
	"$(selected where.c where 1 2 5 6 7 8 10 11 12 14 18)"
if command -v go >/dev/null; then
	printf '%s\n' 'package main' '' 'var total int' '' '// add adds.' '//go:noinline' 'func add(n int) {' '	total += n' '}' \
		'' '// Between functions.' '//go:noinline' 'func twice(n int) {' '	add(n)' '	add(n)' '}' '' 'func main() {' \
		'	twice(3)' '	println(total)' '}' >where.go
	GO111MODULE=off GOCACHE=$WORK/cache go build -o where.go.program where.go
	is "FILE:LINE without declarations: Go" "- - - main.add - - - main.twice main.twice - main.main" \
		"$(selected where.go where.go.program 1 5 6 8 10 11 12 14 15 17 19)"
fi

# Copies of virtual functions in thunks are found by symbols, wherever these are; where there are none, this is said.
g++ -O2 -g -o thunks "$TOP/tests/matrix/c++/thunks.cc"
cp thunks thunks.separate
objcopy --only-keep-debug thunks thunks.debug
strip thunks.separate
objcopy --add-gnu-debuglink=thunks.debug thunks.separate
for program in thunks thunks.separate; do
	"$LPROF" -q --format json -o thunks.json -f 'both::*' -- ./$program >/dev/null 2>&1
	is_json "$program: calls through another base" '[30, 60, 50]' thunks.json \
		'[f("both::" + n)["calls"] for n in ("small", "self", "large")]'
	is_json "$program: nothing is missing" False thunks.json \
		'any("may be missing" in n for f in p["functions"] for n in f["notes"])'
done
strip -s --keep-section='.debug_*' -o thunks.nameless thunks
sed 's/^struct left/namespace {\n&/; s/^__attribute__((noinline)) static int use_right/}\n&/' \
	"$TOP/tests/matrix/c++/thunks.cc" >anonymous.cc
g++ -O2 -g -I"$TOP/tests/matrix/c" -I"$TOP/tests/matrix/c++" -Wl,-x -o thunks.anonymous anonymous.cc
for program in thunks.nameless thunks.anonymous; do
	"$LPROF" -q --format json -o thunks.json -f '*both::*' -f '*base::*' -- ./$program >/dev/null 2>&1
	is_json "$program: that calls may be missing is said of who may have thunks" \
		"['both::large', 'both::other', 'both::self', 'both::small', 'both::~both']" thunks.json \
		'sorted("::".join(f["name"].split("::")[-2:]) for f in p["functions"] if any("may be missing" in n for n in f["notes"]))'
done

cat >folded.c <<'SOURCE'
static volatile long sink;
__attribute__((noinline)) long alpha(long k)
{
	for (long i = 0; i < k; i++)
		sink += i;
	return sink;
}
__attribute__((noinline)) long beta(long k)
{
	for (long i = 0; i < k; i++)
		sink += i;
	return sink;
}
int main(void)
{
	for (int i = 0; i < 8; i++)
		alpha(2);
	for (int i = 0; i < 4; i++)
		beta(2);
	return sink == 0;
}
SOURCE
clang -g -O1 -fuse-ld=lld -ffunction-sections -Wl,--icf=all -o folded folded.c
check "profile of a folded function" "$LPROF" -q --format json -o beta.json -f beta -- ./folded
is_json "a folded function: the calls of all" '[12]' beta.json "$(calls beta)"
is_json "a folded function: its own line" '[24]' beta.json "$(hits beta 11)"
is_json "a folded function: no line of another" '[]' beta.json "$(hits beta 5)"
check "profile of both" "$LPROF" -q --format json -o both.json -f alpha -f beta -- ./folded
is_json "folded functions are counted once" '[12]' both.json '[f["calls"] for f in p["functions"]]'
finish
