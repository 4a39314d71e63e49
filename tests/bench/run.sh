#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures what profiling costs (cost: slowdown of two programs under lprof-bpf and other tools, attach and detach
# times, memory), how exact its times are (times), and what a line of Python costs (python). From the repository's
# root, as root: tests/bench/run.sh [cost|times|python [OPTIONS]]; without arguments, all three. The options are those
# of measure.py, times.py and python.py.
set -eu
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1
. tests/integration/lib.sh
. tests/integration/sources.sh
set -eu
need gcc python3 objdump nm addr2line
need_profiler

what=${1:-all}
[ $# = 0 ] || shift

build_bzip2() {
	local output=$1 source file files=()
	shift
	source=$(fetch_source bzip2)
	for file in blocksort huffman crctable randtable compress decompress bzlib; do
		files+=("$source/$file.c")
	done
	gcc -w -g -O2 "$@" -I"$source" -o "$output" tests/bench/bzip2.c "${files[@]}"
}

cost() {
	build collatz gcc "$WORK/collatz" -O0
	build_bzip2 "$WORK/bzip2"
	python3 tests/bench/many_functions.py >"$WORK/many.c"
	gcc -w -g -O0 -o "$WORK/many" "$WORK/many.c"
	python3 tests/bench/measure.py --lprof "$LPROF" --work "$WORK" "$@"
}

times() {
	build spans gcc "$WORK/spans" -O1
	build inject gcc "$WORK/inject" -O1
	# perf walks the stack by frame pointers, so they must be kept.
	build_bzip2 "$WORK/bzip2-frames" -fno-omit-frame-pointer
	python3 tests/bench/times.py --lprof "$LPROF" --work "$WORK" "$@"
}

python() {
	need bpftrace /usr/bin/python3
	/usr/bin/python3 tests/bench/python.py --lprof "$LPROF" "$@"
}

case $what in
all)
	cost
	times
	python
	;;
cost | times | python) "$what" "$@" ;;
*)
	echo "run.sh: $what is neither cost, times nor python" >&2
	exit 1
	;;
esac
