#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# When the system refuses something, the message says why and what to do: files that cannot be written; processes that
# end, are stopped or may not be looked into; a kernel without type information; no /proc; too little memory.
. "$(dirname "$0")/lib.sh"
need python3 gcc setpriv unshare
need_profiler

cat >"$WORK/work.c" <<'SOURCE'
#include <signal.h>
#include <unistd.h>
int work(int n)
{
	usleep(1000);
	return n + 1;
}
static void become_another(int number)
{
	(void)number;
	execl("/bin/sleep", "sleep", "60", (char *)0);
}
/* Bits: SIGXFSZ or SIGPIPE are not as a program finds them. */
static int signals(void)
{
	struct sigaction action;
	int bits = 0;

	sigaction(SIGXFSZ, 0, &action);
	bits |= action.sa_handler != SIG_DFL;
	sigaction(SIGPIPE, 0, &action);
	return bits | (action.sa_handler != SIG_DFL) << 1;
}
int main(int argc, char **argv)
{
	int n = 0;

	(void)argv;
	signal(SIGUSR1, become_another);
	while (n < 50 || argc > 1)
		n = work(n);
	return 10 + signals();
}
SOURCE
gcc -g -O0 -o "$WORK/work" "$WORK/work.c"

start_target() {
	"$WORK/work" forever &
	TARGET=$!
	disown # keeps the shell from printing how it ends
	child $TARGET
	wait_for 20 grep -q forever "/proc/$TARGET/cmdline"
}

end_target() {
	kill -KILL "$TARGET" 2>/dev/null
	forget "$TARGET"
}

# said NAME STATUS PATTERN COMMAND...: COMMAND must end with STATUS and print one line, which matches PATTERN. The
# messages go through a pipe, because a limit of the size of files would also apply to a file with messages.
said() {
	local name=$1 status=$2 pattern=$3 found
	shift 3
	{
		"$@" 2>&1 >&3 </dev/null | cat >"$WORK/err"
		found=${PIPESTATUS[0]}
	} 3>&1
	is "$name: status" "$status" "$found"
	check "$name: said" grep -q -E -e "^lprof-bpf: .*$pattern" "$WORK/err"
	is "$name: one sentence" 1 "$(wc -l <"$WORK/err")"
	[ -z "${VERBOSE:-}" ] || sed 's/^/  /' "$WORK/err"
}

# A limit of the size of files, which by default raises a signal; and a full device.
small_files() {
	(ulimit -f 0 && "$LPROF" "$@")
}
start_target
PROFILE=(-q -f work -d 0.3 -p "$TARGET")
said "limit, stdout" 1 "standard output: File too large" small_files "${PROFILE[@]}" >"$WORK/out"
check "limit: nothing attached" unpatched "$TARGET"
said "limit, every interval" 1 "standard output: File too large" small_files "${PROFILE[@]}" -i 0.1 >"$WORK/out"
check "limit, every interval: nothing attached" unpatched "$TARGET"
"$LPROF" "${PROFILE[@]}" -o "$WORK/profile.json"

# What cannot be written leaves nothing behind: no new file, and an earlier one as it was.
mkdir "$WORK/place"
not_written() {
	local name=$1 pattern=$2
	shift 2
	said "$name, new file" 1 "new: $pattern" "$@" -o "$WORK/place/new"
	echo earlier >"$WORK/place/old"
	said "$name, earlier file" 1 "old: $pattern" "$@" -o "$WORK/place/old"
	is "$name: the earlier file" earlier "$(cat "$WORK/place/old")"
	is "$name: files" old "$(ls "$WORK/place")"
}
for format in text json html csv callgrind lcov folded pprof; do
	not_written "limit, report as $format" "File too large" small_files report "$WORK/profile.json" --format $format
	said "full, report as $format" 1 "/dev/full: No space left" "$LPROF" report "$WORK/profile.json" --format $format -o /dev/full
done
for format in text json; do
	not_written "limit, diff as $format" "File too large" small_files diff "$WORK/profile.json" "$WORK/profile.json" --format $format
done
not_written "limit, every interval in a file" "File too large" small_files "${PROFILE[@]}" -i 0.1
on_small_disk() {
	unshare -m --propagation private sh -c 'mount -t tmpfs -o size=16k none "$0" && echo earlier >"$0/old" && "$@"
		status=$?; ls "$0" | tr "\n" " " >"$0.files"; cat "$0/old" >>"$0.files"; exit $status' "$WORK/place" "$@"
}
said "small disk, earlier file" 1 "old: No space left" on_small_disk "$LPROF" "${PROFILE[@]}" -i 0.1 --format html -o "$WORK/place/old"
is "small disk, earlier file: left" "old earlier" "$(cat "$WORK/place.files")"
said "small disk, new file" 1 "new: No space left" on_small_disk "$LPROF" "${PROFILE[@]}" --format html -o "$WORK/place/new"
is "small disk, new file: left" "old earlier" "$(cat "$WORK/place.files")"
said "limit, list" 1 "standard output: File too large" small_files list -x "$WORK/work" >"$WORK/out"
said "limit, dry run" 1 "standard output: File too large" small_files -n -f work -x "$WORK/work" >"$WORK/out"
said "limit, counts" 1 "counts: File too large" small_files "${PROFILE[@]}" --dump-counts "$WORK/counts" >/dev/null
is "limit, counts: no file" no "$([ -e "$WORK/counts" ] && echo yes || echo no)"
said "full, report" 1 "No space left" "$LPROF" report "$WORK/profile.json" >/dev/full
said "full, diff" 1 "No space left" "$LPROF" diff "$WORK/profile.json" "$WORK/profile.json" >/dev/full
said "full, list" 1 "No space left" "$LPROF" list -x "$WORK/work" >/dev/full
# Output that is larger than a buffer.
said "full, long list" 1 "standard output" "$LPROF" list -x "$LPROF" >/dev/full
said "full, dry run" 1 "No space left" "$LPROF" -n -f work -x "$WORK/work" >/dev/full
said "full, counts" 1 "/dev/full: No space left" "$LPROF" "${PROFILE[@]}" --dump-counts /dev/full >/dev/null
small_files "${PROFILE[@]}" --push http://127.0.0.1:9 --spool "$WORK/spool" 2>&1 >/dev/null | cat >"$WORK/err"
is "limit, spool: status" 0 "${PIPESTATUS[0]}"
check "limit, spool: said" grep -q "cannot keep profiles in .*spool: File too large" "$WORK/err"
is "limit, spool: nothing of them" "" "$(ls "$WORK/spool" | grep -v '\.lock$')"

# Nobody maps the file; and when a run ends by itself, it says so.
cp "$WORK/work" "$WORK/unused"
"$LPROF" -d 0.2 -x "$WORK/unused" >"$WORK/out" 2>"$WORK/err"
is "not mapped: said" 1 "$(grep -c "^note: no process was seen that maps $WORK/unused" "$WORK/out")"
is "looking for functions: for how long" "lprof-bpf: looking for the hottest functions for 0.2 s; Ctrl-C to stop sooner and see them" \
	"$(cat "$WORK/err")"
"$LPROF" -d 0.2 -f work -x "$WORK/unused" >"$WORK/out" 2>"$WORK/err"
is "not mapped, -f: said" 1 "$(grep -c "^note: no process was seen that maps $WORK/unused" "$WORK/out")"
is "profiling: for how long" "lprof-bpf: profiling for 0.2 s; Ctrl-C to stop sooner and see the table" "$(cat "$WORK/err")"
"$LPROF" -d 0.2 -f work -x "$WORK/work" >"$WORK/out" 2>"$WORK/err"
is "mapped: not said" 0 "$(grep -c "no process was seen" "$WORK/out")"

# Nobody reads the output: profiling ends in order, a filter ends silently.
unread() {
	"$@" | true
	return "${PIPESTATUS[0]}"
}
said "pipe" 1 "Broken pipe" unread "$LPROF" "${PROFILE[@]}"
check "pipe: nothing attached" unpatched "$TARGET"
(sleep 0.2 && exec "$LPROF" list -x "$WORK/work" 2>"$WORK/err") | true
is "pipe, list" "141" "${PIPESTATUS[0]}"

# A command inherits the signal settings that the profiler was started with.
"$LPROF" -q -f work -- "$WORK/work" >/dev/null
is "signals of a command" 10 $?
(trap '' PIPE && exec "$LPROF" -q -f work -- "$WORK/work") >/dev/null
is "signals of a command, one ignored" 12 $?

# The target is stopped during all or a part of the profiling.
kill -STOP "$TARGET"
"$LPROF" -q -f work -d 0.6 -p "$TARGET" -o "$WORK/profile.json"
is_json "stopped: said" True "$WORK/profile.json" "any('process $TARGET was stopped' in n and 'kill -CONT $TARGET' in n for n in p['notes'])"
kill -CONT "$TARGET"
"$LPROF" -q -f work -d 0.6 -p "$TARGET" -o "$WORK/profile.json"
is_json "not stopped: not said" False "$WORK/profile.json" "any('stopped' in n for n in p.get('notes', []))"

# The target ends or executes another program at any moment before profiling begins. This is the cause that must be
# reported, whatever operation fails.
meanwhile() {
	local name=$1 signal=$2 pattern=$3 begun=0 delay status
	for delay in 0 0.01 0.02 0.03 0.04 0.05 0.06 0.08 0.1 0.15 0.2; do
		start_target
		"$LPROF" -f work -d 0.1 -p "$TARGET" >/dev/null 2>"$WORK/err" &
		profiler=$!
		sleep $delay
		kill -"$signal" "$TARGET"
		wait $profiler
		status=$?
		if [ $status = 0 ]; then
			check "$name after $delay: profiled" grep -q "profiling" "$WORK/err"
		else
			begun=$((begun + 1))
			is "$name after $delay: status" 1 $status
			is "$name after $delay: one sentence" 1 "$(wc -l <"$WORK/err")"
			check "$name after $delay: said" grep -q -E -e "$pattern" "$WORK/err"
		fi
		end_target
	done
	[ $begun -gt 0 ] || bad "$name: it was always too late"
}
end_target
meanwhile "end" KILL "process [0-9]+ (ended|has already ended)|no process [0-9]+"
# If the exec came before the first look, the target simply is that other program.
meanwhile "exec" USR1 "process [0-9]+ executed another program|no function matches work, but .*/sleep"

# A user without privileges is told which are missing, and a kernel thread is recognized as one.
"$LPROF" -f work -p 2 2>"$WORK/err" -d 1
check "kernel thread" grep -q "2 is a kernel thread" "$WORK/err"
without() {
	setpriv --bounding-set "-$1,-sys_admin" --inh-caps -all "$LPROF" "${@:2}"
}
said "root without a capability" 1 "not permitted: CAP_BPF missing; this is root, but in a container" without bpf -f work -p $$
chmod a+rx "$WORK"
cp "$LPROF" "$WORK/lprof-bpf"
said "no root" 1 "not allowed to look into process $$: .*CAP_SYS_PTRACE.*; run it with sudo" \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$WORK/lprof-bpf" list -p $$

# A kernel without type information, no /proc.
start_target
hidden() {
	local directory=$1
	shift
	unshare -m sh -c 'mount -t tmpfs none "$0" && exec "$@"' "$directory" "$@"
}
said "no BTF" 1 "type information is missing.*CONFIG_DEBUG_INFO_BTF" hidden /sys/kernel/btf "$LPROF" -f work -- "$WORK/work"
said "no /proc" 1 "/proc is not mounted" hidden /proc "$LPROF" -f work -p "$TARGET"
end_target

# What samples of stacks need: lines are counted without it, and what cannot be done is said.
gcc -shared -fPIC -O1 -D_GNU_SOURCE -o "$WORK/failing_sampler.so" "$PROGRAMS/failing_sampler.c" -ldl
for failing in walk events; do
	[ $failing = walk ] && reason="the kernel does not let BPF programs walk stacks" || reason="the kernel refuses perf events"
	without_samples() {
		FAILING=$failing LD_PRELOAD=$WORK/failing_sampler.so "$LPROF" "$@"
	}
	without_samples -q -f work -o "$WORK/profile.json" -- "$WORK/work"
	is "no samples ($failing): status" 10 $?
	is_json "no samples ($failing): calls" 50 "$WORK/profile.json" 'f("work")["calls"]'
	is_json "no samples ($failing): the report says so once, and has no stacks" "(1, False)" "$WORK/profile.json" \
		'sum("no stacks were sampled" in note and "'"$reason"'" in note for note in p["notes"]), "stacks" in p'
	for options in "" --no-probes "--no-probes -f work" "--functions 1 -f work"; do
		# shellcheck disable=SC2086 # the options are words
		said "no samples ($failing), $options" 1 "no stacks can be sampled here, so only .* -f .*: $reason" \
			without_samples $options -- "$WORK/work"
	done
	without_samples doctor >"$WORK/out" 2>&1
	is "no samples ($failing): doctor" 0 $?
	check "no samples ($failing): doctor's line" grep -q "^samples of stacks  *$reason" "$WORK/out"
done

# A saved profile is read piece by piece: what is skipped takes no memory, and what is read has a limit.
check "large profiles" python3 - "$LPROF" <<'LARGE'
import resource, subprocess, sys

HEAD = b'{"format":"lprof-bpf","version":1,"clock":"wall","duration_ns":1,"command":[],"pids":[1],' \
    b'"probe":{"sites":1,"hits":1,"missed":0,"overhead_ns":0},'
MIB = b"y" * (1 << 20)


def report(pieces):
    """Exit status and messages of a report of what comes through a pipe."""
    with subprocess.Popen([sys.argv[1], "report", "/dev/stdin"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as child:
        try:
            for piece in pieces:
                child.stdin.write(piece)
            child.stdin.close()
        except BrokenPipeError:
            pass
        return child.wait(), child.stderr.read().decode()


def text(before, after):
    yield HEAD + before
    for _ in range(300):
        yield MIB
    yield after


status, said = report(text(b'"new":"', b'","functions":[]}'))
assert (status, said) == (0, ""), (status, said)
status, said = report(text(b'"functions":[{"name":"', b'"}]}'))
assert status == 1 and "a string is too long" in said and said.count("\n") == 1, (status, said)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
assert peak < 60 << 10, peak
LARGE

# A memory cgroup with room for the program and its reader of debug information but not for its maps, if the controller is available in version 1 or 2.
for group in /sys/fs/cgroup/memory /sys/fs/cgroup; do
	limit=$group/lprof-test-$$
	{ [ "$group" = /sys/fs/cgroup ] && ! grep -q -w memory "$group/cgroup.subtree_control"; } 2>/dev/null && continue
	mkdir "$limit" 2>/dev/null || continue
	for file in memory.limit_in_bytes memory.max; do
		[ -w "$limit/$file" ] && echo 32M >"$limit/$file"
	done
	said "memory" 1 "not enough memory for the BPF program's maps, about [0-9]+ MiB.*memory cgroup" \
		sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$limit" "$LPROF" -f work -- "$WORK/work"
	wait_for 10 rmdir "$limit"
	break
done
finish
