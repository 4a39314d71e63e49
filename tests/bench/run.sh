#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What profiling costs: slowdown of two programs under lprof-bpf and other tools, attach and detach times, memory.
# From the repository's root, as root: tests/bench/run.sh [--repeat N] [--only collatz|bzip2|attach] [--limit SECONDS]
set -eu
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1
. tests/integration/lib.sh
. tests/integration/sources.sh
set -eu
need gcc python3 objdump nm
need_profiler

FILES=()
build collatz gcc "$WORK/collatz" -O0
SOURCE=$(fetch_source bzip2)
for file in blocksort huffman crctable randtable compress decompress bzlib; do
	FILES+=("$SOURCE/$file.c")
done
gcc -w -g -O2 -I"$SOURCE" -o "$WORK/bzip2" tests/bench/bzip2.c "${FILES[@]}"
python3 tests/bench/many_functions.py >"$WORK/many.c"
gcc -w -g -O0 -o "$WORK/many" "$WORK/many.c"
python3 tests/bench/measure.py --lprof "$LPROF" --work "$WORK" "$@"
