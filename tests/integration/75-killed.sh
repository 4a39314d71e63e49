#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL while many probes are inserted into or removed from a busy program: no probe may stay. KILLS is the number of
# kills of each kind (default 12), at 2000 sites or more. If the process that holds the probes is killed as well, the
# next run and doctor remove the probes that stayed.
. "$(dirname "$0")/lib.sh"
need python3 gcc pgrep
need_profiler
KILLS=${KILLS:-12}

python3 "$TOP/tests/programs/many_branches.py" 1500 >"$WORK/many.c"
check "build" gcc -O1 -g -o "$WORK/many" "$WORK/many.c" -pthread
"$WORK/many" 2 >"$WORK/many.out" &
TARGET=$!
child $TARGET
wait_for 20 grep -q ready "$WORK/many.out" || bad "the target did not start"
sites=$("$LPROF" list -x "$WORK/many" -f 'fn*' | awk '$1 == "all" { n += $2 } END { print n }')
is "more than 2000 sites ($sites)" 1 $((sites > 2000))

for moment in in out; do
	check "killed while probes go $moment" timeout 600 python3 "$HERE/kill_moments.py" \
		"$LPROF" $TARGET "$WORK/many" $moment "$KILLS"
	[ -n "${VERBOSE:-}" ] && cat "$WORK/check.log"
done

# Both processes are killed at once: the kernel may then leave probes behind. They have been noted, and are removed.
check "both killed: found and taken out" timeout 600 python3 "$HERE/kill_moments.py" \
	"$LPROF" $TARGET "$WORK/many" both 8
check "doctor finds nothing any more" sh -c "'$LPROF' doctor | grep -q '^probes left behind  *none'"

# Only the process that holds the probes is killed: the probes go away, and this is reported.
"$LPROF" "${EXACT[@]}" -f 'fn1*' -p $TARGET >"$WORK/report" 2>"$WORK/err" &
profiler=$!
child $profiler
check "probes arrive" wait_for 20 probed $TARGET
check "the run has begun" wait_for 20 grep -q profiling "$WORK/err"
keeper=$(pgrep -P $profiler -x lprof-probes)
is "the keeper is in a session of its own" "$keeper" "$(ps -o sid= -p "$keeper" | tr -d ' ')"
kill -KILL "$keeper"
wait $profiler
is "keeper killed: status" 1 $?
forget $profiler
check "keeper killed: said" grep -q 'the process that held the probes was killed' "$WORK/report"
check "keeper killed: the table is there" grep -q '^Line #' "$WORK/report"
check "keeper killed: nothing stays" wait_for 10 unpatched $TARGET

# The end of a command does not hide that the keeper was killed shortly before.
build napper gcc "$WORK/napper" -O0
"$LPROF" -f day -o "$WORK/short.json" -- "$WORK/napper" forever >/dev/null 2>"$WORK/err" &
profiler=$!
child $profiler
wait_for 20 pgrep -P $profiler -x napper >/dev/null && napper=$(pgrep -P $profiler -x napper)
check "probes arrive in the command" wait_for 20 probed "$napper"
kill -KILL "$(pgrep -P $profiler -x lprof-probes)" "$napper"
wait $profiler
forget $profiler
is_json "keeper killed with the command: said" True "$WORK/short.json" 'any("was killed" in n for n in p["notes"])'

# A run that ends normally leaves neither a keeper process nor its notes.
"$LPROF" -q -f fn7 -p $TARGET -d 0.2 -o "$WORK/regular.json" 2>"$WORK/err"
is "regular end: status" 0 $?
is "regular end: no process is left" "" "$(pgrep -f "$WORK/regular.json")"
is "the target runs on" running "$(kill -0 $TARGET 2>/dev/null && echo running)"
finish
