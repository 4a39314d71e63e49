#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Out of memory: whichever of its calls for memory fails, the program says so in one sentence and ends with 1, or does
# without. Every STRIDEth call is tried; MEMORY_STRIDE=1 tries all.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler

gcc -std=gnu11 -D_GNU_SOURCE -O2 -fPIC -shared -o "$WORK/failing.so" "$PROGRAMS/failing_malloc.c" -pthread ||
	bad "the failing allocator cannot be built"
build demo gcc "$WORK/demo" -O1
build calls gcc "$WORK/calls" -O1
build paced gcc "$WORK/paced" -O1
"$WORK/paced" < <(yes) >/dev/null &
TARGET=$!
child $TARGET
SAVED=$WORK/saved.json
check "a profile to begin with" "$LPROF" -q -f longest_chain -o "$SAVED" -- "$WORK/demo"

# sweep NAME STRIDE [OPTION...] -- COMMAND...: with MEMORY_STRIDE that instead.
sweep() {
	local name=$1 stride=${MEMORY_STRIDE:-$2}
	shift 2
	check "$name" timeout 900 python3 "$HERE/failing_memory.py" --library "$WORK/failing.so" --stride "$stride" "$@"
	[ -n "${VERBOSE:-}" ] && cat "$WORK/check.log"
}

PLAN=(-x "$WORK/demo" -f longest_chain)
sweep "list" 13 -- "$LPROF" list -x "$WORK/demo"
sweep "list PATTERN" 13 -- "$LPROF" list -x "$WORK/demo" 'long*'
sweep "list -f" 13 -- "$LPROF" list "${PLAN[@]}"
sweep "list -f: no memory from then on" 29 --on -- "$LPROF" list "${PLAN[@]}"
sweep "dry run" 17 -- "$LPROF" --dry-run -f longest_chain -- "$WORK/demo"
# Reading takes most of the calls and is the same for all formats.
sweep "report as text" 7 --output "$WORK/out" -- "$LPROF" report -o "$WORK/out" "$SAVED"
for format in json csv html folded callgrind lcov pprof; do
	sweep "report as $format" 1 --start 300 --output "$WORK/out" -- \
		"$LPROF" report --format $format -o "$WORK/out" "$SAVED"
done
for format in text json; do
	sweep "diff as $format" 7 --output "$WORK/out" -- \
		"$LPROF" diff --format $format -o "$WORK/out" "$SAVED" "$SAVED"
done
# The function is hit 20 times a second. A busy machine takes a third of a second until its probes are in to stay.
RUN=("$LPROF" -q -f slow -p "$TARGET" -d 0.6 -o "$WORK/out.json")
sweep "a run" 53 --measured --output "$WORK/out.json" --unpatched "python3 '$HERE/unpatched.py' $TARGET" -- "${RUN[@]}"
# A process that measures what probes cost, if nobody has yet, is one that is forked as well, and makes many calls.
sweep "a run: no memory where the probes are held" 1 --forked --most 12 --measured --output "$WORK/out.json" \
	--unpatched "python3 '$HERE/unpatched.py' $TARGET" -- "${RUN[@]}" "${EXACT[@]}"
sweep "a command" 61 --measured --output "$WORK/out.json" -- \
	"$LPROF" -q -f main -o "$WORK/out.json" -- "$WORK/calls"

# A heap that is limited for real: the sentence needs no memory.
(ulimit -v 60000 && "$LPROF" list "${PLAN[@]}" >"$WORK/list" 2>"$WORK/err")
status=$?
is "little memory: enough or said" 1 $((status == 0 || (status == 1 && $(grep -c . "$WORK/err") == 1)))
finish
