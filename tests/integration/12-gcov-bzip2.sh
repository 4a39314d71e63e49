#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hits of all functions of bzip2 at -O0 against gcov, compressing and decompressing.
. "$(dirname "$0")/lib.sh"
. "$HERE/sources.sh"
. "$HERE/gcov.sh"
need gcov python3 gcc apt-get dpkg-source
need_profiler

# Differences from gcov in which we are right, one in each line: RUN FILE:LINE GCOV_HITS OUR_HITS REASON
ALLOWED=$WORK/allowed
cat >"$ALLOWED" <<'TABLE'
compress compress.c:554 673 337 gcov counts the jump past "else" at the branch's end as the condition's line
compress blocksort.c:514 209426 148092 a condition on three lines, evaluated 148092 times: gcov counts it again where it goes on on its first line
compress blocksort.c:528 206937 147419 the same
compress blocksort.c:542 203392 145513 the same
compress bzlib.c:373 2 1 a condition on three lines, evaluated once: gcov counts the line again after the call
compress bzlib.c:374 2 1 the same
TABLE

SOURCE=$(fetch_source bzip2) || exit 1
mkdir "$WORK/gcov" "$WORK/prof" # names of the same length: the program looks at its name
compile_bzip2 gcc "$SOURCE" "$WORK/prof/covered" -O0 || exit 1
compile_bzip2 gcc "$SOURCE" "$WORK/gcov/covered" -O0 --coverage || exit 1
make_input "${SIZE:-100000}" "$WORK/input"
"$WORK/prof/covered" <"$WORK/input" >"$WORK/packed" || exit 1

run compress "$WORK/input" -z
run decompress "$WORK/packed" -d
run test "$WORK/packed" -t
finish
