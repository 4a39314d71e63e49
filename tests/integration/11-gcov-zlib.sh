#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hits of all functions of zlib's minigzip at -O0 against gcov, compressing and decompressing.
. "$(dirname "$0")/lib.sh"
. "$HERE/sources.sh"
. "$HERE/gcov.sh"
need gcov python3 gcc apt-get dpkg-source
need_profiler

# Differences from gcov in which we are right, one in each line: RUN FILE:LINE GCOV_HITS OUR_HITS REASON
ALLOWED=$WORK/allowed
cat >"$ALLOWED" <<'TABLE'
decompress inflate.c:1231 1 2 a condition on several lines: after the choice in the middle control comes back to its first line
decompress inflate.c:1296 12 36 an expression on three lines: after each choice control comes back to the first line
decompress inflate.c:1297 12 24 an expression on three lines: the same for the second line
compress deflate.c:1392 61510 65603 a condition on five lines: its last comparison is on the first line again
fast deflate.c:1392 20791 22268 a condition on five lines: its last comparison is on the first line again
compress deflate.c:1979 16888 10 gcov counts the turns of a for (;;) on the line of the function; it was called ten times
fast deflate.c:1877 10750 10 gcov counts the turns of a for (;;) on the line of the function; it was called ten times
huffman deflate.c:2184 150010 19 gcov counts the turns of a for (;;) on the line of the function; it was called nineteen times
compress minigzip.c:362 11 1 gcov counts the turns of a for (;;) on the line of the function; it was called once
fast minigzip.c:362 11 1 gcov counts the turns of a for (;;) on the line of the function; it was called once
huffman minigzip.c:362 11 1 gcov counts the turns of a for (;;) on the line of the function; it was called once
decompress minigzip.c:430 11 1 gcov counts the turns of a for (;;) on the line of the function; it was called once
TABLE

SOURCE=$(fetch_source zlib) || exit 1
mkdir "$WORK/gcov" "$WORK/prof" # names of the same length: the program looks at its name
compile_zlib gcc "$SOURCE" "$WORK/prof/covered" -O0 || exit 1
compile_zlib gcc "$SOURCE" "$WORK/gcov/covered" -O0 --coverage || exit 1
make_input "${SIZE:-150000}" "$WORK/input"
"$WORK/prof/covered" <"$WORK/input" >"$WORK/packed" || exit 1

run compress "$WORK/input"
run decompress "$WORK/packed" -d
run fast "$WORK/input" -1
run huffman "$WORK/input" -h
finish
