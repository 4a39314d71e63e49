#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The harnesses of tests/fuzz, without libFuzzer: seeds, the same with a few bytes changed, and all inputs with which
# something went wrong before.
. "$(dirname "$0")/lib.sh"
need python3 gcc g++

# Changed copies of each seed; those of large files take long.
declare -A ROUNDS=([functions]=100 [objects]=500 [flow]=50 [python_lines]=20)

check "seeds" python3 tests/fuzz/common/seeds.py "$WORK/seeds" few
for source in tests/fuzz/*.c; do
	harness=$(basename "$source" .c)
	check "$harness: seeds" timeout 120 "build/san/fuzz_$harness" "-${ROUNDS[$harness]:-500}" "$WORK/seeds/$harness"/*
	# One by one, so that one that is slow is known.
	for input in tests/fuzz/found/"$harness"/*; do
		[ ! -e "$input" ] || check "$input" timeout 10 "build/san/fuzz_$harness" "$input"
	done
done
finish
