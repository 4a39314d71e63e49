#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of sites without a probe; to be sourced after lib.sh.

# The counts of a function with spared sites contradict each other.
consistent() {
	is_json "$1: nothing contradicts" 0 "$2" "sum('contradict' in n for f in p['functions'] for n in f.get('notes', []))"
}

# both NAME COMMAND...: the hits of a run of the command, and those of another with all jumps, of the functions FUNCTION
# or all. Sets SHARE to hits in per cent.
both() {
	local name=$1
	shift
	"$LPROF" -q -f "${FUNCTION:-*}" -x "$1" -o "$WORK/spared.json" -- "$@" >"$WORK/spared.out" 2>"$WORK/err"
	"$LPROF" -q -f "${FUNCTION:-*}" -x "$1" --all-jumps -o "$WORK/all.json" -- "$@" >"$WORK/all.out" 2>>"$WORK/err"
	is "$name: nothing said" 0 "$(grep -c ^lprof-bpf: "$WORK/err")"
	check "$name: same output" cmp "$WORK/spared.out" "$WORK/all.out"
	check "$name: same hits" python3 "$HERE/lprof_json.py" same "$WORK/spared.json" "$WORK/all.json"
	consistent "$name" "$WORK/spared.json"
	missed_none "$name" "$WORK/spared.json"
	SHARE=$((100 * $(get "$WORK/spared.json" "p['probe']['hits']") / $(get "$WORK/all.json" "p['probe']['hits']")))
}

# between NAME LOW HIGH FOUND
between() {
	is "$1: $4 is in $2 ... $3" 1 $(($4 >= $2 && $4 <= $3))
}
