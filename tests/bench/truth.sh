#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Compares the hits that lprof-bpf estimates within a budget with exact ones, on collatz, bzip2, Lua, sqlite and redis. From
# the repository's root, as root: tests/bench/truth.sh [OPTIONS] [LOAD...], those of truth.py (--help). The programs
# are kept in build/bench-programs.
. tests/bench/programs.sh
need gcc g++ make tclsh python3 apt-get dpkg-source
need_profiler
make_loads
make_program lua lua5.4
make_program redis-server redis
python3 tests/bench/truth.py --lprof "$LPROF" --programs "$DIRECTORY" "$@"
