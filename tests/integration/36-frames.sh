#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Frames that are hard to find: no or wrong call frame information, loops to the entry, stacks that move.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler

counter() {
	sed -n "s/^counter $1 //p" "$2"
}

# within NAME LEAST MOST FOUND, in nanoseconds
within() {
	if [ "$4" -ge "$2" ] && [ "$4" -le "$3" ]; then
		ok "$1 ($4)"
	else
		bad "$1: $4 instead of $2 to $3"
	fi
}

# total_of PROFILE FUNCTION: its time, that in which it waited for a processor included
total_of() {
	get "$1" "sum(l['time_ns'] + l.get('waiting_ns', 0) for l in f('$2')['lines'])"
}

# has_note PROFILE FUNCTION TEXT
has_note() {
	get "$1" "sum('$3' in note for note in f('$2').get('notes', []))"
}

(cd "$WORK" && gcc -g -O1 -o frames "$PROGRAMS/frames.c" "$PROGRAMS/frames_code.s")
"$LPROF" -q -f pointer -f plain -f forgetful -f lost -f drain -f pour -o "$WORK/frames.json" \
	-- "$WORK/frames" >"$WORK/frames.out"
is "program ran" 0 $?
check "hits" python3 "$HERE/lprof_json.py" check "$PROGRAMS/frames_code.s" "$WORK/frames.json"
missed_none "frames" "$WORK/frames.json"
for function in pointer plain forgetful lost; do
	is_json "$function: calls" 20 "$WORK/frames.json" "f('$function')['calls']"
done
for function in pointer plain forgetful; do
	measured=$(counter $function "$WORK/frames.out")
	within "$function: time" $((measured / 3)) $((measured * 11 / 10)) "$(total_of "$WORK/frames.json" $function)"
	is "$function: nothing is said" 0 "$(has_note "$WORK/frames.json" $function 'not measured')"
done
is "lost: no time" 0 "$(total_of "$WORK/frames.json" lost)"
is "lost: which is said" 1 "$(has_note "$WORK/frames.json" lost 'its time is not measured')"
for function in drain pour; do
	is_json "$function: calls" 20 "$WORK/frames.json" "f('$function')['calls']"
	# Between the calls the program sleeps for 5 ms, 100 ms in all.
	within "$function: time" 0 "$(counter $function "$WORK/frames.out")" "$(total_of "$WORK/frames.json" $function)"
done

# Not every linker and C library can do this.
if (cd "$WORK" && gcc -g -O1 -fsplit-stack -o split "$PROGRAMS/split.c" -pthread) >"$WORK/split.log" 2>&1; then
	"$LPROF" -q -f deep -o "$WORK/split.json" -- "$WORK/split"
	is "split stacks: program ran" 0 $?
	check "split stacks: hits and calls" python3 "$HERE/lprof_json.py" check "$PROGRAMS/split.c" "$WORK/split.json"
	# Forty calls one in the other, in the innermost of which it sleeps for 1 ms, ten times: which is counted once.
	within "split stacks: time" 10000000 100000000 "$(total_of "$WORK/split.json" deep)"
	is_json "split stacks: nothing is unknown" 0 "$WORK/split.json" 'sum("not known" in n for n in p.get("notes", []))'
else
	echo "no split stacks: they are not tested"
fi

# Where a compiler is not there, its programs are left out.
if command -v go >/dev/null; then
	(cd "$WORK" && GO111MODULE=off GOCACHE=$WORK/cache go build -o goroutines "$PROGRAMS/goroutines.go")
	"$LPROF" -q -f main.walk -f main.fill -f main.request -f main.wait -o "$WORK/go.json" -- "$WORK/goroutines" \
		>"$WORK/go.out"
	is "Go: program ran" 0 $?
	check "Go: hits and calls" python3 "$HERE/lprof_json.py" check --counters "$WORK/go.out" \
		"$PROGRAMS/goroutines.go" "$WORK/go.json"
	missed_none "Go" "$WORK/go.json"
	measured=$(counter waiting "$WORK/go.out")
	within "Go: waiting for other goroutines" $((measured / 2)) $((measured * 11 / 10)) \
		"$(total_of "$WORK/go.json" main.wait)"
	# Each call's frame is at the place of the one before, which was moved away from there.
	measured=$(counter requesting "$WORK/go.out")
	within "Go: a stack that moves" 0 $((measured * 3 + 5000000)) "$(total_of "$WORK/go.json" main.request)"
	is_json "Go: nothing is unknown" 0 "$WORK/go.json" 'sum("not known" in n for n in p.get("notes", []))'
else
	echo "no go: frames of goroutines are not tested"
fi
if command -v fpc >/dev/null; then
	(cd "$WORK" && fpc -g -gw3 -FE. -oPascal "$PROGRAMS/frames.pas" >fpc.log 2>&1) || cat "$WORK/fpc.log"
	"$LPROF" -q -f Caught -f Fact -f TNapper::Create -o "$WORK/pascal.json" -- "$WORK/Pascal" >"$WORK/pascal.out"
	is "Pascal: program ran" 0 $?
	check "Pascal: hits" python3 "$HERE/lprof_json.py" check "$PROGRAMS/frames.pas" "$WORK/pascal.json"
	is_json "Pascal: calls" "10 9 10" "$WORK/pascal.json" \
		'" ".join(str(f(n)["calls"]) for n in ("TNapper::Create", "Caught", "Fact"))'
	measured=$(counter napped "$WORK/pascal.out")
	within "Pascal: time" $((measured / 2)) $((measured * 11 / 10)) "$(total_of "$WORK/pascal.json" TNapper::Create)"
else
	echo "no fpc: frames of Pascal are not tested"
fi

# Sampled stacks go through code whose compiler was told to leave out call frame information and frame pointers.
cat >"$WORK/bare.c" <<'EOF'
static volatile unsigned sink;
__attribute__((noinline)) static void work(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sink = sink * 7 + i;
}
__attribute__((noinline)) static void outer(int depth)
{
	if (depth)
		outer(depth - 1);
	else
		work(200000000);
	sink++;
}
int main(void)
{
	outer(2);
}
EOF
(cd "$WORK" && gcc -g -O2 -fno-optimize-sibling-calls -fno-asynchronous-unwind-tables -o bare bare.c)
"$LPROF" -q --no-probes --format folded -o "$WORK/bare.folded" -- "$WORK/bare"
is "no call frame information: program ran" 0 $?
# A few samples are taken before the rules for the program are there.
is "no call frame information: stacks are whole" 1 "$(sed 's/ ([^)]*)//g' "$WORK/bare.folded" | awk '
	/;work [0-9]+$/ { all += $NF }
	/;main;outer;outer;outer;work [0-9]+$/ { whole += $NF }
	END { print (all > 0 && whole > all * 0.8) }')"

finish
