#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pythons from 3.12 on within a budget: lines that are hit often are counted in windows, others all the time; the program
# is hardly slowed, also when nobody looks after it any more.
# shellcheck source=tests/integration/lib.sh
. tests/integration/lib.sh
need_profiler
need apt-get dpkg-deb python3
SCRIPTS=$TOP/tests/python
umask 022

PYTHONS=()
for version in 3.12 3.13 3.14 3.15; do
	if newer=$(tests/deps/pythons $version); then PYTHONS+=("$newer"); else echo "  skipped: Python $version"; fi
done
check "there is one" test ${#PYTHONS[@]} != 0

# A program with two copies of a loop by turns, of which one is profiled. It says for every 50 ms of its processor time how
# many turns this one has made in a second of that, and how fast it was compared with the other one, in per mille: so it
# does not matter how fast the machine is at the moment.
cat >"$WORK/paced.py" <<'EOF'
import os
import signal
import sys
import time
def hot(n):
    total = 0
    for i in range(n):
        x = i * 3
        if x & 1:
            total += x
        else:
            total -= 1
    return total
def same(n):
    total = 0
    for i in range(n):
        x = i * 3
        if x & 1:
            total += x
        else:
            total -= 1
    return total
def rare(n):
    total = sum(range(n))
    return total
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
total = calls = 0
with open(sys.argv[1] + ".pid", "w") as out:
    print(os.getpid(), file=out)
with open(sys.argv[1], "w", buffering=1) as out:
    while not stopped:
        turns, spent = 0, [0, 0]
        while sum(spent) < 50_000_000:
            for number, work in enumerate((hot, same)):
                began = time.process_time_ns()
                work(5000)
                spent[number] += time.process_time_ns() - began
            turns += 5000
        rare(1000)
        calls += 1
        total += turns
        print(time.monotonic_ns(), turns * 1e9 / sum(spent), 1000 * spent[1] / spent[0], file=out)
print(total, calls)
EOF
line() {
	grep -n -F -m 1 -e "$1" "$WORK/paced.py" | cut -d: -f1
}
# median COLUMN FROM TO: of what was said between these moments.
median() {
	awk -v column="$1" -v from="$2" -v to="$3" '$1 > from && $1 <= to { print int($column) }' "$WORK/pace" | sort -n |
		awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] + 0 }'
}
now() {
	python3 -c 'import time; print(time.monotonic_ns())'
}
begin_paced() {
	rm -f "$WORK/pace"
	"$@" "$WORK/paced.py" "$WORK/pace" >"$WORK/paced.out" 2>"$WORK/paced.err" &
	pid=$!
	child $pid
	check "the program has begun" wait_for 10 test -s "$WORK/pace"
}
end_paced() {
	kill -TERM $pid
	wait $pid
	is "$1: the program ends as ever" 0 $?
	forget $pid
	is "$1: nothing on standard error" "" "$(cat "$WORK/paced.err")"
}
OWN='(p["budget"]["target_ns"] - p["budget"]["spent_ns"]) / 1e9'
HOT='{l["line"]: l for l in f("hot")["lines"]}'
# How good estimates of such tight loops are, README says: this finds what is wrong beyond that.
hot_within() {
	is_json "$1: turns, within their interval or 60 %" True "$2" \
		"abs($HOT[$(line 'x = i * 3')]['hits'] - $3 * $OWN) <= max($3 * $OWN * 0.6, $HOT[$(line 'x = i * 3')]['hits_uncertainty'])"
	is_json "$1: every second turn goes one way, within intervals" True "$2" \
		"(lambda turn, half: abs(turn['hits'] / 2 - half['hits']) <= turn['hits_uncertainty'] / 2 + half['hits_uncertainty'])($HOT[$(line 'x = i * 3')], $HOT[$(line 'total += x')])"
}

for python in "${PYTHONS[@]}"; do
	version=$(basename "$python")

	# Started with a budget.
	begin_paced "$LPROF" -q --max-overhead 5 -f hot -f rare -o "$WORK/started.json" -- "$python"
	sleep 4
	kill -TERM "$(cat "$WORK/pace.pid")"
	wait $pid
	is "$version: status" 0 $?
	forget $pid
	read -r turns calls <"$WORK/paced.out"
	JSON=$WORK/started.json
	is_json "$version: hits of a hot line are estimates" True "$JSON" "f('hot')['estimated'] and $HOT[$(line 'x = i * 3')]['hits_uncertainty'] > 0"
	is_json "$version: all turns, within their interval or 60 %" True "$JSON" \
		"(lambda l: abs(l['hits'] - $turns) <= max($turns * 0.6, l['hits_uncertainty']))($HOT[$(line 'x = i * 3')])"
	is_json "$version: what fits is exact" "$calls 0" "$JSON" '"%d %d" % (f("rare")["calls"], f("rare").get("calls_uncertainty", 0))'
	is_json "$version: what it took" True "$JSON" '0 < p["budget"]["spent_ns"] < 0.06 * p["budget"]["target_ns"]'
	is_json "$version: windows" True "$JSON" 'p["budget"]["windows"] > 5'
	is_json "$version: time, about a half" True "$JSON" "0.25e9 * $OWN < f('hot')['time_ns'] < 0.75e9 * $OWN"
done

# Attached, as it is without any option.
for python in "${PYTHONS[@]}"; do
	version=$(basename "$python")
	case $version in *3.1[23]) continue ;; esac
	begin_paced "$python"
	sleep 1
	off=() on=()
	for turn in 1 2 3; do
		before=$(now)
		sleep 1
		off+=("$(median 3 "$before" "$(now)")")
		before=$(now)
		"$LPROF" -q -f hot -d 3 -o "$WORK/attached-$turn.json" -p $pid
		is "$version: attached" 0 $?
		on+=("$(median 3 "$before" "$(now)")")
		rate=$(median 2 "$before" "$(now)")
	done
	off=$(printf '%s\n' "${off[@]}" | sort -n | sed -n 2p)
	on=$(printf '%s\n' "${on[@]}" | sort -n | sed -n 2p)
	echo "  $version: $off per mille of the other loop's speed without, $on with profiling"
	is "$version: it was hardly slowed" 1 $((on * 100 > off * 93))
	hot_within "$version" "$WORK/attached-3.json" "$rate"
	# Some milliseconds may be spent before anything is earned.
	is_json "$version: said" True "$WORK/attached-3.json" 'p["budget"]["percent"] == 2 and p["budget"]["spent_ns"] < 0.025 * p["budget"]["target_ns"] + 10e6'
	"$LPROF" -q --color never -f hot -d 1 -p $pid >"$WORK/table"
	check "$version: the report says what it took" grep -q "Profiling took .* % of the target's time (at most 2 %)" "$WORK/table"
	check "$version: estimates are marked" grep -q "^ *$(line 'x = i * 3') .*\*" "$WORK/table"

	# Nobody looks after it.
	"$LPROF" -q -f hot -p $pid >/dev/null &
	profiler=$!
	child $profiler
	sleep 1
	kill -STOP $profiler
	before=$(now)
	sleep 2
	stopped=$(median 3 "$before" "$(now)")
	stop $profiler KILL
	before=$(now)
	sleep 1
	killed=$(median 3 "$before" "$(now)")
	echo "  $version: $stopped with a profiler that is stopped, $killed when it was killed"
	is "$version: stopped: it is hardly slowed" 1 $((stopped * 100 > off * 93))
	is "$version: killed: it is hardly slowed" 1 $((killed * 100 > off * 93))
	check "$version: killed: the thread ends" wait_for 30 eval "[ \$(ls /proc/$pid/task | wc -l) = 1 ]"
	end_paced "$version"
done

# Lines that fit by themselves are counted all the time, and the others for each hit of these: so their counts are good, and
# agree with each other. A function that is called too often for that is counted with its caller. How long the whole
# function takes is measured in calls without events, so this is right, however little of the time of a window is its own.
cat >"$WORK/agree.py" <<'EOF'
import sys
import time
def leaf(x):
    return x + 1
def hot(n):
    total = 0
    for i in range(n):
        if i & 3:
            total = leaf(total)
    return total
calls, spent, end = 0, 0, time.process_time() + 2
while time.process_time() < end:
    began = time.process_time_ns()
    hot(4000)
    spent += time.process_time_ns() - began
    calls += 1
print(calls, spent)
EOF
AGREE='{l["line"]: l for name in ("hot", "leaf") for l in f(name)["lines"]}'
for python in "${PYTHONS[@]}"; do
	version=$(basename "$python")
	for percent in 2 5; do
		"$LPROF" -q --max-overhead $percent -f hot -f leaf -o "$WORK/agree.json" -- "$python" "$WORK/agree.py" >"$WORK/out"
		is "$version agree: status" 0 $?
		read -r calls spent <"$WORK/out"
		is_json "$version agree: lines outside of the loop are exact" "$calls $calls $calls" "$WORK/agree.json" \
			"'%d %d %d' % (f('hot')['calls'], $AGREE[6]['hits'], $AGREE[10]['hits'])"
		is_json "$version agree: and no estimates" 0 "$WORK/agree.json" "$AGREE[6].get('hits_uncertainty', 0)"
		is_json "$version agree: turns" True "$WORK/agree.json" \
			"(lambda l: all(abs(l[line]['hits'] / (times * $calls) - 1) < 0.02 for line, times in ((7, 4001), (8, 4000), (9, 3000))))($AGREE)"
		is_json "$version agree: they are estimates" True "$WORK/agree.json" "$AGREE[8]['hits_uncertainty'] > 0"
		is_json "$version agree: the loop has a turn for each of its hits but one in each call" True "$WORK/agree.json" \
			"(lambda l: abs(l[7]['hits'] - l[8]['hits'] - $calls) <= 0.001 * l[8]['hits'])($AGREE)"
		is_json "$version agree: time" True "$WORK/agree.json" "abs(f('hot')['time_ns'] / $spent - 1) < 0.3"
		is_json "$version agree: calls of the function in it" True "$WORK/agree.json" \
			"(lambda l: abs(l['hits'] - 3000 * $calls) <= max(l['hits_uncertainty'], 0.05 * 3000 * $calls) and l['hits_uncertainty'] < 0.25 * l['hits'])($AGREE[4])"
	done
done

# Most calls are short, and a few have a loop that costs too much to be counted from one call to the next: with these calls
# left out, hardly a hit would be seen. (Windows know the loop to a factor of two or three.)
cat >"$WORK/tail.py" <<'EOF'
import time
def tail(n):
    if n:
        return tail(n - 1)
    total = 0
    for i in range(200000): total += i
    return total
loops, end = 0, time.process_time() + 3
while time.process_time() < end:
    tail(100)
    loops += 1
print(loops * 200001)
EOF
for python in "${PYTHONS[@]}"; do
	version=$(basename "$python")
	"$LPROF" -q --max-overhead 2 -f tail -o "$WORK/tail.json" -- "$python" "$WORK/tail.py" >"$WORK/out"
	is "$version tail: status" 0 $?
	is_json "$version tail: the loop's hits, to a factor of five" True "$WORK/tail.json" \
		"0.2 < [l['hits'] for l in f('tail')['lines'] if l['line'] == 6][0] / $(cat "$WORK/out") < 5"
done

# A program that forks while it is counted in windows: Python does not warn of threads, and the child is counted, too.
cat >"$WORK/forks.py" <<'EOF'
import os
import sys
import time
import warnings
warnings.simplefilter("error")
def hot(n):
    total = 0
    for i in range(n):
        total += i
    return total
def work(seconds):
    turns, end = 0, time.process_time() + seconds
    while time.process_time() < end:
        hot(10000)
        turns += 10000
    return turns
total = work(1)
for _ in range(5):
    pid = os.fork()
    if not pid:
        with open(sys.argv[1] + str(os.getpid()), "w") as out:
            print(work(0.6), file=out)
        os._exit(0)
    total += work(0.3)
    if os.waitpid(pid, 0)[1]:
        sys.exit("a child failed")
print(total)
EOF
for python in "${PYTHONS[@]}"; do
	version=$(basename "$python")
	rm -f "$WORK"/child.*
	"$LPROF" -q --max-overhead 5 -f hot -o "$WORK/forks.json" -- "$python" "$WORK/forks.py" "$WORK/child." >"$WORK/out" 2>"$WORK/err"
	is "$version forks: status" 0 $?
	is "$version forks: nothing on standard error" "" "$(cat "$WORK/err")"
	turns=$(cat "$WORK/out" "$WORK"/child.* | awk '{ sum += $1 } END { print sum }')
	is_json "$version forks: turns of all, within their interval or 60 %" True "$WORK/forks.json" \
		"(lambda l: abs(l['hits'] - $turns) <= max($turns * 0.6, l['hits_uncertainty']))(f('hot')['lines'][2])"
done

# Programs of all kinds, in which everything is counted: they do what they do.
for python in "${PYTHONS[@]}"; do
	version=$(basename "$python")
	for script in flow async_flow recursive; do
		"$python" "$SCRIPTS/$script.py" >"$WORK/expected"
		"$LPROF" -q --max-overhead 0.5 -f '*' -o "$WORK/all.json" -- "$python" "$SCRIPTS/$script.py" >"$WORK/out"
		is "$version $script: status" 0 $?
		check "$version $script: its own output" cmp "$WORK/expected" "$WORK/out"
	done
done

finish
