#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Loops without a probe, of which a register tells how often control went round: the hits are those of --all-jumps, and
# what the program counted itself, also when passes through them are ended or are met anywhere.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/spared.sh"
need python3 gcc clang
need_profiler

LINE=$(number_of counted '/* interrupted */')
for compiler in gcc clang; do
	for level in -O1 -O3; do
		build counted $compiler "$WORK/counted" $level || bad "counted: build"
		both "shapes $compiler $level" "$WORK/counted" shapes
		is "shapes $compiler $level: fewer hits ($SHARE %)" 1 $((SHARE < 75))
		both "numeric $compiler $level" "$WORK/counted" numeric
		is "numeric $compiler $level: far fewer hits ($SHARE %)" 1 $((SHARE < 10))
		both "fault $compiler $level" "$WORK/counted" fault 1003
	done
	# Handlers that jump out of the loop, or return to it. A turn that was stopped may be counted.
	build counted $compiler "$WORK/counted" -O1
	"$LPROF" -q -f interrupted -o "$WORK/signals.json" -- "$WORK/counted" signals 100 >"$WORK/out"
	is "signals $compiler: status" 0 $?
	consistent "signals $compiler" "$WORK/signals.json"
	own=$(awk '$2 == "interrupted" { print $3 }' "$WORK/out")
	between "signals $compiler" $((own - 60)) $((own + 60)) "$(get "$WORK/signals.json" "hits('counted.c', $LINE)")"
	is_json "signals $compiler: few probes were hit" True "$WORK/signals.json" "p['probe']['hits'] < 2000"
done

# A loop that goes on for longer than its register can count says so, and --all-jumps is right.
build counted gcc "$WORK/counted" -O1
"$LPROF" -q -f wraps -o "$WORK/wraps.json" -- "$WORK/counted" wraps >"$WORK/out"
is_json "wraps: marked" True "$WORK/wraps.json" \
	"('counted.c', $(number_of counted '/* wraps */')) in inexact"
is_json "wraps: said" 1 "$WORK/wraps.json" "sum('begun anew' in n for n in f('wraps').get('notes', []))"

# So does one that is still under way when counting ends.
"$WORK/counted" wraps >"$WORK/out" &
TARGET=$!
child $TARGET
"$LPROF" -q -f wraps "${EXACT[@]}" -x "$WORK/counted" -d 1.5 -o "$WORK/wraps.json" &
profiler=$!
sleep 0.7
"$WORK/counted" wraps >"$WORK/out"
wait $profiler
is_json "wraps, under way: said" 1 "$WORK/wraps.json" "sum('begun anew' in n for n in f('wraps').get('notes', []))"
stop $TARGET TERM

# Counters of threads are kept apart.
"$LPROF" -q -f '*' -x "$WORK/counted" --by thread -o "$WORK/thread.json" -- "$WORK/counted" shapes >"$WORK/out"
"$LPROF" -q -f '*' -x "$WORK/counted" -o "$WORK/all.json" -- "$WORK/counted" shapes >"$WORK/out"
check "--by thread: same hits" python3 "$HERE/lprof_json.py" same "$WORK/thread.json" "$WORK/all.json"

# told WHERE: the turns so far, and how many are left of this pass.
told() {
	od -An -t d8 "$WORK/told"
}

# Attached and detached while the target is stopped anywhere in a loop. Counting begins with the next pass, and goes on to
# where the target is stopped. The turn in which it was stopped first is counted in BEFORE, or not, and in LEFT, or not;
# the turn in which it was stopped last has begun, so it is a hit, and is counted in AFTER, or not.
LINE=$(number_of counted '/* left */')
for build in "gcc -O1" "clang -O1"; do
	# shellcheck disable=SC2086
	build counted ${build% *} "$WORK/counted" ${build#* }
	: >"$WORK/out"
	"$WORK/counted" for ever "$WORK/told" >"$WORK/out" &
	TARGET=$!
	child $TARGET
	wait_for 20 grep -q ready "$WORK/out" || bad "the program did not start"
	for i in 1 2; do
		sleep "0.0$i"
		kill -STOP $TARGET
		read -r before left <<<"$(told)"
		: >"$WORK/err"
		"$LPROF" -f again "${EXACT[@]}" -p $TARGET -o "$WORK/attached.json" 2>"$WORK/err" &
		profiler=$!
		wait_for 20 grep -q profiling "$WORK/err" || bad "the profiler did not start"
		kill -CONT $TARGET
		sleep "0.1$i"
		kill -STOP $TARGET
		read -r after _ <<<"$(told)"
		stop $profiler INT
		consistent "$build, attached $i" "$WORK/attached.json"
		hits=$(get "$WORK/attached.json" "hits('counted.c', $LINE)")
		between "$build, attached $i" $((after - before - left + 1)) $((after - before - left + 3)) "$hits"
		is_json "$build, attached $i: few probes were hit" True "$WORK/attached.json" "p['probe']['hits'] < $hits"
		check "$build, attached $i: nothing left" unpatched $TARGET
		kill -CONT $TARGET
	done
	stop $TARGET TERM
done
finish
