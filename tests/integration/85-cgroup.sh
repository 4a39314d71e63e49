#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All processes in a cgroup: those that are there, those that they start, and those that come into it. Each process says
# itself how many turns its loop made.
. "$(dirname "$0")/lib.sh"
need gcc python3 jsonschema unshare
need_profiler

. "$HERE/cgroups.sh"

build family gcc "$WORK/family" -O1 || bad "build"
build entering gcc "$WORK/entering" -O1 || bad "build"
F=$WORK/family
LINE=$(number_of family '/* turn */')

# turns: the sum of what the processes of this part of the script said.
turns() {
	cat "$WORK"/said.* | awk '$1 == "turns" { sum += $2 } END { print sum + 0 }'
}

# start TURNS [CGROUP]: starts a process that works when it is asked to, in the CGROUP. Its ID is in ASKED.
start() {
	local said=$WORK/new
	rm -f "$said"
	"$F" asked "$1" >"$said" &
	ASKED=$!
	child $ASKED
	wait_for 10 grep -q ready "$said" || bad "the program did not start"
	mv "$said" "$WORK/said.$ASKED"
	[ -z "${2:-}" ] || echo $ASKED >"$2/cgroup.procs"
}

worked() {
	[ "$(grep -c turns "$WORK/said.$1")" = "$2" ]
}

# ask PID: asks it to work, and waits until it has.
ask() {
	local before
	before=$(grep -c turns "$WORK/said.$1")
	kill -USR1 "$1"
	wait_for 10 worked "$1" $((before + 1)) || bad "process $1 did not work"
}

# profile PROFILER-ARGUMENTS...: starts the profiler.
FUNCTIONS=(-f work)
profile() {
	rm -f "$WORK/err" "$WORK/cgroup.json"
	"$LPROF" "${FUNCTIONS[@]}" "${EXACT[@]}" --by process -o "$WORK/cgroup.json" "$@" 2>"$WORK/err" &
	PROFILER=$!
	child $PROFILER
	wait_for 20 grep -q "Ctrl-C" "$WORK/err" || bad "the profiler did not start: $(cat "$WORK/err")"
}

# finished NAME: ends the profiler, and then all processes that work when they are asked to.
finished() {
	local pid
	stop $PROFILER INT
	is "$1: status" 0 $?
	for pid in "$WORK"/said.*; do
		pid=${pid##*.}
		kill -TERM "$pid" && wait "$pid"
		forget "$pid"
	done
	missed_none "$1" "$WORK/cgroup.json"
}

# hits_of PID: the hits of the loop in this process.
hits_of() {
	get "$WORK/cgroup.json" \
		"sum(l['hits'] for f in p['functions'] if f['pid'] == $1 for l in f['lines'] if l['line'] == $LINE)"
}

# section: what the processes have said is forgotten.
section() {
	rm -f "$WORK"/said.*
}

# Processes that are there when profiling begins, in cgroups below as well. Others are not profiled, nor is what is asked
# for before. Then one is moved there, and one into a cgroup that is made only now.
section
mkdir "$CGROUP/below"
start 13 "$CGROUP"
first=$ASKED
start 17 "$CGROUP/below"
second=$ASKED
start 19
other=$ASKED
start 23
moved=$ASKED
start 29
made=$ASKED
ask $first
profile --cgroup "$NAME"
for pid in $first $second $second $other $moved; do
	ask $pid
done
echo $moved >"$CGROUP/cgroup.procs"
mkdir "$CGROUP/made" "$CGROUP/made/deeper"
echo $made >"$CGROUP/made/deeper/cgroup.procs"
check "moved: it has probes" wait_for 5 probed $moved
check "moved into a new one: it has probes" wait_for 5 probed $made
for pid in $moved $made $made $first $other; do
	ask $pid
done
finished "there and moved"
is "there: hits" $((2 * 13)) "$(hits_of $first)"
is "there, below: hits" $((2 * 17)) "$(hits_of $second)"
is "elsewhere: hits" 0 "$(hits_of $other)"
is "moved: hits since then" 23 "$(hits_of $moved)"
is "moved into a new one: hits" $((2 * 29)) "$(hits_of $made)"
is_json "moved: said" 1 "$WORK/cgroup.json" "sum('2 of the processes came into the cgroup' in n for n in p['notes'])"
is_json "process IDs" "$(printf '%s\n' $first $second $moved $made | sort -n | paste -s -d,)" "$WORK/cgroup.json" \
	"','.join(map(str, sorted(p['pids'])))"

# Nothing is there at the beginning. A process comes by executing its program there, and one is forked there. They run at
# once: what they did before they had probes is missing.
section
profile --cgroup "$ROOT/$NAME"
check "empty: said" grep -q "there is no process in the cgroup /$NAME now" "$WORK/err"
sh -c "echo \$\$ >$CGROUP/cgroup.procs; exec $F asked 31" >"$WORK/executed" &
executed=$!
child $executed
"$WORK/entering" "$CGROUP" "$F" asked 37 >"$WORK/forked" &
entering=$!
child $entering
wait_for 10 grep -q ready "$WORK/forked" || bad "the program did not start"
forked=$(pgrep -P $entering)
child "$forked"
mv "$WORK/executed" "$WORK/said.$executed"
mv "$WORK/forked" "$WORK/said.$forked"
check "executed there: it has probes" wait_for 5 probed $executed
check "forked there: it has probes" wait_for 5 probed "$forked"
ask $executed
ask "$forked"
ask "$forked"
kill -TERM "$forked"
wait $entering
forget $entering
forget "$forked"
rm "$WORK/said.$forked"
finished "came by themselves"
is "executed there: hits" 31 "$(hits_of $executed)"
is "forked there: hits" $((2 * 37)) "$(hits_of "$forked")"

# Processes that live for a moment only, and come in each of these ways. The kernel tells of each of them: in so short a
# time, the directory is mostly not read. One that lives longer has the program's probes put in before.
section
N=1
# found NAME NUMBER: there were so many processes, with those that are said to have ended before they had probes.
found() {
	is_json "$1" "$2" "$WORK/cgroup.json" \
		"len(p['pids']) + sum(int(n.split()[0]) for n in p['notes'] if 'had ended before they could' in n)"
}
# shortly COMMAND...
shortly() {
	"$@" "$F" brief 60 >"$WORK/out"
	N=$((N + 1))
}
start 3 "$CGROUP"
profile --cgroup "$NAME"
for i in 1 2 3 4; do
	shortly "$WORK/entering" "$CGROUP"
	shortly sh -c "echo \$\$ >$CGROUP/cgroup.procs; exec \"\$@\"" sh
	mkdir "$CGROUP/short$i"
	shortly sh -c "echo \$\$ >$CGROUP/short$i/cgroup.procs; exec \"\$@\"" sh
	check "short: a cgroup is removed" wait_for 5 rmdir "$CGROUP/short$i"
done
finished "short"
found "short: each is found" $N

# A process is moved there, and forks a child at once, before anybody has looked at it.
section
"$F" server >"$WORK/server" &
server=$!
child $server
wait_for 10 grep -q ready "$WORK/server" || bad "the server did not start"
start 7 "$CGROUP"
profile --cgroup "$NAME"
echo $server >"$CGROUP/cgroup.procs"
kill -USR1 $server
wait_for 10 pgrep -P $server || bad "there is no child"
forked=$(pgrep -P $server)
sleep 1
finished "forked at once"
is_json "forked at once: the child is profiled" True "$WORK/cgroup.json" "$forked in p['pids']"
check "forked at once: its hits" test "$(hits_of "$forked")" -gt 100
kill -TERM $server
wait $server
forget $server

# What is not there is said: all that is named, some of it.
section
start 5 "$CGROUP"
profile --cgroup "$NAME" -f nothing_of_it
check "some is missing: said" grep -q "/proc/$ASKED/exe has not each function that -f names" "$WORK/err"
ask $ASKED
stop $PROFILER INT
is "some is missing: status" 0 $?
is "some is missing: hits" 5 "$(hits_of $ASKED)"
FUNCTIONS=(-f wrok)
profile --cgroup "$NAME"
check "all is missing: said" grep -q "nothing can be profiled in the processes that are in the cgroup /$NAME now" "$WORK/err"
check "all is missing: what it may have been" grep -q "wrok.*work" "$WORK/err"
stop $PROFILER INT
is "all is missing: status" 1 $?
check "all is missing: said at the end" grep -q "nothing could be profiled in the processes of the cgroup /$NAME" "$WORK/err"
FUNCTIONS=(-f work)
kill -TERM $ASKED
wait $ASKED
forget $ASKED

# A child that is there is profiled like its parent, which is found first: nothing says that it is not.
section
"$F" hard 30000 >"$WORK/hard" &
hard=$!
child $hard
wait_for 10 pgrep -P $hard || bad "there is no child"
child "$(pgrep -P $hard)"
for pid in $hard $(pgrep -P $hard); do
	echo "$pid" >"$CGROUP/cgroup.procs"
done
timeout 20 "$LPROF" -q "${EXACT[@]}" -f work --cgroup "$NAME" -d 1 -o "$WORK/cgroup.json"
is "child: status" 0 $?
is_json "child: it is profiled" True "$WORK/cgroup.json" "hits('family.c', $LINE) > 1000"
is_json "child: nothing says that it is not" 0 "$WORK/cgroup.json" "sum('is not profiled' in n for n in p['notes'])"
kill "$(pgrep -P $hard)"
wait $hard

# Many processes of a program that has nothing to be profiled: it is searched once. That takes a tenth of a second.
section
mkdir "$CGROUP/many"
for i in {1..300}; do
	sleep 60 &
	echo $! >"$CGROUP/many/cgroup.procs"
done
start 11 "$CGROUP/many"
before=$EPOCHREALTIME
profile --cgroup "$NAME/many"
took=$(python3 -c "print(int($EPOCHREALTIME - $before))")
check "many: they are looked at within 10 s" test "$took" -lt 10
ask $ASKED
xargs kill <<<"$(grep -v -x $ASKED "$CGROUP/many/cgroup.procs")"
finished "many"
is "many: hits" 11 "$(hits_of $ASKED)"

# The cgroup is removed and made again, as systemd does when a service is restarted.
section
rmdir "$CGROUP/made/deeper" "$CGROUP/made" "$CGROUP/below" "$CGROUP/many"
start 41 "$CGROUP"
first=$ASKED
profile --cgroup "/$NAME"
ask $first
kill -TERM $first
wait $first
forget $first
rm "$WORK/said.$first"
check "again: it is removed" wait_for 5 rmdir "$CGROUP"
sleep 0.3
mkdir "$CGROUP"
for i in 1 2 3; do
	shortly sh -c "echo \$\$ >$CGROUP/cgroup.procs; exec \"\$@\"" sh
	check "made again: it is removed" wait_for 5 rmdir "$CGROUP"
	mkdir "$CGROUP"
done
sh -c "echo \$\$ >$CGROUP/cgroup.procs; exec $F asked 43" >"$WORK/again" &
again=$!
child $again
wait_for 10 grep -q ready "$WORK/again" || bad "the program did not start"
mv "$WORK/again" "$WORK/said.$again"
check "again: it has probes" wait_for 5 probed $again
ask $again
finished "made again"
found "made again: each is found" 5
is "made again: hits before" 41 "$(hits_of $first)"
is "made again: hits" 43 "$(hits_of $again)"

# ... and so is the one above it. Nobody tells of that, but the directory is read now and then.
section
mkdir -p "$CGROUP/above/it"
start 53 "$CGROUP/above/it"
profile --cgroup "$NAME/above/it"
kill -TERM $ASKED
wait $ASKED
forget $ASKED
section
check "both again: they are removed" wait_for 5 rmdir "$CGROUP/above/it" "$CGROUP/above"
sleep 0.5
mkdir -p "$CGROUP/above/it"
start 59 "$CGROUP/above/it"
check "both again: it has probes" wait_for 5 probed $ASKED
ask $ASKED
finished "both made again"
is "both made again: hits" 59 "$(hits_of $ASKED)"

# The profiler is in the cgroup itself, and so is who has started it. That one is profiled, but not what helps the
# profiler.
section
echo $$ >"$CGROUP/cgroup.procs"
FUNCTIONS=()
profile --no-probes --cgroup "$NAME"
sleep 1
echo $$ >"$ROOT/cgroup.procs"
ps -eo pid=,pgid=,comm= | awk '$3 ~ /^lprof/ { print $1 }' >"$WORK/ours"
check "the profiler in it: it is, and has helpers" [ "$(grep -c . "$CGROUP/cgroup.procs")" -gt 1 ]
stop $PROFILER INT
is "the profiler in it: status" 0 $?
is_json "the profiler in it: who has started it" True "$WORK/cgroup.json" "$$ in p['pids']"
is_json "the profiler in it: not its own processes" "set()" "$WORK/cgroup.json" \
	"set(p['pids']) & {$(paste -s -d, "$WORK/ours")}"
FUNCTIONS=(-f work)

# Where a process is stands in the report and in what is pushed, with the container and the unit that this is of.
section
ID=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
mkdir -p "$CGROUP/docker-$ID.scope" "$CGROUP/getty@tty1.service"
start 61 "$CGROUP/docker-$ID.scope"
first=$ASKED
start 67 "$CGROUP/getty@tty1.service"
second=$ASKED
profile --cgroup "$NAME"
ask $first
ask $second
finished "names"
# named PID: where this process is, by the report.
named() {
	get "$WORK/cgroup.json" "[q for q in p['processes'] if q['pid'] == $1]"
}
is "names: a container" \
	"[{'pid': $first, 'cgroup': '/$NAME/docker-$ID.scope', 'runtime': 'docker', 'container': '$ID'}]" "$(named $first)"
is "names: a unit" "[{'pid': $second, 'cgroup': '/$NAME/getty@tty1.service', 'unit': 'getty@tty1.service'}]" "$(named $second)"
check "names: the schema" jsonschema -i "$WORK/cgroup.json" "$TOP/src/report/profile.schema.json"
cp "$WORK/cgroup.json" "$WORK/saved.json"
"$LPROF" report -o "$WORK/again.json" "$WORK/saved.json" "$WORK/saved.json" 2>"$WORK/err"
is "names: in a merged report" "$(get "$WORK/saved.json" "p['processes']")" "$(get "$WORK/again.json" "p['processes']")"

# pushed ARGUMENTS...: profiles with these arguments and prints the labels that a store gets.
pushed() {
	local store=$WORK/store port pid
	rm -rf "$store" "$WORK/store.out"
	mkdir "$store"
	echo 200 >"$store/mode"
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	python3 "$HERE/receiver.py" "$store" "$port" >"$WORK/store.out" 2>&1 &
	pid=$!
	wait_for 10 grep -q ready "$WORK/store.out"
	"$LPROF" -q --no-probes -d 0.5 -o "$WORK/pushed.json" --push "http://127.0.0.1:$port" --spool "$WORK/spool" "$@"
	kill $pid
	wait $pid 2>/dev/null
	python3 "$HERE/received.py" "$store" 'every[-1]["query"]["name"]'
}
start 71 "$CGROUP/getty@tty1.service"
is "names: pushed, -p" "family{pid=$ASKED,hostname=$(uname -n),clock=wall,cgroup=/$NAME/getty_tty1.service,unit=getty_tty1.service}" \
	"$(pushed -p $ASKED)"
is "names: pushed, --cgroup" \
	"getty_tty1.service{hostname=$(uname -n),clock=wall,cgroup=/$NAME/getty_tty1.service,unit=getty_tty1.service}" \
	"$(pushed --cgroup "$NAME/getty@tty1.service")"
kill -TERM $ASKED
wait $ASKED
forget $ASKED

# What there is not.
RUNNER=()
refused() {
	local name=$1 words=$2
	shift 2
	timeout 20 "${RUNNER[@]}" "$LPROF" -f work -d 1 "$@" >"$WORK/out" 2>"$WORK/err"
	is "$name: status" "${REFUSED:-1}" $?
	check "$name: said" grep -q -F -e "$words" "$WORK/err"
	is "$name: in a line" 1 "$(wc -l <"$WORK/err")"
}
refused "no such cgroup" "systemctl show -p ControlGroup UNIT" --cgroup "$NAME/nothing"
refused "outside" "there is no cgroup /etc" --cgroup /etc
# Where no cgroup2 file system is mounted, in a mount namespace of its own.
RUNNER=(unshare -m sh -c 'umount -a -t cgroup2; exec "$@"' sh)
refused "not mounted" "no cgroup2 file system is mounted here" --cgroup "$NAME"
RUNNER=()
REFUSED=2
refused "-p as well" "give one of them" --cgroup "$NAME" -p $$
refused "a command as well" "give one of them" --cgroup "$NAME" -- true
refused "--no-follow" "leave one out" --cgroup "$NAME" --no-follow
refused "an empty name" "is not empty" --cgroup ""
old=$(awk '$3 == "cgroup" { print $2; exit }' /proc/self/mounts)
if [ -n "$old" ]; then
	REFUSED=1
	refused "version 1" "is a cgroup of version 1" --cgroup "$old"
fi
finish
