#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Functions that a compiler made several bodies of: each activation is one call, and its time is there once. What the
# programs count themselves is compared with what their comments say that it must equal.
. "$(dirname "$0")/lib.sh"
need python3 gcc g++ clang clang++ objcopy strip
need_profiler

# counts NAME PROGRAM FUNCTIONS: the comments of PROGRAM hold in a profile of $WORK/NAME.
counts() {
	local name=$1 program=$2 args=() pattern
	for pattern in $3; do
		args+=(-f "$pattern")
	done
	"$LPROF" -q "${args[@]}" -o "$WORK/$name.json" -- "$WORK/$name" >"$WORK/$name.out" || bad "$name: run"
	check "$name: comments" python3 "$HERE/lprof_json.py" check "$(source_of "$program")" "$WORK/$name.json" \
		--counters "$WORK/$name.out"
	missed_none "$name" "$WORK/$name.json"
}

# The naps are 30 of 2 ms each; were the time of a part also on the line that leads to it, they would be twice as many.
split() {
	local name=$1
	counts "$name" parts "split_off walk loop"
	is_json "$name: time is not on the declaration" True "$WORK/$name.json" \
		'sum(l["time_ns"] for l in f("split_off")["lines"] if l["line"] == f("split_off")["line"]) < 10e6'
	is_json "$name: time is there once" True "$WORK/$name.json" '60e6 <= f("split_off")["time_ns"] < 110e6'
}

for level in -O2 -O3 "-O2 -flto"; do
	name=parts-gcc${level// /}
	# shellcheck disable=SC2086
	check "$name: builds" build parts gcc "$WORK/$name" $level
	split "$name"
	is_json "$name: calls are right or said to be an estimate" True "$WORK/$name.json" \
		'f("loop")["calls"] == 20 or any("how often it was called is an estimate" in n for n in f("loop")["notes"])'
done
# The names of the symbols tell which bodies are parts. A stripped program has them in its debug file.
name=parts-gcc-O2
check "debug file" sh -c "cd '$WORK' && objcopy --only-keep-debug $name $name.debug && strip $name &&
	objcopy --add-gnu-debuglink=$name.debug $name"
split "$name"

for level in -O0 -O2 -O3; do
	name=siblings-gcc$level
	check "$name: builds" build siblings gcc "$WORK/$name" "$level"
	counts "$name" siblings "square part"
done

for run in "gcc -O0" "gcc -O2" "clang -O0" "clang -O2"; do
	read -r compiler level <<<"$run"
	name=variants-$compiler$level
	check "$name: builds" build variants "$compiler" "$WORK/$name" "$level"
	counts "$name" variants "*Base *Derived Left::* *Right *Known *Node"
done

# Destructors of an anonymous namespace, which have no linkage names: those that delete the object call those that do not.
cat >"$WORK/nameless.cc" <<'SOURCE'
static volatile long sink;
namespace {
struct base {
	virtual ~base() { sink = sink + 1; }
};
struct derived : base {
	~derived() override
	{
		sink = sink + 2;
	}
};
}
__attribute__((noinline)) static void destroy(base *b)
{
	delete b;
}
int main()
{
	for (int i = 0; i < 30; i++)
		destroy(new derived);
	for (int i = 0; i < 20; i++)
		derived on_stack;
	return 0;
}
SOURCE
for compiler in g++ clang++; do
	name=nameless-$compiler
	$compiler -g -O0 -o "$WORK/$name" "$WORK/nameless.cc" || bad "$name: build"
	"$LPROF" -q -f '~base' -f '~derived' -o "$WORK/$name.json" -- "$WORK/$name"
	is_json "$name: calls, and hits of the body" '[50, 50, 50]' "$WORK/$name.json" \
		'[f("(anonymous namespace)::derived::~derived")["calls"], f("(anonymous namespace)::base::~base")["calls"], hits("nameless.cc", 9)]'
done

# Of overloads, one static; one of the coroutines is destroyed where it waits.
for level in -O0 -O2; do
	name=coroutines-gcc$level
	check "$name: builds" build coroutines gcc "$WORK/$name" -std=c++20 "$level"
	counts "$name" coroutines count
	is_json "$name: one table for each" 2 "$WORK/$name.json" 'len(p["functions"])'
done

# Several computed gotos that are one jump.
for compiler in gcc clang; do
	name=interpreter-$compiler
	check "$name: builds" build interpreter "$compiler" "$WORK/$name" -O0
	counts "$name" interpreter interpret
done

for run in "gcc -O2" "clang -O2"; do
	read -r compiler level <<<"$run"
	name=unprobed-$compiler$level
	check "$name: builds" build unprobed "$compiler" "$WORK/$name" "$level"
	counts "$name" unprobed "square add last_* blind never_seen"
	check "$name: the program's values are right" "$WORK/$name"
	is_json "$name: what no probe tells is said to be an estimate" '[(90, False), (90, True), (0, True)]' "$WORK/$name.json" \
		"[(l['hits'], bool(l.get('hits_inexact'))) for n in ($(number_of unprobed 'call back'), $(number_of unprobed '/* blind'), $(number_of unprobed 'not seen')) for x in p['functions'] for l in x['lines'] if l['line'] == n]"
	is_json "$name: and in a note" '[0, 1, 1]' "$WORK/$name.json" \
		'[sum("can carry a probe" in n for n in f(x).get("notes", [])) for x in ("last_add", "blind", "never_seen")]'
done
finish
