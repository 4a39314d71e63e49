#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Stops, kills and starves the profiler while it is at work within its budget, and looks at what that does to its target.
# From the repository's root, as root: tests/bench/safety.sh [OPTIONS] [LOAD...], those of safety.py (--help).
. tests/bench/programs.sh
need gcc g++ make tclsh python3 apt-get dpkg-source taskset
need_profiler
make_loads
python3 tests/bench/safety.py --lprof "$LPROF" --programs "$DIRECTORY" "$@"
