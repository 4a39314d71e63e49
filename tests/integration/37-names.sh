#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Functions are found by the names that sources, compilers, demanglers and people give them, and by each name that
# `list` prints. Languages whose compiler is missing are skipped.
. "$(dirname "$0")/lib.sh"
need python3 gcc g++ clang
need_profiler

SOURCES=$PROGRAMS/names
PROGRAM=$WORK/program

# compile LANGUAGE COMMAND...: builds $PROGRAM in the scratch directory; false when the compiler is missing
compile() {
	local language=$1
	shift
	command -v "$1" >/dev/null || {
		echo "skipped: $language: $1 is missing"
		return 1
	}
	rm -f "$PROGRAM"
	(cd "$WORK" && "$@" >"$WORK/compiler" 2>&1) || {
		bad "$language: $* fails"
		head -20 "$WORK/compiler"
		return 1
	}
	LANGUAGE=$language
}

# found NAME: prints how many functions `list` finds by that name
found() {
	"$LPROF" list -x "$PROGRAM" "$1" 2>/dev/null | wc -l
}

# spelled COUNT NAME...: each of the names must select that many functions
spelled() {
	local count=$1 name
	shift
	for name; do
		is "$LANGUAGE: $name" "$count" "$(found "$name")"
	done
}

# returns_from FILE: each name that `list` prints for a function of FILE must select all functions with that name
returns_from() {
	local name
	"$LPROF" list -x "$PROGRAM" | grep -F "$1:" | sort >"$WORK/all"
	is "$LANGUAGE: list names functions" 1 $(($(wc -l <"$WORK/all") > 3))
	sed 's/  [^ ]*  [^ ]*$//' "$WORK/all" | sort -u >"$WORK/names"
	while IFS= read -r name; do
		"$LPROF" list -x "$PROGRAM" "$name" 2>/dev/null | sort >"$WORK/again"
		grep -F "$name  /" "$WORK/all" | while IFS= read -r line; do
			[ "${line#"$name  /"}" = "$line" ] || grep -q -x -F -e "$line" "$WORK/again" || echo "$line"
		done
	done <"$WORK/names" >"$WORK/lost"
	is "$LANGUAGE: names that list prints" "" "$(cat "$WORK/lost")"
}

cxx() {
	spelled 1 "Foo<long, 1>::add" "Foo<long int, 1>::add" "Foo<unsigned, 2>::add" "Foo<unsigned int, 2u>::add" \
		"Foo<unsigned char, -3>::add" "Foo<long, 1>::add(long)" outer::Q::f outer::v2::Q::f ::outer::Q::f \
		"(anonymous namespace)::anon" ::anon Hidden::go "over(int)" "over(const char *)" "over(char const*)" \
		"over(std::string const&, unsigned int)" "largest<std::string>" "largest<int>(std::vector<int> const&)" \
		"lam(int)::{lambda(int)#1}" "lam::<lambda(long)>" Q::Q Q::~Q "Q::operator<<" "outer::Q::operator()(int)" \
		"Foo<long, 1>::get() const" "Foo<long, 1>::operator bool" "std::vector<std::string>::push_back"
	spelled 1 "&outer::Q::f"
	spelled 2 largest Foo::both "over(int),lam" "Q::f, Foo<unsigned, 2>::add"
	spelled 4 Foo::add over over.cold
	# As sources have them: the parameters of templates, declarations, namespaces without a name.
	spelled 4 "Foo<T, N>::add" "void Foo<T, N>::add(T x)" "Foo<T,N>::add(T)" "Foo<...>::add" "template <class T, int N> void Foo<T, N>::add(T x)"
	spelled 2 "Foo<T, 1>::add" "Foo<T, N>::both" "Foo<long, 1>::both<U>" "both<U>" "largest<T>" \
		"template <class T> NI T largest(const std::vector<T> &v)"
	spelled 1 "Foo<long, N>::add" "local(int)" "static void local(double x)" "local(const char *const text[], int n)" \
		"void over(const std::string &x, unsigned n = 3);" "void Q::f() noexcept" "over(int)+0x4" "over(int n)" \
		"<anonymous>::Hidden::go" "{anonymous}::Hidden::go" "(anonymous)::Hidden::go" "\`anonymous namespace'::Hidden::go" \
		"inspect(const Hidden &, const std::vector<int> &)" "inspect(Hidden const&, vector const&)" \
		"inspect((anonymous namespace)::Hidden const&, std::vector<int, std::allocator<int> > const&)"
	# GCC spells it "paint<(Color)5>".
	spelled 1 "paint<Color::Green>" "paint<Color::Red>" "paint<Green>" "paint<(Color)5>" "paint<5>" 		"paint<Color::Green>(int)" "paint<Green>(int n)" "void paint<Color::Red>(int)" "paint<(Color)5>(int)"
	spelled 2 "paint<C>" paint
	spelled 0 "paint<Color::Blue>" "paint<Colour::Green>" "paint<Color::Blue>(int)" "paint<Color::Green>(long)"
	spelled 3 local "outer::Q::op*"
	spelled 4 "Foo<*>::*t*"
	spelled 0 "Foo<U, N>::add" "Foo<T>::add" "local(long)" "<anonymous>::over" "ter::Q::op*" "Foo<int, N>::add"
	spelled 0 "over(long)" "Foo<long, 3>::add" "inner::Q::f"
	returns_from names.cc
}

if compile "C++ (g++)" g++ -g -O0 -o "$PROGRAM" "$SOURCES/names.cc"; then
	cxx
	"$LPROF" -q -o "$WORK/p.json" -f "Foo<unsigned, 2>::add" -f outer::Q::f -f "over(double)" -f "lam()::{lambda(int)#1}" \
		-- "$PROGRAM" >/dev/null
	is_json "C++: calls" "[10, 10, 10, 10]" "$WORK/p.json" '[f["calls"] for f in p["functions"]]'
fi
compile "C++ (clang++)" clang++ -g -O2 -o "$PROGRAM" "$SOURCES/names.cc" && cxx

if compile "OpenMP" gcc -g -fopenmp -o "$PROGRAM" "$SOURCES/parallel.c"; then
	spelled 3 par
	spelled 1 par._omp_fn.0
fi

rust() {
	spelled 1 Circle::area shape::Circle::area "<Square as Shape>::area" "<shape::Square as shape::Shape>::area" \
		crate::shape::Circle::area Boxed::area Boxed::inner Circle::grow "largest::<i32>" "largest<i32>" "main::{{closure}}" \
		"step::{{closure}}" "step::{async_fn#0}" "names::<impl shape::Shape for shape::Circle>::area" "&Circle::grow"
	spelled 2 largest step Circle::area,Square::area
	spelled 3 Shape::area "<_ as Shape>::area" "<_ as shape::Shape>::area"
	spelled 2 "largest::<T>" "fn largest<T: PartialOrd + Copy>(v: &[T]) -> T" "largest::<_>"
	spelled 1 "Boxed<T>::inner" "Boxed<u64>::inner" "<Boxed<T> as Shape>::area" "<Boxed<u32> as Shape>::area" \
		"Boxed::inner::h0123456789abcdef" "Circle::gr*"
	spelled 0 "<_ as Display>::area" "<T as Shape>::area" Triangle::area "Boxed<u8>::inner" "<Boxed<u64> as Shape>::area" "fn smallest"
	returns_from names.rs
}
compile "Rust" rustc --edition 2021 -g -C opt-level=1 -o "$PROGRAM" "$SOURCES/names.rs" && rust
compile "Rust (v0)" rustc --edition 2021 -g -C symbol-mangling-version=v0 -o "$PROGRAM" "$SOURCES/names.rs" && rust

export GOCACHE=$WORK/go HOME=$WORK GOFLAGS=-mod=mod
if compile "Go" go build -o "$PROGRAM" "$SOURCES/names.go"; then
	spelled 1 deepStack main.deepStack "(*Tree).Insert" "main.(*Tree).Insert" Insert Tree.Insert "main.Sum[int]" \
		"(*List[...]).Push" List.Push main.main.func1 Insert-fm Println
	spelled 2 Sum main.Sum "main.Sum[...]" "Sum[T]" "func Sum[T Number](v []T) T"
	spelled 1 "*Tree.Insert" "main.*Tree.Insert" "*main.Tree.Insert" "(*main.Tree).Insert" "(main.Tree).Depth" \
		"(reflect.Value).IsNil" reflect.Value.IsNil "*List[T].Push" "*List.Push"
	spelled 0 "main.*Tree.Depths" "(*main.Tree).Depth" "(main.Value).IsNil" "*Tree.Depth.x"
	spelled 1 "(*List[T]).Push" "List[T].Push" "func (l *List[T]) Push(x T)" "func (t Tree) Depth() int" "(Tree).Depth" "(*Tree).Ins*t"
	spelled 0 "func (t *Tree) Depth() int" "Sum[string]"
	returns_from names.go
fi

cp "$SOURCES"/*.ad[bs] "$WORK"
if compile "Ada" gnatmake -g -o "$PROGRAM" main.adb; then
	spelled 1 Work.Fact work.fact fact FACT work__fact Work.Inner.Deep 'Work."+"' Local \
		'Work."and"' Work.Worker Work.Inner.Deep.In_Block In_Block
	spelled 2 Work.Over
	returns_from work.adb
fi

if compile "Fortran" gfortran -g -o "$PROGRAM" "$SOURCES/names.f90"; then
	spelled 1 stats%accumulate
	spelled 2 outside,inner "Stats.*" "Stats%acc*"
	spelled 1 "subroutine accumulate(x, s)" "integer function Outside" "call Accumulate"
	spelled 1 Accumulate stats::accumulate Stats::Accumulate stats.accumulate __stats_MOD_accumulate OUTSIDE inner
	returns_from names.f90
fi

if compile "Pascal" fpc -g "-o$PROGRAM" "-FU$WORK" "$SOURCES/names.pas"; then
	spelled 1 TCircle.Area TCircle::Area tcircle.area Fact fact
	spelled 1 Names.Fact Names.TCircle.Area
	spelled 2 Over Names.Over
	returns_from names.pas
	"$LPROF" -q -o "$WORK/p.json" -f Over -- "$PROGRAM" >/dev/null
	is_json "Pascal: calls of each overload" "[10, 10]" "$WORK/p.json" '[f["calls"] for f in p["functions"]]'
fi

# What nothing matches is answered with names that are close.
gcc -g -o "$PROGRAM" "$SOURCES/parallel.c" -fopenmp
"$LPROF" list -x "$PROGRAM" parr 2>"$WORK/err"
is "list of what is not there: status" 1 $?
check "list of what is not there: close names" grep -q "no function matches parr; close names: par" "$WORK/err"

# A path as build systems write it.
mkdir -p "$WORK/build/src"
cp "$SOURCES/parallel.c" "$WORK/build/src"
LINE=$(grep -n 'int main' "$SOURCES/parallel.c" | cut -d: -f1)
gcc -g -o "$PROGRAM" "$WORK/build//src/../src/./parallel.c"
for path in parallel.c src/parallel.c build/src/parallel.c ./src/parallel.c src/../src//parallel.c "$WORK/build/src/parallel.c"; do
	check "$path:LINE" "$LPROF" list -x "$PROGRAM" -f "$path:$LINE"
	is "$path:main" 1 "$(found "$path:main")"
done
is "another directory" 0 "$(found other/parallel.c:main)"
finish
