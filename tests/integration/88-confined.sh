#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debug information is read by a process that can do nothing but read it: what it has left while it reads a file that
# keeps it busy, and what becomes of a run when it is stopped, killed or out of bounds.
. "$(dirname "$0")/lib.sh"
need gcc python3 pgrep
need_profiler

check "programs" python3 "$HERE/hostile_object.py" "$WORK" rows inlined names
cd "$WORK" || exit 1

# confined PID: whether that is a reader in its sandbox
confined() {
	grep -q '^Seccomp:.2$' "/proc/$1/status"
}

# reading COMMAND...: runs the profiler until its reader, $reader, is in the sandbox; its own process is $profiler.
reading() {
	rm -f err
	"$LPROF" "$@" >out 2>err &
	profiler=$!
	child $profiler
	wait_for 20 pgrep -P $profiler || bad "there is no reader"
	reader=$(pgrep -P $profiler | head -1)
	wait_for 20 confined "$reader" || bad "the reader is not confined"
}

# ended NAME STATUS TEXT: the run has ended so, with one sentence
ended() {
	wait $profiler
	is "$1: status" "$2" $?
	forget $profiler
	is "$1: one sentence" 1 "$(wc -l <err)"
	check "$1: $3" grep -q -e "$3" err
}

reading list -x ./rows -f caller
for field in CapInh CapPrm CapEff CapAmb; do
	is "reader: $field" 0000000000000000 "$(awk -v field=$field: '$1 == field { print $2 }' "/proc/$reader/status")"
done
is "reader: no new privileges" 1 "$(awk '$1 == "NoNewPrivs:" { print $2 }' "/proc/$reader/status")"
is "reader: one thread" 1 "$(awk '$1 == "Threads:" { print $2 }' "/proc/$reader/status")"
others=$(for fd in "/proc/$reader/fd/"*; do
	[ "${fd##*/}" = 2 ] || readlink "$fd"
done | grep -v -c -e '^socket:' -e "^$WORK/rows\$")
is "reader: descriptors of other things" 0 "$others"
is "reader: memory that others see" 0 "$(awk '$2 ~ /w/ && $2 ~ /s/' "/proc/$reader/maps" | wc -l)"
check "reader: a limit of processor time" grep -q '^Max cpu time *300 ' "/proc/$reader/limits"
if grep -q '^Max data size *unlimited' "/proc/$reader/limits"; then bad "reader: memory"; else ok "reader: memory"; fi
kill -STOP "$reader"
kill -KILL $profiler
wait $profiler 2>/dev/null
forget $profiler
check "reader: ends with the profiler" wait_for 10 test ! -e "/proc/$reader/exe"

# A reader that an error in it has ended, or that something has stopped.
for signal in SEGV:"cannot be read (Segmentation fault): it is damaged, or made to harm" KILL:"its reader was killed" \
	SYS:"do what no reading needs, which was prevented"; do
	reading -f caller -- ./rows
	kill "-${signal%%:*}" "$reader"
	ended "reader ended by ${signal%%:*}" 1 "rows: its debug information .*${signal#*:}"
	is "reader ended by ${signal%%:*}: the command was not started" 0 "$(wc -c <out)"
done

# bounded NAME LIMIT STATUS TEXT PROGRAM FUNCTION
bounded() {
	(
		ulimit -S $2
		timeout 60 "$LPROF" -f "$6" -- "./$5" >out 2>err
	)
	is "$1: status" "$3" $?
	is "$1: one sentence" 1 "$(wc -l <err)"
	check "$1: $4" grep -q "$4" err
}
bounded "time" "-t 1" 1 "rows: its debug information takes too much processor time to read" rows caller
bounded "memory" "-d 400000" 1 "out of memory" rows caller

# Within the bounds they are profiled as any program; these end by SIGSEGV, having no code to speak of.
for program in "rows caller" "inlined caller" "names ffff*"; do
	read -r name function <<<"$program"
	timeout 60 "$LPROF" -q -f "$function" -o profile.json -- "./$name" >out 2>err
	is "$name: status" 139 $?
	is "$name: nothing said" "" "$(grep -v 'Segmentation' err)"
	is_json "$name: a profile" True profile.json "len(p['functions']) > 0"
done
finish
