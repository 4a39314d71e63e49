#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures what profiling costs live programs: redis, nginx, sqlite, PostgreSQL, a C++ program that throws, eight threads,
# a loop of 3 ns. From the repository's root, as root: tests/bench/production.sh [OPTIONS] [LOAD...], those of
# production.py (--help). One load with --turns 2 and one --budget takes a minute. The programs are kept in
# build/bench-programs.
. tests/bench/programs.sh
need gcc g++ make tclsh python3 apt-get dpkg-source wrk
need_profiler
make_loads
make_program redis-server redis
make_program nginx
make_program postgres postgresql-15
python3 tests/bench/production.py --lprof "$LPROF" --programs "$DIRECTORY" "$@"
