#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is gained by probes on as few jumps as tell all counts. tests/bench/plans.sh [NAME...] does it for some of the
# programs, which are kept in build/bench-programs.
. tests/bench/programs.sh
need python3 gcc
need_profiler

make_program bzip2
make_program minigzip zlib
make_program lua lua5.4
make_program sqlite3
gcc -O0 -g -o "$DIRECTORY/collatz_O0" tests/programs/collatz.c
gcc -O2 -g -o "$DIRECTORY/counted" tests/programs/counted.c
python3 tests/bench/plans.py "$LPROF" "$DIRECTORY" "$@"
