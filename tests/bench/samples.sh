#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds programs that others wrote, bzip2, minigzip, Lua, sqlite and redis, and judges samples by them: shares of lines
# and functions against perf's, which function is hottest, and what sampling costs. From the repository's root, as root:
# tests/bench/samples.sh [OPTIONS], those of samples.py. The programs are kept in build/bench-programs.
. tests/bench/programs.sh
need gcc make tclsh python3 perf bpftool llvm-symbolizer readelf apt-get dpkg-source /usr/bin/python3
need_profiler
make_program bzip2
make_program minigzip zlib
make_program lua lua5.4
make_program sqlite3
make_program redis-server redis
make_input 3000000 "$DIRECTORY/input"
cp tests/bench/samples.lua "$DIRECTORY/work.lua"
cp tests/bench/samples.sql "$DIRECTORY/work.sql"
cp tests/bench/samples_numpy.py "$DIRECTORY/work.py"
build spans gcc "$WORK/spans" -O1
python3 tests/bench/samples.py --lprof "$LPROF" --work "$WORK" --directory "$DIRECTORY" "$@"
