#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands started under the profiler: every kind of executable, exit status, output, signals, first and last instructions.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler

# profiled NAME EXPECTED_STATUS PROGRAM ARGS...: checks the counts against the comments of SOURCE.
profiled() {
	local name=$1 expected=$2 program=$3 status
	shift 3
	[ "$SOURCE" = "$PROGRAMS/shared.c" ] || WHAT=(-f '*' -x "$program")
	"$LPROF" -q "${WHAT[@]}" -o "$WORK/profile.json" -- "$program" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	is "$name: exit status" "$expected" "$status"
	missed_none "$name" "$WORK/profile.json"
	check "$name: comments" python3 "$HERE/lprof_json.py" check "$SOURCE" "$WORK/profile.json" --counters "$WORK/out"
}

# Kinds of executables, first and last instructions of the program.
SOURCE=$PROGRAMS/early.c
build early gcc "$WORK/pie" -O0 -pie -fpie
build early gcc "$WORK/fixed" -O0 -no-pie -fno-pie
build early gcc "$WORK/static" -O0 -static
build early gcc "$WORK/static-pie" -O0 -static-pie
build early gcc "$WORK/framed" -O0 -fomit-frame-pointer
build early gcc "$WORK/cet" -O0 -fcf-protection=full
build early gcc "$WORK/now" -O0 -Wl,-z,now
build early gcc "$WORK/aligned" -O0 -Wl,-z,separate-code
build early gcc "$WORK/packed" -O0 -Wl,-z,noseparate-code
build early gcc "$WORK/dwarf4" -O0 -gdwarf-4
build early gcc "$WORK/compressed" -O0 -gz
for kind in pie fixed static static-pie framed cet now aligned packed dwarf4 compressed; do
	profiled "early, $kind" 0 "$WORK/$kind"
	is "early, $kind: output" "result 3" "$(cat "$WORK/out")"
done

# Exit status.
profiled "status 5" 5 "$WORK/pie" 5
profiled "status 255" 255 "$WORK/pie" 255
for signal in 6 9 11 15; do
	"$LPROF" -q -f main -o "$WORK/profile.json" -- "$WORK/pie" "-$signal" >/dev/null 2>"$WORK/err"
	is "signal $signal: exit status" $((128 + signal)) $?
	is_json "signal $signal: calls" 1 "$WORK/profile.json" 'f("main")["calls"]'
done

# A function that exits inside.
SOURCE=$PROGRAMS/jumps.c
build jumps gcc "$WORK/jumps" -O0
profiled "jumps" 7 "$WORK/jumps"
is "jumps: output" "$("$WORK/jumps")" "$(cat "$WORK/out")"

# Killed in a function that does not return: the counts up to then must be reported.
build blocked gcc "$WORK/blocked" -O0
for signal in KILL TERM; do
	rm -f "$WORK/blocked.out"
	"$LPROF" -q -f turn -f wait_for_ever -o "$WORK/blocked.json" -- "$WORK/blocked" >"$WORK/blocked.out" 2>"$WORK/err" &
	profiler=$!
	child $profiler
	check "blocked, $signal: runs" wait_for 20 grep -q blocked "$WORK/blocked.out"
	sleep 0.5
	pkill -"$signal" -P "$profiler" -x blocked
	wait $profiler
	status=$?
	is "blocked, $signal: exit status" $((128 + $(kill -l $signal))) $status
	forget $profiler
	missed_none "blocked, $signal" "$WORK/blocked.json"
	check "blocked, $signal: comments" python3 "$HERE/lprof_json.py" check "$PROGRAMS/blocked.c" "$WORK/blocked.json"
	# pause() had been waiting for at least half a second.
	is_json "blocked, $signal: time in flight" True "$WORK/blocked.json" \
		'max(f("wait_for_ever")["lines"], key=lambda l: l["time_ns"])["time_ns"] > 400e6'
done

# A function in a shared library that the command links.
(cd "$WORK" && gcc -g -O0 -shared -fPIC -o libshared.so "$PROGRAMS/shared.c" &&
	gcc -g -O0 -o user "$PROGRAMS/shared_user.c" -L. -lshared -Wl,-rpath,"$WORK")
SOURCE=$PROGRAMS/shared.c
WHAT=(-f shared_sum -f shared_weight)
profiled "library" 0 "$WORK/user"
"$LPROF" -q -f shared_weight -o "$WORK/profile.json" -- "$WORK/user" >/dev/null
is_json "library: one function" 190 "$WORK/profile.json" 'f("shared_weight")["calls"]'
"$LPROF" -q -f '*' -x "$WORK/libshared.so" -o "$WORK/profile.json" -- "$WORK/user" >/dev/null
is_json "library: narrowed by -x" "['shared_sum', 'shared_weight']" "$WORK/profile.json" names

# The command is found through PATH, and gets its input, environment, directory and standard error.
cat >"$WORK/cat.c" <<'PROGRAM'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int copy(int c)
{
	return putchar(c);
}
int main(int argc, char **argv)
{
	char directory[4096];
	int c;

	while ((c = getchar()) != EOF)
		copy(c);
	printf("%s %s %s %d\n", getenv("SOME_VALUE"), getcwd(directory, sizeof(directory)), argv[argc - 1], argc);
	fprintf(stderr, "to standard error\n");
	return 0;
}
PROGRAM
gcc -g -O0 -o "$WORK/copycat" "$WORK/cat.c"
(cd /usr && echo "some input" | PATH=$WORK:$PATH SOME_VALUE="a b" "$LPROF" -q -f copy -o "$WORK/profile.json" -- copycat \
	-f '' -- "x y" >"$WORK/out" 2>"$WORK/err")
is "environment: output" "some input|a b /usr x y 5" "$(paste -sd'|' "$WORK/out")"
is "environment: standard error" "to standard error" "$(cat "$WORK/err")"
is_json "environment: calls" 11 "$WORK/profile.json" 'f("copy")["calls"]'
is_json "environment: command" "['copycat', '-f', '', '--', 'x y']" "$WORK/profile.json" 'p["command"]'

# --user: the command runs as that user.
chmod 755 "$WORK"
printf '#include <unistd.h>\nint me(void) { return (int)geteuid() != 65534; }\nint main(void) { return me(); }\n' >"$WORK/me.c"
gcc -g -O0 -o "$WORK/me" "$WORK/me.c"
"$LPROF" -q -f me --user nobody -o "$WORK/profile.json" -- "$WORK/me" 2>"$WORK/err"
is "--user nobody" 0 $?
is_json "--user: calls" 1 "$WORK/profile.json" 'f("me")["calls"]'

# The command's children execute the same file. Either all of them are counted or none, and the command is not
# disturbed.
cat >"$WORK/forks.c" <<'PROGRAM'
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noipa)) static int work(int n)
{
	int sum = 0;
	for (int i = 0; i < 100; i++)
		sum += n & i;
	return sum;
}
int main(void)
{
	int status, bad = 0;
	for (int i = 0; i < 5; i++) {
		if (fork() == 0)
			_exit(work(i) & 127);
		wait(&status);
		bad += !WIFEXITED(status) || WEXITSTATUS(status) != (work(i) & 127);
	}
	return bad;
}
PROGRAM
gcc -g -O1 -o "$WORK/forks" "$WORK/forks.c"
"$LPROF" -q -f work -o "$WORK/profile.json" -- "$WORK/forks" 2>"$WORK/err"
is "fork: exit status" 0 $?
is_json "fork: calls" True "$WORK/profile.json" 'f("work")["calls"] in (5, 10)'

# The target's signal dispositions and mask are those that the profiler was started with.
printf '#include <unistd.h>\nint main(void) { return execlp("grep", "grep", "Sig", "/proc/self/status", (char *)0); }\n' \
	>"$WORK/signals.c"
gcc -g -O0 -o "$WORK/signals" "$WORK/signals.c"
for situation in "" "trap '' PIPE;"; do
	expected=$(bash -c "$situation $WORK/signals" | grep -v SigQ)
	found=$(bash -c "$situation $LPROF -q -f main -o $WORK/profile.json -- $WORK/signals" | grep -v SigQ)
	is "signals unchanged ($situation)" "$expected" "$found"
done

# Ctrl-C reaches the whole process group: the command decides, the profile is printed, the status is the command's.
build napper gcc "$WORK/napper" -O0
setsid python3 - "$LPROF" "$WORK" <<'PYTHON'
import os, signal, subprocess, sys, time
lprof, work = sys.argv[1:]
out = open(work + "/napper.out", "w")
process = subprocess.Popen([lprof, "-q", "-f", "day", "-f", "nap", "-o", work + "/napper.json", "--", work + "/napper", "forever"],
                           stdout=out, start_new_session=True)
deadline = time.time() + 20
while "ready" not in open(work + "/napper.out").read() and time.time() < deadline:
    time.sleep(0.05)
time.sleep(1)
os.killpg(process.pid, signal.SIGINT)
try:
    status = process.wait(20)
except subprocess.TimeoutExpired:
    os.killpg(process.pid, signal.SIGKILL)
    status = "did not end"
open(work + "/napper.status", "w").write(str(status))
PYTHON
is "Ctrl-C: the command's status" 42 "$(cat "$WORK/napper.status")"
is_json "Ctrl-C: calls" "$(sed -n 's/^counter days //p' "$WORK/napper.out")" "$WORK/napper.json" 'f("day")["calls"]'
finish
