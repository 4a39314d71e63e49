#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that were made to keep whoever reads their debug information busy: reading ends within a minute and 2 GB.
. "$(dirname "$0")/lib.sh"
need python3 gcc

# lists STATUS FUNCTION FILE TEXT: list -f FUNCTION ends with that status and says TEXT; "": without -f.
lists() {
	local status=$1 function=$2 file=$3 text=$4
	(
		ulimit -v 2097152
		timeout 60 "$LPROF" list -x "$WORK/$file" ${function:+-f "$function"} >"$WORK/out" 2>&1
	)
	is "$file ${function:-names}: status" "$status" $?
	check "$file ${function:-names}: $text" grep -qaF -e "$text" "$WORK/out"
}

check "programs" python3 "$HERE/hostile_object.py" "$WORK"

# A function is inlined a million times.
lists 0 "" inlined "callee  a.c:1"
lists 0 caller inlined "when each site is hit once"
lists 1 callee inlined "too many inlined calls for its size"
# Ten million rows of a line table.
lists 0 "" rows "caller  a.c:1"
lists 0 caller rows "when each site is hit once"
# Names of a million characters.
lists 0 "" names "ffffffff"
lists 0 'f*' names "when each site is hit once"
lists 1 nothing names "no function matches nothing"
# A mangled name of 500 characters that stands for one which no memory could hold.
lists 0 f mangled "when each site is hit once"
lists 1 ns::f mangled "no function matches"
# Code that takes long to plan.
for program in jumps loops calls bodies; do
	lists 0 caller $program "when each site is hit once"
done
lists 0 'f*' overlaps "when each site is hit once"
finish
