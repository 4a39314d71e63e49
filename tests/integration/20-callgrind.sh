#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How often each instruction of the profiled functions was executed at -O2, compared with callgrind. Functions of the C
# library and the dynamic loader are left out, because under valgrind these choose other variants.
. "$(dirname "$0")/lib.sh"
. "$HERE/sources.sh"
need valgrind objdump python3 gcc clang g++ apt-get dpkg-source
need_profiler
mkdir "$WORK/full"

# oracle NAME INPUT PROGRAM ARGS...: has valgrind count in the background, while the profiler counts other programs.
oracle() {
	local bare input=$2 out=$WORK/oracle/$1
	shift 2
	# The directory's name has the same length, because programs look at their names. Valgrind cannot read all of
	# clang's debug information, and does not need it.
	bare=$WORK/bare/$(basename "$1")
	objcopy --strip-debug "$1" "$bare"
	# Without --skip-plt=no, the instructions of PLT stubs are counted as the call's.
	valgrind --tool=callgrind --skip-plt=no --dump-instr=yes --callgrind-out-file="$out.callgrind" "$bare" "${@:2}" \
		<"$input" >"$out.expected" 2>"$out.err"
	touch "$out.done"
}

# against_callgrind NAME MIN INPUT PROGRAM ARGS...
against_callgrind() {
	local name=$1 min=$2 input=$3 out=$WORK/oracle/$1
	shift 3
	if [ -z "${ORACLE_ONLY:-}" ]; then
		rm -f "$WORK/counts"
		"$LPROF" -q -f '*' -x "$1" --dump-counts "$WORK/counts" -o "$WORK/profile.json" -- "$@" \
			<"$input" >"$WORK/out" 2>"$WORK/err"
	fi
	wait_for 600 test -e "$out.done" || bad "$name: valgrind: $(tail -1 "$out.err")"
	if [ -n "${ORACLE_ONLY:-}" ]; then
		python3 "$HERE/compare_callgrind.py" --convert "$WORK/counts" "$out.callgrind" "$1"
	else
		check "$name: same output" cmp "$out.expected" "$WORK/out"
		check "$name: nothing on standard error" cmp /dev/null "$WORK/err"
	fi
	check "$name: callgrind" python3 "$HERE/compare_callgrind.py" --min "$min" "$WORK/counts" "$out.callgrind" "$1"
	[ -z "${VERBOSE:-}" ] || cat "$WORK/check.log"
}

# Every program with its arguments, as both of these take them.
RUNS=()
run() {
	RUNS+=("$(printf '%q ' "$@")")
}
for program in loops switches expressions calls conditions jumps early exceptions redzone; do
	arguments=()
	[ "$program" = redzone ] && arguments=(50)
	for compiler in gcc clang; do
		build "$program" "$compiler" "$WORK/full/$program.$compiler" -O2
		run "$program.$compiler" 20 /dev/null "$WORK/full/$program.$compiler" "${arguments[@]}"
	done
	build "$program" gcc "$WORK/full/$program.fixed" -O2 -no-pie -fno-pie
	run "$program.fixed" 20 /dev/null "$WORK/full/$program.fixed" "${arguments[@]}"
done
for build in "gcc -O2" "gcc -O3" "clang -O2"; do
	program=counted.${build/ /}
	# shellcheck disable=SC2086
	build counted ${build% *} "$WORK/full/$program" ${build#* }
	run "$program shapes" 100 /dev/null "$WORK/full/$program" shapes
	run "$program numeric" 100 /dev/null "$WORK/full/$program" numeric
done
make_input "${SIZE:-60000}" "$WORK/input"
zlib=$(fetch_source zlib) || exit 1
bzip2=$(fetch_source bzip2) || exit 1
compile_zlib gcc "$zlib" "$WORK/full/minigzip" -O2 || exit 1
compile_bzip2 gcc "$bzip2" "$WORK/full/bzip2" -O2 || exit 1
compile_bzip2 clang "$bzip2" "$WORK/full/bzip2.fixed" -O2 -no-pie -fno-pie || exit 1
"$WORK/full/minigzip" <"$WORK/input" >"$WORK/input.gz"
"$WORK/full/bzip2" -z <"$WORK/input" >"$WORK/input.bz2"
run "minigzip" 1000 "$WORK/input" "$WORK/full/minigzip"
run "minigzip -d" 500 "$WORK/input.gz" "$WORK/full/minigzip" -d
run "bzip2 -z" 2000 "$WORK/input" "$WORK/full/bzip2" -z
run "bzip2 -d" 1000 "$WORK/input.bz2" "$WORK/full/bzip2" -d
run "bzip2.fixed -z" 2000 "$WORK/input" "$WORK/full/bzip2.fixed" -z

mkdir "$WORK/bare" "$WORK/oracle"
for words in "${RUNS[@]}"; do
	eval "set -- $words"
	oracle "$1" "${@:3}"
done &
child $!
for words in "${RUNS[@]}"; do
	eval "against_callgrind $words"
done
finish
