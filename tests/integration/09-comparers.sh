#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The comparing programs of other scripts detect each kind of difference: with the numbers of their own reference they
# pass; with one number changed they fail and name the place. This does not need the profiler.
. "$(dirname "$0")/lib.sh"
need gcov gcc valgrind objdump python3

# refuse NAME TEXT COMMAND...: the command must fail with TEXT in its output.
refuse() {
	local name=$1 text=$2
	shift 2
	if "$@" >"$WORK/refuse.log" 2>&1; then
		bad "$name: not noticed"
	elif [ -z "$text" ] || grep -q -F -e "$text" "$WORK/refuse.log"; then
		ok "$name"
	else
		bad "$name: without '$text':"
		cat "$WORK/refuse.log"
	fi
}

# mutate EXPRESSION: writes mutant.json, which is good.json after the statement was applied to it as `p`.
mutate() {
	python3 -c 'import json, sys
p = json.load(open(sys.argv[1]))
def line(n): return [l for f in p["functions"] for l in f["lines"] if l["line"] == n][0]
exec(sys.argv[3])
json.dump(p, open(sys.argv[2], "w"))' "$WORK/good.json" "$WORK/mutant.json" "$1"
}

number() {
	grep -n -F -m 1 -e "$1" "$PROGRAMS/loops.c" | cut -d: -f1
}

mkdir "$WORK/gcov"
build loops gcc "$WORK/gcov/loops" -O0 --coverage
(cd "$WORK/gcov" && ./loops >out)
python3 "$HERE/compare_gcov.py" --convert "$WORK/gcov" >"$WORK/good.json"
gcov_compare=(python3 "$HERE/compare_gcov.py" "$WORK/mutant.json" "$WORK/gcov" "$PROGRAMS")
comments=(python3 "$HERE/lprof_json.py" check "$PROGRAMS/loops.c" "$WORK/mutant.json" --counters "$WORK/gcov/out")
same=(python3 "$HERE/lprof_json.py" same "$WORK/good.json" "$WORK/mutant.json")
at=$(number 'sum += i * i;')
function=$(number 'loop_for(')

mutate 'pass'
check "gcov: equal" "${gcov_compare[@]}"
check "comments: equal" "${comments[@]}"
check "same: equal" "${same[@]}"
mutate "line($at)['hits'] += 1"
refuse "gcov: one hit too many" "loops.c:$at: gcov 1110, lprof-bpf 1111: sum += i * i" "${gcov_compare[@]}"
refuse "comments: one hit too many" "loops.c:$at: hits 1111, expected 1110" "${comments[@]}"
refuse "same: one hit too many" "loops.c:$at: hits 1110 and 1111" "${same[@]}"
mutate "line($at)['hits'] = 0"
refuse "gcov: not hit" "loops.c:$at: gcov 1110, lprof-bpf 0" "${gcov_compare[@]}"
mutate "[f['lines'].remove(line($at)) for f in p['functions'] if f['lines']]"
refuse "gcov: line missing" "loops.c:$at: gcov 1110, lprof-bpf None" "${gcov_compare[@]}"
refuse "comments: line missing" "loops.c:$at: hits None" "${comments[@]}"
refuse "same: line missing" "loops.c:$at: hits 1110 and None" "${same[@]}"
mutate "p['functions'][0]['lines'].append({'line': 2, 'hits': 5, 'time_ns': 0})"
refuse "gcov: line too many" "loops.c:2: gcov None, lprof-bpf 5" "${gcov_compare[@]}"
mutate "p['functions'] = p['functions'][1:]"
refuse "gcov: no lines" "loops.c:$at: gcov 1110, lprof-bpf None" "${gcov_compare[@]}"
mutate "p['functions'] = []"
refuse "gcov: empty report" "fewer than 1 executed lines" "${gcov_compare[@]}"
refuse "same: empty report" "loops.c:$at: hits 1110 and None" "${same[@]}"
mutate "[f.update(calls=f['calls'] + 1) for f in p['functions'] if f['line'] == $function]"
refuse "comments: calls" "loops.c:$function: calls 4, expected 3" "${comments[@]}"
refuse "same: calls" "loops.c:$function: calls 3 and 4" "${same[@]}"
mutate "p['version'] = 2"
refuse "version" "not an lprof-bpf report of version 1" "${same[@]}"

mutate "line($at)['hits'] += 1"
echo "loops.c:$at 1110 1111 a reason" >"$WORK/allowed"
check "allowed: used" "${gcov_compare[@]}" --allow "$WORK/allowed"
echo "loops.c:$at 1110 1112 a reason" >"$WORK/allowed"
refuse "allowed: other numbers" "lprof-bpf 1111" "${gcov_compare[@]}" --allow "$WORK/allowed"
mutate 'pass'
refuse "allowed: not needed" "the allowed difference (a reason) is not there" "${gcov_compare[@]}" --allow "$WORK/allowed"
refuse "no comments" "states nothing to check" python3 "$HERE/lprof_json.py" check "$PROGRAMS/common.h" "$WORK/mutant.json"

for kind in -pie -no-pie; do
	build loops gcc "$WORK/loops" -O2 $kind "-f${kind#-}"
	valgrind --tool=callgrind --skip-plt=no --dump-instr=yes --callgrind-out-file="$WORK/callgrind" "$WORK/loops" >"$WORK/out" 2>&1
	compare=(python3 "$HERE/compare_callgrind.py" "$WORK/counts" "$WORK/callgrind" "$WORK/loops" --min 100)
	"${compare[@]}" --convert
	check "callgrind $kind: equal" "${compare[@]}"
	# There must be an instruction that is executed as often as the program states: the loop of loop_for, whose
	# numbers are known.
	grep -q "$(printf '\t1110$')" "$WORK/counts" || bad "callgrind $kind: no instruction executed 1110 times"
	cp "$WORK/counts" "$WORK/good.tsv"
	address=$(grep -m 1 "$(printf '\t1110$')" "$WORK/good.tsv" | cut -f2)
	sed "s/\t$address\t1110$/\t$address\t1109/" "$WORK/good.tsv" >"$WORK/counts"
	refuse "callgrind $kind: one too few" "0x$address: callgrind 1110, lprof-bpf 1109" "${compare[@]}"
	check "callgrind $kind: allowed" "${compare[@]}" --allow "$address"
	sed "s/\t$address\t1110$/\t$address\t0/" "$WORK/good.tsv" >"$WORK/counts"
	refuse "callgrind $kind: zero" "0x$address: callgrind 1110, lprof-bpf 0" "${compare[@]}"
	zero=$(grep -m 1 "$(printf '\t0$')" "$WORK/good.tsv" | cut -f2)
	sed "s/\t$zero\t0$/\t$zero\t3/" "$WORK/good.tsv" >"$WORK/counts"
	refuse "callgrind $kind: not executed" "0x$zero: callgrind 0, lprof-bpf 3" "${compare[@]}"
	sed "s/\t$address\t/\t$(printf '%x' $((0x$address + 1)))\t/" "$WORK/good.tsv" >"$WORK/counts"
	refuse "callgrind $kind: inside an instruction" "objdump knows no instruction there" "${compare[@]}"
	head -3 "$WORK/good.tsv" >"$WORK/counts"
	refuse "callgrind $kind: few" "fewer than 100 executed instructions" "${compare[@]}"
	sed "p" "$WORK/good.tsv" >"$WORK/counts"
	refuse "callgrind $kind: twice" "appears twice" "${compare[@]}"
	sed -i '0,/^calls=/{/^calls=/d}' "$WORK/callgrind"
	refuse "callgrind $kind: total" "does not add up" "${compare[@]}"
done

sleep 5 &
child $!
check "unpatched: a process without probes" unpatched $!
refuse "unpatched: the other way round" "" probed $!
python3 - $! <<'PYTHON'
import sys
for text in open(f"/proc/{sys.argv[1]}/maps"):
    if "r-xp" in text and "/" in text:
        at = int(text.split("-")[0], 16) + 0x40
        with open(f"/proc/{sys.argv[1]}/mem", "r+b", 0) as memory:
            memory.seek(at)
            byte = memory.read(1)[0]
            memory.seek(at)
            memory.write(bytes((byte ^ 0xFF,)))
        break
PYTHON
refuse "unpatched: a byte changed" "differs at" unpatched $!
check "probed: a byte changed" probed $!
kill $! && wait $! 2>/dev/null
forget $!
finish
