#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Times, compared with those that the programs measure themselves.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler

counter() {
	sed -n "s/^counter $1 //p" "$2"
}

# near NAME EXPECTED FOUND PERCENT
near() {
	if python3 -c 'import sys
a, b, p = map(float, sys.argv[1:])
sys.exit(not abs(a - b) <= a * p / 100)' "$2" "$3" "$4"; then
		ok "$1 ($2, found $3)"
	else
		bad "$1: $3, expected $2 within $4 %"
	fi
}

# time_of PROFILE FUNCTION LINE
time_of() {
	get "$1" "[l['time_ns'] for l in f('$2')['lines'] if l['line'] == $3][0]"
}

# The same with the time in which the thread could have run and all processors were busy, which the program's own clock
# does not leave out.
elapsed_of() {
	get "$1" "[l['time_ns'] + l.get('waiting_ns', 0) for l in f('$2')['lines'] if l['line'] == $3][0]"
}

napping=$(number_of napper '*napped += nap(10000)')
short=$(number_of napper '*napped += nap(1000)')
spinning=$(number_of napper '*spun += spin(5000)')
sleeping=$(number_of napper 'usleep(')
for level in -O0 -O2; do
	build napper gcc "$WORK/napper" $level
	"$LPROF" -q -f day -f nap -o "$WORK/wall.json" -- "$WORK/napper" >"$WORK/wall.out"
	napped=$(counter napped "$WORK/wall.out")
	spun=$(counter spun "$WORK/wall.out")
	spun_cpu=$(counter spun_cpu "$WORK/wall.out")
	long_ns=$(elapsed_of "$WORK/wall.json" day "$napping")
	short_ns=$(elapsed_of "$WORK/wall.json" day "$short")
	near "$level: sleeping lines" $((napped * 1000)) $((long_ns + short_ns)) 3
	is "$level: long sleeps longer than short ones" 1 \
		$(($(time_of "$WORK/wall.json" day "$napping") > 5 * $(time_of "$WORK/wall.json" day "$short")))
	# What it waited for a processor is not in the table. But what the host machine took of the processor is, which the
	# program's clock of its processor time leaves out.
	spun_ns=$(time_of "$WORK/wall.json" day "$spinning")
	is "$level: spinning line: $spun_ns ns, from $spun_cpu to $spun us" 1 \
		$((spun_ns >= spun_cpu * 950 && spun_ns <= spun * 1050))
	# A wait of some milliseconds between the probe's reading of the clock and the program's is in one of them only.
	near "$level: spinning line, and waiting" $((spun * 1000)) "$(elapsed_of "$WORK/wall.json" day "$spinning")" 10
	near "$level: inside the callee" $((napped * 1000)) "$(elapsed_of "$WORK/wall.json" nap "$sleeping")" 3
	is_json "$level: sums" True "$WORK/wall.json" \
		'all(f["time_ns"] == sum(l["time_ns"] for l in f["lines"]) for f in p["functions"])'
	is_json "$level: not longer than the run" True "$WORK/wall.json" \
		'all(f["time_ns"] <= p["duration_ns"] for f in p["functions"])'

	"$LPROF" -q --clock cpu -f day -o "$WORK/cpu.json" -- "$WORK/napper" >"$WORK/cpu.out"
	spun=$(counter spun_cpu "$WORK/cpu.out")
	napped=$(counter napped "$WORK/cpu.out")
	near "$level, cpu: spinning line" $((spun * 1000)) "$(time_of "$WORK/cpu.json" day "$spinning")" 25
	is "$level, cpu: sleeping line" 1 $(($(time_of "$WORK/cpu.json" day "$napping") < napped * 1000 / 4))
	is_json "$level, cpu: clock" cpu "$WORK/cpu.json" 'p["clock"]'
done

# The caller's line is charged neither for the callee's probes nor for its own.
build napper gcc "$WORK/napper" -O0
"$LPROF" -q -f day -f nap -f spin -f now_us -o "$WORK/deep.json" -- "$WORK/napper" >"$WORK/deep.out"
near "probed callee: caller's line" "$(($(counter spun "$WORK/deep.out") * 1000))" \
	"$(($(elapsed_of "$WORK/deep.json" day "$spinning") + $(get "$WORK/deep.json" 'p["probe"]["overhead_ns"]')))" 40

# Lines of known cost in many situations. The bounds allow for a busy machine; `make bench` prints the real errors.
build spans gcc "$WORK/spans" -O1
callees=(-f spin -f nap -f take -f touch)
# known NAME NS PROGRAM_ARGS -- PROFILER_ARGS...: NS is the error allowed for a short line.
known() {
	local name=$1 ns=$2 program=()
	shift 2
	while [ "$1" != -- ]; do
		program+=("$1")
		shift
	done
	shift
	"$LPROF" -q -f lines "$@" -o "$WORK/spans.json" -- "$WORK/spans" "${program[@]}" >"$WORK/spans.out"
	check "$name" python3 "$HERE/spans.py" "$PROGRAMS/spans.c" "$WORK/spans.json" "$WORK/spans.out" lines --percent 20 --ns "$ns" \
		--skip lock
	is_json "$name: sums" True "$WORK/spans.json" \
		'all(f["time_ns"] == sum(l["time_ns"] for l in f["lines"]) for f in p["functions"])'
	is_json "$name: calls" "$(counter calls "$WORK/spans.out")" "$WORK/spans.json" 'f("lines")["calls"]'
	missed_none "$name" "$WORK/spans.json"
}
known "known lines" 300 3 --
known "known lines in recursion" 300 3 1 3 --
known "known lines, callees too" 700 3 -- "${callees[@]}"
known "known lines in 8 threads" 300 4 8 --
known "known lines in 8 threads, callees too" 700 4 8 -- "${callees[@]}"
is_json "known lines: waiting is told apart" True "$WORK/spans.json" 'f("lines")["waiting_ns"] > f("lines")["time_ns"] / 20'
is_json "known lines: blocked" True "$WORK/spans.json" \
	'0.3 < f("lines")["blocked_ns"] / sum(l["time_ns"] for l in f("nap")["lines"] + f("take")["lines"]) < 2'

# Time that is added to a line must be reported for that line.
build inject gcc "$WORK/inject" -O1
for extra in 0 20000; do
	"$LPROF" -q -f work -o "$WORK/inject.$extra.json" -- "$WORK/inject" 2 $extra >"$WORK/inject.$extra.out"
done
span() {
	sed -n "s/^span $1 //p" "$2"
}
# each TEXT EXTRA: nanoseconds for each hit of the line that contains TEXT
each() {
	get "$WORK/inject.$2.json" "round([l['time_ns'] / l['hits'] for l in f('work')['lines'] if l['line'] == $(number_of inject "$1")][0])"
}
near "injected" "$(span injected "$WORK/inject.20000.out")" $(($(each '/* injected */' 20000) - $(each '/* injected */' 0))) 10
for line in first second fourth; do
	difference=$(($(each "/* $line */" 20000) - $(each "/* $line */" 0)))
	is "injected: $line line differs by $difference ns" 1 $((difference > -2000 && difference < 2000))
done
near "total" "$(span twin "$WORK/inject.20000.out")" "$(get "$WORK/inject.20000.json" 'f("work")["time_ns"] / f("work")["calls"]')" 10

# Separate tables for threads. All threads make the same number of turns.
build threads gcc "$WORK/threads" -O0
"$LPROF" -q -f threads.c:step -f work -o "$WORK/together.json" -- "$WORK/threads" 5000 >"$WORK/threads.out"
"$LPROF" -q --by thread -f threads.c:step -f work -o "$WORK/apart.json" -- "$WORK/threads" 5000 >"$WORK/threads.out"
missed_none "by thread" "$WORK/apart.json"
threads=$(get "$WORK/apart.json" 'len({g["tid"] for g in p["functions"]})')
is "by thread: several" 1 $((threads > 1))
is_json "by thread: one process" 1 "$WORK/apart.json" 'len({g["pid"] for g in p["functions"]})'
is_json "by thread: each its own calls" "[('step', 5000), ('work', 1)]" "$WORK/apart.json" \
	'sorted({(g["name"], g["calls"]) for g in p["functions"] if g["calls"]})'
python3 "$HERE/lprof_json.py" same "$WORK/together.json" "$WORK/apart.json" >"$WORK/same"
is "by thread: as many together" 0 $?
build shared gcc "$WORK/libshared.so" -O0 -fPIC -shared
build shared_user gcc "$WORK/shared_user" -O0 -L"$WORK" -Wl,--no-as-needed -lshared -Wl,-rpath,"$WORK"
"$LPROF" -q "${EXACT[@]}" --by process -f 'shared_*' -x "$WORK/libshared.so" -o "$WORK/users.json" &
profiler=$!
child $profiler
sleep 1.5
for turn in 1 2 3; do
	"$WORK/shared_user" >"$WORK/user.out"
done
stop $profiler INT
is_json "by process: three" 3 "$WORK/users.json" 'len({g["pid"] for g in p["functions"]})'
is_json "by process: the same hits" 1 "$WORK/users.json" 'len({str([g["lines"] and [l["hits"] for l in g["lines"]] for g in p["functions"] if g["pid"] == pid]) for pid in {g["pid"] for g in p["functions"]}})'
is_json "by process: named" "{'shared_user'}" "$WORK/users.json" '{g["comm"] for g in p["functions"]}'
# Lines that no probe can time in a library that is opened after profiling began: none is shown as if it took nothing.
"$LPROF" -q -f 'shared_*' -x "$WORK/libshared.so" -o "$WORK/late.json" -- python3 -c "import ctypes
shared_sum = ctypes.CDLL('$WORK/libshared.so').shared_sum
for turn in range(300): shared_sum(20)"
is_json "opened late: calls" "[300, 6000]" "$WORK/late.json" 'sorted(g["calls"] for g in p["functions"])'
is_json "opened late: times are known or marked" "[]" "$WORK/late.json" \
	'[l for g in p["functions"] for l in g["lines"] if l["time_ns"] * 10 < l["hits"] and "below_resolution" not in l]'
"$LPROF" -q --by process -f threads.c:step -f work -- "$WORK/threads" 50 >"$WORK/by.txt"
is "by process: in the table, a table a function" 2 "$(grep -c '^Process: [0-9]* (threads)$' "$WORK/by.txt")"

build collatz gcc "$WORK/collatz" -O0
"$WORK/collatz" 20000 >"$WORK/native.out" 2>"$WORK/native"
native=$(sed -n 's/^cpu_ns //p' "$WORK/native")
"$LPROF" -q -f collatz -o "$WORK/collatz.json" -- "$WORK/collatz" 20000 >"$WORK/collatz.out" 2>"$WORK/profiled"
profiled=$(sed -n 's/^cpu_ns //p' "$WORK/profiled")
measured=$(get "$WORK/collatz.json" 'f("collatz")["time_ns"]')
echo "  collatz: alone $((native / 1000)) us, profiled $((profiled / 1000)) us, of which the report says $((measured / 1000)) us"
# Probes take at least nine tenths of the profiled time; the report must be much nearer to the time without them.
is "collatz: own cost excluded" 1 $((measured > native / 4 && measured < native + (profiled - native) / 4))
finish
