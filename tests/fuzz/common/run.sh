#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh SECONDS HARNESS...: runs each harness for so long on what it has found interesting so far, or else on seeds. What
# goes wrong (a crash, a leak, more than 10 s or 2 GB) is left in build/fuzz-found/HARNESS/; once it is mended it belongs in
# tests/fuzz/found/HARNESS/, made smaller by build/fuzz_HARNESS -minimize_crash=1.
set -uo pipefail

seconds=$1
shift
seeds=build/fuzz-seeds
status=0
export ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
python3 tests/fuzz/common/seeds.py $seeds || exit 1

for harness; do
	corpus=build/fuzz-corpus/$harness
	found=build/fuzz-found/$harness
	log=$found/log
	mkdir -p "$corpus" "$found"
	more=()
	[ -e "$seeds/$harness.dict" ] && more=("-dict=$seeds/$harness.dict")
	[ -e "tests/fuzz/found/$harness" ] && more+=("tests/fuzz/found/$harness")
	if build/fuzz_"$harness" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$found/" "$corpus" "$seeds/$harness" "${more[@]}" >"$log" 2>&1; then
		echo "$harness: nothing found ($(grep -o 'cov: .*exec/s: [0-9]*' "$log" | tail -1))"
	else
		status=1
		echo "$harness: see $log"
		grep -m 3 -E 'ERROR|runtime error|SUMMARY|not so' "$log"
	fi
done
exit $status
