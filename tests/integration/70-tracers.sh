#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Other tracers on the same functions: each first, each leaving first. The target checks its own results, all counts
# are exact, nothing is ever put into the middle of an instruction, and in the end the code is the file's.
# ROUNDS=20 makes it a long run.

# The file system that perf needs is mounted for this script only.
[ -n "${OWN_MOUNTS:-}" ] || OWN_MOUNTS=1 exec unshare -m "$0" "$@"
. "$(dirname "$0")/lib.sh"
need python3 gcc g++ bpftrace perf gdb objdump readelf unshare
need_profiler
ROUNDS=${ROUNDS:-1}
grep -q ' /sys/kernel/tracing tracefs ' /proc/mounts || mount -t tracefs tracefs /sys/kernel/tracing || {
	echo "70-tracers.sh: no tracefs" >&2
	exit 1
}

build tracers gcc "$WORK/tracers" -O1
source=$(source_of tracers)
throw=$(grep -n -F -m 1 'throw n;' "$source" | cut -d: -f1)
# perf refuses an event whose name exists in any group, and the events of a script that was killed stay.
EVENT=lprof_test_$$
WORK_EVENT=$EVENT:work_$$
MAGIC_EVENT=$EVENT:magic_$$

delete_events() {
	perf probe -q -d "$EVENT:*" >/dev/null 2>&1
}

# Keeps the script's status, which cleanup reads.
leave() {
	local status=$?
	delete_events
	(exit $status)
	cleanup
}
trap leave EXIT

# start: starts a process that works one batch for each line that it is sent; sets TARGET.
start() {
	rm -f "$WORK/input" "$WORK/out"
	mkfifo "$WORK/input"
	"$WORK/tracers" <"$WORK/input" >"$WORK/out" &
	TARGET=$!
	child $TARGET
	exec 7>"$WORK/input"
	BATCHES=0
	wait_for 20 grep -q ready "$WORK/out" || bad "the program did not start"
}

worked() {
	[ "$(grep -c batch "$WORK/out")" = "$BATCHES" ]
}

batch() {
	BATCHES=$((BATCHES + 1))
	echo >&7
	wait_for 60 worked || bad "$NAME: the target does not work any more"
}

# end: the target must be as if it had never been traced.
end() {
	check "$NAME: the code is the file's" wait_for 10 unpatched $TARGET
	batch
	exec 7>&-
	wait $TARGET
	is "$NAME: the target's status" 0 $?
	forget $TARGET
	is "$NAME: the target's results" "wrong 0" "$(grep wrong "$WORK/out")"
}

# Each tracer has three functions: NAME_comes and NAME_leaves, and NAME_counts BATCHES, which checks its counts.

lprof_comes() {
	rm -f "$WORK/first.err" "$WORK/first.json"
	"$LPROF" "${EXACT[@]}" -f work -f magic -p $TARGET -o "$WORK/first.json" 2>"$WORK/first.err" &
	LPROF_PID=$!
	child $LPROF_PID
	wait_for 20 grep -q 'profiling;' "$WORK/first.err" || bad "$NAME: the profiler did not come"
}

lprof_leaves() {
	stop $LPROF_PID INT
	is "$NAME: the profiler's status" 0 $?
}

# counted PROFILE BATCHES: checks calls, the line that throws, missed hits and notes, in one question for speed.
counted() {
	is_json "$NAME: counts" "($(($2 * 1000)), $(($2 * 800)), [$(($2 * 200))], 0, [])" "$1" \
		"(f('work')['calls'], f('magic')['calls'], [l['hits'] for l in f('work')['lines'] if l['line'] == $throw],
		p['probe']['missed'], [n for g in p['functions'] for n in g.get('notes', [])])"
}

lprof_counts() {
	counted "$WORK/first.json" "$1"
}

second_comes() {
	rm -f "$WORK/second.err" "$WORK/second.json"
	"$LPROF" "${EXACT[@]}" -f work -f magic "$@" -o "$WORK/second.json" 2>"$WORK/second.err" &
	SECOND=$!
	child $SECOND
	wait_for 20 grep -q 'profiling;' "$WORK/second.err" || bad "$NAME: the second profiler did not come"
}

second_leaves() {
	stop $SECOND INT
	is "$NAME: the second profiler's status" 0 $?
}

everywhere_comes() { second_comes -x "$WORK/tracers"; }
everywhere_leaves() { second_leaves; }
everywhere_counts() { counted "$WORK/second.json" "$1"; }
process_comes() { second_comes -p $TARGET; }
process_leaves() { second_leaves; }
process_counts() { counted "$WORK/second.json" "$1"; }

bpftrace_comes() {
	rm -f "$WORK/bpftrace.out"
	bpftrace -e "BEGIN { printf(\"attached\\n\"); } uprobe:$WORK/tracers:work { @work = count(); }
		uprobe:$WORK/tracers:magic { @magic = count(); }" >"$WORK/bpftrace.out" 2>&1 &
	BPFTRACE=$!
	child $BPFTRACE
	# bpftrace prints its first message before its other probes are in.
	wait_for 30 grep -q attached "$WORK/bpftrace.out" || bad "$NAME: bpftrace did not come"
	wait_for 30 at_entry work && wait_for 30 at_entry magic || bad "$NAME: bpftrace has set no probe"
}

# Whether another process has a breakpoint at the entry of FUNCTION; a private mapping shows it.
at_entry() {
	python3 - "$WORK/tracers" "$(readelf -sW "$WORK/tracers" | awk -v f="$1" '$8 == f { print $2; exit }')" <<-'END'
		import mmap, sys
		with open(sys.argv[1], "rb") as file:
		    image = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
		    sys.exit(image[int(sys.argv[2], 16)] != 0xCC)
	END
}

# It can lose a signal that arrives while it begins.
bpftrace_ended() {
	! kill -INT $BPFTRACE
}

bpftrace_leaves() {
	wait_for 30 bpftrace_ended || bad "$NAME: bpftrace does not leave"
	wait $BPFTRACE
	forget $BPFTRACE
}

bpftrace_counts() {
	is "$NAME: bpftrace's calls" "@work: $(($1 * 1000))" "$(grep '^@work' "$WORK/bpftrace.out")"
	is "$NAME: bpftrace's calls of magic" "@magic: $(($1 * 800))" "$(grep '^@magic' "$WORK/bpftrace.out")"
}

# perf probe fails when somebody else creates or deletes probes at the same moment.
perf_probes() {
	delete_events
	perf probe -x "$WORK/tracers" -a "$WORK_EVENT=work" -a "$MAGIC_EVENT=magic" >"$WORK/perf.log" 2>&1
}

# Sets the probes of perf, system-wide; perf stat counts them.
perf_comes() {
	wait_for 10 perf_probes || bad "$NAME: perf has set no probes: $(cat "$WORK/perf.log")"
	rm -f "$WORK/control" "$WORK/answer"
	mkfifo "$WORK/control" "$WORK/answer"
	# Its breakpoints are in before it counts on all processors: it says when it does.
	perf stat -x , -a -e "$WORK_EVENT,$MAGIC_EVENT" -D -1 --control "fifo:$WORK/control,$WORK/answer" -o "$WORK/perf.out" &
	PERF=$!
	child $PERF
	echo enable >"$WORK/control"
	check "$NAME: perf counts" timeout 30 grep -q -m 1 ack "$WORK/answer"
	at_entry work && at_entry magic || bad "$NAME: perf did not come"
}

perf_leaves() {
	kill -INT $PERF
	wait $PERF
	forget $PERF
	delete_events
}

perf_counts() {
	is "$NAME: perf's calls" "$(($1 * 1000))" "$(grep "$WORK_EVENT" "$WORK/perf.out" | cut -d, -f1)"
	is "$NAME: perf's calls of magic" "$(($1 * 800))" "$(grep "$MAGIC_EVENT" "$WORK/perf.out" | cut -d, -f1)"
}

# both FIRST SECOND LEAVES STAYS: FIRST comes, then SECOND; LEAVES leaves, and STAYS must still count.
both() {
	NAME="$1, $2; $3 leaves first"
	start
	"$1_comes"
	"$2_comes"
	check "$NAME: only instructions are probed" python3 "$HERE/patched.py" $TARGET "$WORK/tracers"
	batch
	"$3_leaves"
	"$3_counts" 1
	check "$NAME: only instructions are probed later" python3 "$HERE/patched.py" $TARGET "$WORK/tracers"
	batch
	"$4_leaves"
	"$4_counts" 2
	end
}

for _ in $(seq "$ROUNDS"); do
	for other in bpftrace perf everywhere process; do
		both lprof $other lprof $other
		both lprof $other $other lprof
		both $other lprof $other lprof
		both $other lprof lprof $other
	done
done

# A function with a debugger's breakpoint is not probed, and this is reported; other functions are probed.
NAME=gdb
start
gdb -q -batch -p $TARGET -ex 'break magic' -ex 'shell touch '"$WORK/set" -ex continue >"$WORK/gdb.out" 2>&1 &
debugger=$!
child $debugger
# gdb inserts its breakpoints when the program continues.
broken() { ! unpatched $TARGET; }
check "gdb: comes" wait_for 30 broken
"$LPROF" -f magic -f work -p $TARGET -d 1 -o "$WORK/gdb.json" 2>"$WORK/gdb.err"
is "gdb: status" 0 $?
check "gdb: is said" grep -q "the code of magic at .* holds a debugger's breakpoint" "$WORK/gdb.err"
is_json "gdb: sites" True "$WORK/gdb.json" 'p["probe"]["sites"] > 0'
"$LPROF" -f magic -p $TARGET -d 1 -o "$WORK/gdb.json" 2>"$WORK/gdb.err"
is "gdb: status when nothing else is selected" 1 $?
# gdb intercepts this signal, has then run all its commands, and detaches.
kill -INT $TARGET
wait $debugger 2>/dev/null
forget $debugger
end

# Code that was changed in the memory of the process without a debugger.
NAME=changed
start
python3 - $TARGET "$WORK/tracers" <<-'END'
	import subprocess, sys
	pid, path = sys.argv[1:]
	symbols = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout.split("\n")
	magic = next(int(s.split()[0], 16) for s in symbols if s.endswith(" T magic"))
	with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "r+b", 0) as memory:
	    base = int(next(m for m in maps if path in m).split("-")[0], 16)
	    memory.seek(base + magic + 1)
	    memory.write(b"\xcc")
END
"$LPROF" -f magic -f work -p $TARGET -d 1 -o "$WORK/changed.json" 2>"$WORK/changed.err"
is "changed: status" 0 $?
check "changed: is said" grep -q "the code of magic at .* was changed in the process's memory" "$WORK/changed.err"
kill -KILL $TARGET
wait $TARGET 2>/dev/null
forget $TARGET
exec 7>&-
finish
