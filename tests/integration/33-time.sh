#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Times against what the programs measure themselves.
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

napping=$(number_of napper '*napped += nap(10000)')
short=$(number_of napper '*napped += nap(1000)')
spinning=$(number_of napper '*spun += spin(5000)')
sleeping=$(number_of napper 'usleep(')
for level in -O0 -O2; do
	build napper gcc "$WORK/napper" $level
	"$LPROF" -q -f day -f nap -o "$WORK/wall.json" -- "$WORK/napper" >"$WORK/wall.out"
	napped=$(counter napped "$WORK/wall.out")
	spun=$(counter spun "$WORK/wall.out")
	long_ns=$(time_of "$WORK/wall.json" day "$napping")
	short_ns=$(time_of "$WORK/wall.json" day "$short")
	near "$level: sleeping lines" $((napped * 1000)) $((long_ns + short_ns)) 3
	is "$level: long sleeps longer than short ones" 1 $((long_ns > 5 * short_ns))
	near "$level: spinning line" $((spun * 1000)) "$(time_of "$WORK/wall.json" day "$spinning")" 3
	near "$level: inside the callee" $((napped * 1000)) "$(time_of "$WORK/wall.json" nap "$sleeping")" 3
	is_json "$level: sums" True "$WORK/wall.json" \
		'all(f["time_ns"] == sum(l["time_ns"] for l in f["lines"]) for f in p["functions"])'
	is_json "$level: not longer than the run" True "$WORK/wall.json" \
		'all(f["time_ns"] <= p["duration_ns"] for f in p["functions"])'

	"$LPROF" -q --clock cpu -f day -o "$WORK/cpu.json" -- "$WORK/napper" >"$WORK/cpu.out"
	spun=$(counter spun "$WORK/cpu.out")
	near "$level, cpu: spinning line" $((spun * 1000)) "$(time_of "$WORK/cpu.json" day "$spinning")" 25
	is "$level, cpu: sleeping line" 1 $(($(time_of "$WORK/cpu.json" day "$napping") < 20000000))
	is_json "$level, cpu: clock" cpu "$WORK/cpu.json" 'p["clock"]'
done

# The callee's probes are not charged to the caller's line, nor are its own.
build napper gcc "$WORK/napper" -O0
"$LPROF" -q -f day -f nap -f spin -f now_us -o "$WORK/deep.json" -- "$WORK/napper" >"$WORK/deep.out"
near "probed callee: caller's line" "$(($(counter spun "$WORK/deep.out") * 1000))" \
	"$(($(time_of "$WORK/deep.json" day "$spinning") + $(get "$WORK/deep.json" 'p["probe"]["overhead_ns"]')))" 40

build collatz gcc "$WORK/collatz" -O0
"$WORK/collatz" 20000 >"$WORK/native.out" 2>"$WORK/native"
native=$(sed -n 's/^ns //p' "$WORK/native")
"$LPROF" -q -f collatz -o "$WORK/collatz.json" -- "$WORK/collatz" 20000 >"$WORK/collatz.out" 2>"$WORK/profiled"
profiled=$(sed -n 's/^ns //p' "$WORK/profiled")
measured=$(get "$WORK/collatz.json" 'f("collatz")["time_ns"]')
echo "  collatz: alone $((native / 1000)) us, profiled $((profiled / 1000)) us, of which the report says $((measured / 1000)) us"
# Probes make up nine tenths of the profiled time at least; the report must be much nearer to the time without.
is "collatz: own cost excluded" 1 $((measured > native / 4 && measured < native + (profiled - native) / 4))
finish
