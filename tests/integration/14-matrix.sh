#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A part of `make test-matrix`: hits in several languages against what the programs count themselves.
. "$(dirname "$0")/lib.sh"
need python3 gcc g++ clang clang++
need_profiler

# matrix NAME WHAT...: nothing in this part of the matrix is wrong.
matrix() {
	local name=$1
	shift
	check "$name" python3 "$TOP/tests/matrix/run.py" --lprof "$LPROF" --newest "$@"
	grep '^skipped' "$WORK/check.log"
}

matrix "C" --languages c --levels=-O0,-O2 --programs loops,recursion,inlined,arrays
matrix "C++" --languages c++ --levels=-O0,-O2 --programs coroutines,exceptions,thunks,containers
matrix "others" --languages go,pascal,ada --levels=-O2
finish
