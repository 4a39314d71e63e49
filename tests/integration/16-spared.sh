#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sites without a probe, whose counts follow from those of others: the hits are those of --all-jumps, which puts a probe
# on every jump, and what the program counted itself, also when loops are stopped anywhere.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sources.sh"
. "$(dirname "$0")/spared.sh"
need python3 gcc g++ clang clang++
need_profiler

while read -r -a run; do
	for build in "gcc -O2" "clang -O0"; do
		build "${run[0]}" "${build% *}" "$WORK/${run[0]}" "${build#* }" || bad "${run[0]}: build"
		both "${run[0]} $build" "$WORK/${run[0]}" "${run[@]:1}"
	done
	[ "${run[0]}" != collatz ] || is "collatz: half of the hits ($SHARE %)" 1 $((SHARE < 70))
done <<'RUNS'
collatz 300
loops
switches
expressions
conditions
jumps
threads 500
exceptions
RUNS

source=$(fetch_source bzip2)
compile_bzip2 gcc "$source" "$WORK/bzip2" -O2 >"$WORK/log" 2>&1 || bad "bzip2: build"
head -c 60000 "$source/bzlib.c" >"$WORK/input"
both "bzip2" "$WORK/bzip2" -kc "$WORK/input"
is "bzip2: fewer hits ($SHARE %)" 1 $((SHARE < 75))

# Whether two reports were printed while counting went on.
counted_twice() {
	[ "$(grep -c 'it is still being counted' "$WORK/out")" -ge 2 ]
}

# A loop that is left by a fault, for a handler or for good: where it stopped is known to the instruction.
for compiler in gcc clang; do
	for level in -O0 -O2; do
		build stopped "$compiler" "$WORK/stopped" "$level" || bad "stopped: build"
		both "fault 103 $compiler $level" "$WORK/stopped" fault 103
		both "crash 103 $compiler $level" "$WORK/stopped" crash 103
		both "again 103 $compiler $level" "$WORK/stopped" again 103
		FUNCTION=read_all both "again 103 $compiler $level, without the handler" "$WORK/stopped" again 103
		# A handler that returns ends nothing, though nothing is seen of the function after that.
		"$LPROF" -q -f brief -o "$WORK/brief.json" -- "$WORK/stopped" interrupted 20000 >"$WORK/out"
		is_json "interrupted $compiler $level: calls" 20000 "$WORK/brief.json" "f('brief')['calls']"
		is_json "interrupted $compiler $level: returns" 20000 "$WORK/brief.json" \
			"hits('stopped.c', $(number_of stopped '/* brief */'))"
		consistent "interrupted $compiler $level" "$WORK/brief.json"
	done
done

# Handlers that jump out of the loop, or return to it. A turn that was stopped may be counted.
for compiler in gcc clang; do
	for level in -O0 -O2; do
		build stopped "$compiler" "$WORK/stopped" "$level" || bad "stopped: build"
		for plan in "" --all-jumps; do
			name="signals $compiler $level $plan"
			# shellcheck disable=SC2086
			"$LPROF" -q -f loop $plan -o "$WORK/signals.json" -- "$WORK/stopped" signals 100 >"$WORK/out"
			is "$name: status" 0 $?
			consistent "$name" "$WORK/signals.json"
			for what in odd even thirds; do
				own=$(awk -v what=$what '$2 == what { print $3 }' "$WORK/out")
				line=$(number_of stopped "/* $what */")
				[ "$level" != -O0 ] ||
					between "$name: $what" "$own" $((own + 60)) "$(get "$WORK/signals.json" "hits('stopped.c', $line)")"
			done
		done
	done
done

# A killed program, whose threads are in the loop; and a running one, from which the probes go at any moment. Where control
# comes from and goes to differs by the threads at most.
for build in "gcc -O0" "clang -O2"; do
	# shellcheck disable=SC2086
	build stopped ${build% *} "$WORK/stopped" ${build#* }
	for _ in 1 2 3; do
		"$LPROF" -q -f loop -x "$WORK/stopped" --max-overhead none -d 1.5 -o "$WORK/killed.json" >"$WORK/out" 2>"$WORK/err" &
		profiler=$!
		sleep 0.7
		{ timeout -s KILL 0.4 "$WORK/stopped" threads 4; } >/dev/null 2>&1
		wait $profiler
		is_json "$build, killed: hits" True "$WORK/killed.json" "total > 1000"
		consistent "$build, killed" "$WORK/killed.json"
	done
	"$WORK/stopped" threads 4 >"$WORK/out" &
	TARGET=$!
	child $TARGET
	wait_for 20 grep -q ready "$WORK/out" || bad "the program did not start"
	for i in 1 2 3 4 5; do
		"$LPROF" -q -f loop "${EXACT[@]}" -p $TARGET -d "0.$i" -o "$WORK/attached.json"
		consistent "$build, attached for 0.$i s" "$WORK/attached.json"
		is_json "$build, attached for 0.$i s: one of two ways" True "$WORK/attached.json" \
			"abs(hits('stopped.c', $(number_of stopped '/* odd */')) + hits('stopped.c', $(number_of stopped '/* even */')) -
				hits('stopped.c', $(number_of stopped 'if (x & 0x10000)'))) <= 4 and total > 1000"
		check "$build, attached for 0.$i s: nothing left" unpatched $TARGET
	done
	# While counting goes on, differences of counts are said to be near; in the end they are exact.
	rm -f "$WORK/out"
	"$LPROF" -f loop "${EXACT[@]}" -p $TARGET -i 0.4 -d 30 >"$WORK/out" 2>"$WORK/err" &
	profiler=$!
	child $profiler
	check "$build, meanwhile: near" wait_for 20 counted_twice
	stop $profiler INT
	check "$build, meanwhile: marked" grep -q '~[0-9]' "$WORK/out"
	is "$build, in the end: exact" 0 "$(tac "$WORK/out" | sed '/still being counted/,$d' | grep -c '^ *[0-9]* *~[0-9]')"
	stop $TARGET TERM
done
finish
