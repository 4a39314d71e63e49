#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Code that runs where the probes do not reach it, or that is another program's than the one that was named: the
# profiler says so.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler
build beyond gcc "$WORK/beyond" -O1
cd "$WORK" || exit 1

# start ARGS...: a process that waits for a line, which go sends.
start() {
	rm -f in out
	mkfifo in
	"$WORK/beyond" "$@" <in >out &
	TARGET=$!
	child $TARGET
	exec 9>in
	wait_for 20 grep -q ready out || bad "it did not start"
}

go() {
	echo >&9
	exec 9>&-
}

# profile NAME ARGS...: profiles until the target ends, which goes on as soon as probes are in.
profile() {
	local name=$1
	shift
	"$LPROF" -q -o profile.json "$@" 2>err 9>&- &
	local profiler=$!
	child $profiler
	check "$name: counting begins" wait_for 30 probed $TARGET
	sleep 0.3
	go
	wait $profiler
	is "$name: status" 0 $?
	forget $profiler
	wait $TARGET
	forget $TARGET
}

# said NAME PATTERN: the profile has a note like that.
said() {
	is_json "$1: said" True profile.json "any(re.search(r'''$2''', note) for note in p['notes'])"
}

# silent NAME: the profile has no such note.
silent() {
	is_json "$1: no note" False profile.json "any('not profiled' in note or 'no probes' in note for note in p['notes'])"
}

# refused NAME PATTERN ARGS...
refused() {
	local name=$1 pattern=$2
	shift 2
	timeout 60 "$LPROF" "$@" >out 2>err </dev/null
	is "$name: status" 1 $?
	check "$name: says why" grep -q -E -e "$pattern" err
	[ -z "${VERBOSE:-}" ] || cat err
}

# Memory that is writable before the probes come.
start writable
refused "writable" "process $TARGET .*code of $WORK/beyond in writable memory" -f work -f other -p $TARGET
go
start half
profile "half writable" -f work -f other -p $TARGET
is_json "half writable: the other half" 100 profile.json 'f("other")["calls"]'
said "half writable" "process $TARGET .* in writable memory"
start shared "0x$(readelf -sW beyond | awk '$8 == "work" { print $2 }')"
profile "shared" -f work -p $TARGET
is_json "shared: calls in private memory" 100 profile.json 'f("work")["calls"]'
said "shared" "process $TARGET .* in shared memory"
start writable
"$LPROF" -q -f work -x beyond -d 1 -o profile.json
said "writable, every process" "process $TARGET .* in writable memory"
go
# ... when they are in: they stay.
start later
profile "writable later" -f work -p $TARGET
is_json "writable later: calls" 200 profile.json 'f("work")["calls"]'
silent "writable later"
"$LPROF" -q -f work -o profile.json -- ./beyond writable </dev/null >out
is_json "writable, a command: calls" 200 profile.json 'f("work")["calls"]'
silent "writable, a command"
# ... because the object says so.
python3 - <<'PYTHON'
import struct
data = bytearray(open("beyond", "rb").read())
(table,), (size, n) = struct.unpack_from("<Q", data, 32), struct.unpack_from("<HH", data, 54)
for at in range(table, table + size * n, size):
    kind, flags = struct.unpack_from("<II", data, at)
    if kind == 1 and flags & 1:
        struct.pack_into("<I", data, at + 4, flags | 2)
open("linked", "wb").write(data)
PYTHON
chmod +x linked
refused "linked writable" "work .*writable memory" -f work -- ./linked fork
# ... because the dynamic loader completes it: the kernel would execute what the file has instead.
cat >patched.s <<'SOURCE'
	.globl	work
	.type	work, @function
work:
	movabsq	$total, %rax
	addq	%rdi, (%rax)
	ret
	.size	work, .-work
	.globl	plain
	.type	plain, @function
plain:
	movq	%rdi, %rax
	ret
	.size	plain, .-plain
	.section .note.GNU-stack, "", @progbits
	.bss
	.globl	total
total:
	.quad	0
SOURCE
echo 'long total, work(long), plain(long); int main(void) { work(3); work(4); return plain(total) != 7; }' >user.c
gcc -g -shared -nostdlib -o libpatched.so patched.s -Wl,-z,notext 2>/dev/null &&
	gcc -fPIE -g -o user user.c -L. -lpatched -Wl,-rpath,"$WORK" || bad "text relocations: build"
refused "text relocations" "code of work .*text relocations.* not profiled" -f work -- ./user
check "text relocations: other functions, and the program lives" "$LPROF" -q -f work -f plain -o profile.json -- ./user
is_json "text relocations: calls of another function" 1 profile.json 'f("plain")["calls"]'

# Forked processes.
"$LPROF" -q -f work -o profile.json -- ./beyond fork </dev/null >out
is_json "fork: calls, with the children's" 240 profile.json 'f("work")["calls"]'
silent "fork, with the children"
"$LPROF" -q -f work --no-follow -o profile.json -- ./beyond fork </dev/null >out
is_json "fork: calls" 210 profile.json 'f("work")["calls"]'
said "fork" "^3 processes that the target started .*$WORK/beyond"
"$LPROF" -q -f work --no-follow -o profile.json -- ./beyond daemon </dev/null >out
said "daemon" "^1 process that the target started .*$WORK/beyond"
"$LPROF" -q -f work --no-follow -x ./beyond -o profile.json -- sh -c './beyond plain; true' </dev/null >out
said "shell" "^1 process that the target started .*beyond"
"$LPROF" -q -f work -o profile.json -- ./beyond plain </dev/null >out
silent "plain"
# ... that alone load the library, and have ended before anybody could look at them.
echo 'long doubled(long n) { return 2 * n; }' >lone.c
cat >loads.c <<'SOURCE'
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	if (!fork()) {
		long (*doubled)(long) = (long (*)(long))dlsym(dlopen("./liblone.so", RTLD_NOW), "doubled");
		_exit((int)doubled(0));
	}
	return wait(0) < 0;
}
SOURCE
gcc -g -shared -fPIC -o liblone.so lone.c && gcc -g -o loads loads.c || bad "a library of its own: build"
"$LPROF" -q -f doubled -x ./liblone.so -o profile.json -- ./loads
is_json "a library of a child alone: calls" 1 profile.json 'f("doubled")["calls"]'
"$LPROF" -q -f doubled --no-follow -x ./liblone.so -o profile.json -- ./loads
is_json "a library of a child alone: said" True profile.json \
	"any(re.search('started 1 process,|1 process that the target started', note) for note in p['notes'])"
if [ -x /usr/bin/python3 ]; then
	printf 'import subprocess\nsubprocess.run(["./beyond", "plain"])\n' >starts.py
	"$LPROF" -q -f work --no-follow -x ./beyond -o profile.json -- /usr/bin/python3 starts.py </dev/null >out
	said "Python that starts it" "^1 process that the target started ran code of $WORK/beyond too and was not profiled.*-x $WORK/beyond"
fi
start before
profile "forked before" -f work -p $TARGET
said "forked before" "^2 processes that the target had started before .*-p \([0-9]+,[0-9]+\)"

# Another program than the one that was named.
for command in "sh -c './beyond plain; true'" "nice ./beyond plain" "timeout 9 ./beyond plain"; do
	eval "refused \"$command\" \"no function matches work in .*but ./beyond.*-x ./beyond\" -f work --no-follow -- $command"
done
"$LPROF" -q -f work --no-follow -o profile.json -- env A=1 ./beyond plain </dev/null >out
silent "env is seen through"
printf 'all:\n\t./beyond plain\n' >Makefile
refused "make" "no function matches work.*starts the program.*-x" -f work --no-follow -- make
timeout 60 ./beyond plain <in >/dev/null &
wrapper=$!
child $wrapper
exec 9>in
wait_for 20 pgrep -P $wrapper
refused "timeout that runs" "process $(pgrep -P $wrapper), which the target started.*-p $(pgrep -P $wrapper)" \
	-f work -p $wrapper
go
start made
refused "code made at run time" "beyond runs code made at run time" -f no_such_function -p $TARGET
go

# Times that add up to more than passed, and a source that is not what runs.
cat >rec.c <<'SOURCE'
static volatile long sink;
__attribute__((noinline)) int odd(int n);
__attribute__((noinline)) int even(int n)
{
	sink++;
	return n ? !odd(n - 1) + 0 * sink : 1;
}
__attribute__((noinline)) int odd(int n)
{
	sink++;
	return n ? !even(n - 1) + 0 * sink : 0;
}
__attribute__((noinline)) int down(int n)
{
	sink++;
	return n > 3 ? down(n - 1) + 1 : 1;
}
int main(void)
{
	sink = even(12) + down(2);
	return 0;
}
SOURCE
gcc -g -O1 -o rec rec.c
"$LPROF" -q -f even -f odd -f down -o profile.json -- ./rec
is_json "mutual recursion: calls" "[7, 6, 1]" profile.json '[f(n)["calls"] for n in ("even", "odd", "down")]'
is_json "mutual recursion: said" "[True, True, False]" profile.json \
	'[any("called itself" in n for n in f(name)["notes"]) for name in ("even", "odd", "down")]'
cat >deep.c <<'SOURCE'
#include <unistd.h>
static long inner(int n);
__attribute__((noinline)) long plain(int n)
{
	usleep(1000);
	if (n)
		n = plain(n - 1);
	return n;
}
__attribute__((noinline)) long wide(int n)
{
	long sum = n;
	usleep(1000);
	for (int i = 0; i < n; i++)
		sum += wide(i);
	return sum;
}
static inline __attribute__((always_inline)) long level(int n)
{
	usleep(1000);
	return n ? inner(n - 1) + 1 : 0;
}
__attribute__((noinline)) static long inner(int n)
{
	return level(n);
}
static long (*volatile turn)(int n);
__attribute__((noinline)) long half(int n)
{
	usleep(1000);
	return n ? turn(n - 1) + 1 : 0;
}
int main(void)
{
	turn = half;
	return plain(40) + wide(5) + inner(20) + half(40) < 0;
}
SOURCE
# Each nanosecond of a function that calls itself is counted once, whatever the depth.
for how in "gcc -O0" "gcc -O1" "gcc -O2" "gcc -O2 -fPIC -fno-optimize-sibling-calls" "clang -O0" "clang -O2"; do
	$how -g -o deep deep.c
	"$LPROF" -q -f plain -f wide -f inner -f half -o profile.json -- ./deep
	is_json "$how: recursion takes no longer than the run" True profile.json \
		'all(0 < f(n)["time_ns"] <= p["duration_ns"] for n in ("plain", "wide", "inner"))'
	is_json "$how: recursion waits no longer than the run" True profile.json \
		'all(f(n)["waiting_ns"] <= p["duration_ns"] for n in ("plain", "wide", "inner"))'
	is_json "$how: recursion: all sleeps are counted" True profile.json \
		'f("plain")["time_ns"] > 41e6 and f("wide")["time_ns"] > 32e6 and f("inner")["time_ns"] > 21e6'
	is_json "$how: recursion: the time is on the lines of the inner calls" True profile.json \
		'max(t for n, t in ((l["line"], l["time_ns"]) for l in f("wide")["lines"]) if n != 13) < f("wide")["time_ns"] / 20'
	is_json "$how: recursion: calls that add up to more than passed are told" "[False, False, False, True]" profile.json \
		'[any("add up to more than passed" in n for n in f(name)["notes"]) for name in ("plain", "wide", "inner", "half")]'
done
"$LPROF" -q -f down -- ./rec >out
is "source as built" 0 "$(grep -c 'was changed after' out)"
gcc -g -O1 -o rec rec.c
sleep 0.02 # the clock of files may go in steps
echo '// edited at once' >>rec.c
"$LPROF" -q -f down -- ./rec >out
check "source edited within the second" grep -q "note: $WORK/rec.c was changed after the program was built" out
gcc -g -O1 -o rec rec.c
"$LPROF" -q -f down -- ./rec >out
is "source built again" 0 "$(grep -c 'was changed after' out)"
touch -d 'now + 1 minute' rec.c
"$LPROF" -q -f down -- ./rec >out
check "source changed" grep -q "note: $WORK/rec.c was changed after the program was built" out
printf 'def work():\n\treturn 1\n\n\nwork()\n' >changes.py
if [ -x /usr/bin/python3 ]; then
	"$LPROF" -q -f work -- /usr/bin/python3 changes.py >out
	is "Python source as it ran" 0 "$(grep -c 'was changed after' out)"
	touch -d 'now + 1 minute' changes.py
	"$LPROF" -q -f work -- /usr/bin/python3 changes.py >out
	check "Python source changed" grep -q "changes.py was changed after the program was" out
	printf 'import time\n\n\ndef work():\n\ttime.sleep(0.01)\n\n\nwhile True:\n\twork()\n' >served.py
	/usr/bin/python3 served.py &
	child $!
	sleep 0.1
	"$LPROF" -q -d 0.5 -f work -p $! >out
	is "Python source of a running process" 0 "$(grep -c 'was changed after' out)"
	echo '# edited' >>served.py
	"$LPROF" -q -d 0.5 -f work -p $! >out
	check "Python source edited before attaching" grep -q "served.py was changed after the program was" out
	mkdir app
	mv changes.py app/__main__.py
	/usr/bin/python3 -m zipapp app
	"$LPROF" -q -f work -- /usr/bin/python3 app.pyz >out
	check "source in an archive" grep -q "app.pyz/__main__.py, which is inside of an archive; unpack" out
	"$LPROF" -q -f work --source-dir "$WORK/app.pyz=$WORK/app" -- /usr/bin/python3 app.pyz >out
	check "archive unpacked" grep -q "return 1" out
fi

finish
