#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# checks.sh: runs in a directory with lprof-bpf and programs to profile, on this machine and alone in a guest
# (busybox). It writes the results to results/: NAME.json, NAME.err, NAME.status ... It does not judge them; run.sh
# compares.

# run NAME SECONDS COMMAND...
run() {
	name=$1
	limit=$2
	shift 2
	echo "check $name"
	timeout -k 5 "$limit" "$@" >"results/$name.out" 2>"results/$name.err"
	echo $? >"results/$name.status"
}

# profile NAME ARGUMENTS...: profiles a command from its start to its end.
profile() {
	check=$1
	shift
	run "$check" 120 ./lprof-bpf -v -o "results/$check.json" "$@"
}

# begin NAME ARGUMENTS...: starts a profiler in the background and waits until its probes are in; end NAME: ends it.
begin() {
	begun=$1
	shift
	echo "check $begun"
	# Not under timeout, because that would send it a signal twice.
	./lprof-bpf -v -d 120 -o "results/$begun.json" "$@" >"results/$begun.out" 2>"results/$begun.err" &
	profiler=$!
	tries=0
	while ! grep -q ' attached ' "results/$begun.err" && kill -0 $profiler && [ $tries -lt 60 ]; do
		sleep 1
		tries=$((tries + 1))
	done
	sleep 1
}

end() {
	wait $profiler
	echo $? >"results/$begun.status"
}

# start_waiting: starts a program that waits for a line of input, in the background, with the writing end of its input
# as descriptor 7.
start_waiting() {
	rm -f input
	mkfifo input
	LD_LIBRARY_PATH=. ./shared_user wait <input >"results/$1.target" &
	target=$!
	exec 7>input
}

let_go() {
	echo >&7
	exec 7>&-
	wait $target
	echo $? >>"results/$1.target"
}

rm -rf results
mkdir results
uname -r >results/uname
run doctor 120 ./lprof-bpf doctor
run test_attach 300 ./test_attach

profile collatz -f collatz -- ./collatz 1000
profile every-line --every-line -f collatz -- ./collatz 300
profile threads -f step -f work -- ./threads
profile optimized -f step -f work -- ./threads-O2
profile recursion -f 'calls.c:*' -- ./calls
profile longjmp -f 'jumps.c:*' -- ./jumps
profile exceptions -f 'exceptions.cc:*' -- ./exceptions
profile switches -f 'switches.c:*' -- ./switches
# Time where no probe is: samples alone, beside counted lines, and to find what is to be counted.
profile samples-alone --no-probes -- ./turns 60
profile samples-counted -f outer -f rest -- ./turns 60
profile samples-found -- ./turns 0 10
profile started -f collatz -- env A=b ./collatz 300
profile no-such-function -f nonesuch -- ./collatz 10

start_waiting process
begin process -f 'shared_*' -x ./libshared.so -p $target
let_go process
end

begin system-wide -f 'shared_*' -x ./libshared.so
for turn in 1 2 3; do
	LD_LIBRARY_PATH=. ./shared_user >>results/system-wide.target
done
kill -TERM $profiler
end

# A process that comes into a cgroup while this is profiled.
mkdir cgroups
mount -t cgroup2 none cgroups
mkdir cgroups/lprof-check
start_waiting cgroup
(
	sleep 3
	echo $target >cgroups/lprof-check/cgroup.procs
) &
begin cgroup -f 'shared_*' -x ./libshared.so --cgroup "$PWD/cgroups/lprof-check"
let_go cgroup
kill -TERM $profiler
end
rmdir cgroups/lprof-check
umount cgroups
rmdir cgroups

# This program checks its own results all the time; wrong probes would spoil them.
./redzone >results/unharmed.target &
target=$!
sleep 1
run unharmed 120 ./lprof-bpf -v --max-overhead none -o results/unharmed.json -f mix -f bits -d 2 -p $target
kill -TERM $target
wait $target
echo "status $?" >>results/unharmed.target
