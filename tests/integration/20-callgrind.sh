#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How often each instruction of the profiled functions was executed at -O2, compared with callgrind. Functions of the C
# library and the dynamic loader are left out, because under valgrind these choose other variants.
. "$(dirname "$0")/lib.sh"
. "$HERE/sources.sh"
need valgrind objdump python3 gcc clang g++ apt-get dpkg-source
need_profiler
mkdir "$WORK/full"

# against_callgrind NAME MIN INPUT PROGRAM ARGS...
against_callgrind() {
	local name=$1 min=$2 input=$3
	shift 3
	# The directory's name has the same length, because programs look at their names. Valgrind cannot read all of
	# clang's debug information, and does not need it.
	mkdir -p "$WORK/bare"
	objcopy --strip-debug "$1" "$WORK/bare/$(basename "$1")"
	# Without --skip-plt=no, the instructions of PLT stubs are counted as the call's.
	valgrind --tool=callgrind --skip-plt=no --dump-instr=yes --callgrind-out-file="$WORK/callgrind" \
		"$WORK/bare/$(basename "$1")" "${@:2}" \
		<"$input" >"$WORK/expected" 2>"$WORK/valgrind.err"
	if [ -n "${ORACLE_ONLY:-}" ]; then
		python3 "$HERE/compare_callgrind.py" --convert "$WORK/counts" "$WORK/callgrind" "$1"
	else
		rm -f "$WORK/counts"
		"$LPROF" -q -f '*' -x "$1" --dump-counts "$WORK/counts" -o "$WORK/profile.json" -- "$@" \
			<"$input" >"$WORK/out" 2>"$WORK/err"
		check "$name: same output" cmp "$WORK/expected" "$WORK/out"
		check "$name: nothing on standard error" cmp /dev/null "$WORK/err"
	fi
	check "$name: callgrind" python3 "$HERE/compare_callgrind.py" --min "$min" "$WORK/counts" "$WORK/callgrind" "$1"
	[ -z "${VERBOSE:-}" ] || cat "$WORK/check.log"
}

for program in loops switches expressions calls conditions jumps early exceptions redzone; do
	arguments=()
	[ "$program" = redzone ] && arguments=(50)
	for compiler in gcc clang; do
		build "$program" "$compiler" "$WORK/full/$program.$compiler" -O2
		against_callgrind "$program.$compiler" 20 /dev/null "$WORK/full/$program.$compiler" "${arguments[@]}"
	done
	build "$program" gcc "$WORK/full/$program.fixed" -O2 -no-pie -fno-pie
	against_callgrind "$program.fixed" 20 /dev/null "$WORK/full/$program.fixed" "${arguments[@]}"
done

make_input "${SIZE:-60000}" "$WORK/input"
zlib=$(fetch_source zlib) || exit 1
bzip2=$(fetch_source bzip2) || exit 1
compile_zlib gcc "$zlib" "$WORK/full/minigzip" -O2 || exit 1
compile_bzip2 gcc "$bzip2" "$WORK/full/bzip2" -O2 || exit 1
compile_bzip2 clang "$bzip2" "$WORK/full/bzip2.fixed" -O2 -no-pie -fno-pie || exit 1
"$WORK/full/minigzip" <"$WORK/input" >"$WORK/input.gz"
"$WORK/full/bzip2" -z <"$WORK/input" >"$WORK/input.bz2"
against_callgrind "minigzip" 1000 "$WORK/input" "$WORK/full/minigzip"
against_callgrind "minigzip -d" 500 "$WORK/input.gz" "$WORK/full/minigzip" -d
against_callgrind "bzip2 -z" 2000 "$WORK/input" "$WORK/full/bzip2" -z
against_callgrind "bzip2 -d" 1000 "$WORK/input.bz2" "$WORK/full/bzip2" -d
against_callgrind "bzip2.fixed -z" 2000 "$WORK/input" "$WORK/full/bzip2.fixed" -z
finish
