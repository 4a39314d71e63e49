#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Report formats, each read by tools made for it and compared exactly with the JSON report: one profile is written in
# all formats, for several profiles; and a program whose hits are known is run once for each format.
. "$(dirname "$0")/lib.sh"
need python3 gcc g++ node npm callgrind_annotate lcov genhtml
need_profiler
MODULES=build/npm
check "packages" tests/deps/npm-install

build loops gcc "$WORK/loops" -O0
build exceptions gcc "$WORK/exceptions" -O0
build threads gcc "$WORK/threads" -O0

formats() {
	python3 "$HERE/check_formats.py" "${HITS[@]}" "$@"
}

annotate() {
	# In another directory it would cut off the beginning of file names.
	(cd / && callgrind_annotate --show-percs=no --threshold=100 --context=100000 "${@:3}" "$1") >"$2" 2>"$WORK/annotate.err" &&
		[ ! -s "$WORK/annotate.err" ]
}

speedscope() {
	node "$HERE/speedscope.js" $MODULES "$1" >"$2"
}

# read_back NAME PROFILE.json PREFIX: checks that PREFIX.csv and the other formats hold what PROFILE.json does.
read_back() {
	local name=$1 profile=$2 at=$3
	check "$name: csv" formats csv "$profile" "$at.csv"

	check "$name: callgrind_annotate" annotate "$at.callgrind" "$at.annotated"
	check "$name: callgrind" formats callgrind "$profile" "$at.annotated"

	check "$name: lcov reads" lcov -q -a "$at.info" -o "$at.again"
	check "$name: lcov sums up" lcov --summary "$at.info"
	cp "$WORK/check.log" "$at.summary"
	check "$name: lcov" formats lcov "$profile" "$at.again" "$at.summary"

	check "$name: pprof-format" node "$HERE/pprof.js" $MODULES "$at.pb.gz"
	cp "$WORK/check.log" "$at.pprof"
	check "$name: pprof" formats pprof "$profile" "$at.pprof"

	for suffix in callgrind folded pb.gz; do
		check "$name: speedscope opens $suffix" speedscope "$at.$suffix" "$at.$suffix.speedscope"
		check "$name: speedscope has read $suffix" \
			formats speedscope-${suffix/pb.gz/pprof} "$profile" "$at.$suffix.speedscope"
	done
}

# pages NAME PROFILE.json PREFIX: checks that genhtml can show PREFIX.info. The source files must exist.
pages() {
	check "$1: genhtml" genhtml -q -o "$3.html" "$3.info"
	check "$1: pages" formats genhtml "$2" "$3.html"
}

SUFFIXES="csv callgrind info folded pb.gz"

# One profile in all formats.
convert() {
	local suffix
	for suffix in json $SUFFIXES; do
		check "$1: converted to $suffix" "$LPROF" report -o "$WORK/$1.again.$suffix" "$WORK/$1.json"
	done
	check "$1: as it was" cmp "$WORK/$1.json" "$WORK/$1.again.json"
	read_back "$1" "$WORK/$1.json" "$WORK/$1.again"
}
HITS=()
"$LPROF" -q -f '*' -x "$WORK/loops" -o "$WORK/loops.json" -- "$WORK/loops" >/dev/null
convert loops
pages loops "$WORK/loops.json" "$WORK/loops.again"
"$LPROF" -q -f '*' -x "$WORK/exceptions" -o "$WORK/exceptions.json" -- "$WORK/exceptions" >/dev/null
is_json "exceptions: linkage names" True "$WORK/exceptions.json" 'any(f["linkage_name"] for f in p["functions"])'
convert exceptions
pages exceptions "$WORK/exceptions.json" "$WORK/exceptions.again"
"$LPROF" -q --by thread -x "$WORK/threads" -f work -f step -o "$WORK/threads.json" -- "$WORK/threads" >/dev/null
is_json "threads: owners" 8 "$WORK/threads.json" 'len({f["tid"] for f in p["functions"] if f["name"] == "step"})'
convert threads
pages threads "$WORK/threads.json" "$WORK/threads.again"

# Names that would break a format.
python3 - "$WORK/hostile.json" <<'PYTHON'
import json
import sys

names = ["a\"b'c`d", "a,b,,c", "a;b;c", "a\nDA:1,1\nb", "a\r\nb", "\x1b[31mred\x1b]0;x\x07", "=1+cmd|' /C calc'!A0", "+1",
	"-1", "@SUM(1)", "\t=1", "(1) b", "(1)", " b ", "", "   ", "end_of_record", "# a", "<b>&amp;", "%s%n", "a b 5", "'a",
	"\u20ac\u00a0\U0001f600", "\uff1d1", "calls=1", "a\\x0ab", "x" * 100000]
functions = [
	{"name": name, "linkage_name": "", "file": "/nowhere/" + name, "line": 1, "last": 3, "pid": 7, "comm": (name or "y")[:5],
	 "tid": 70 + i, "object": f"/nowhere/{i % 3}", "build_id": "c0ffee", "calls": i, "time_ns": 10**14 + i, "blocked_ns": 0, "waiting_ns": 0, "notes": [name or "none"],
	 "lines": [{"line": 1, "hits": i + 1, "time_ns": 10**14 + i}, {"line": 3, "hits": 10**14 - i, "time_ns": 0}]}
	for i, name in enumerate(names)
]
profile = {"format": "lprof-bpf", "version": 1, "clock": "wall", "duration_ns": 2**62, "command": ["/a b/;#\n" + names[0]],
	"pids": [7], "probe": {"sites": 1, "hits": 1, "missed": 0, "overhead_ns": 0},
	"functions": functions, "notes": names[:4]}
with open(sys.argv[1], "w", encoding="utf-8") as stream:
	json.dump(profile, stream)
PYTHON
for suffix in $SUFFIXES; do check "hostile: $suffix" "$LPROF" report -o "$WORK/hostile.$suffix" "$WORK/hostile.json"; done
read_back hostile "$WORK/hostile.json" "$WORK/hostile"

# Sampled stacks, with either clock.
for clock in wall cpu; do
	at=$WORK/sampled-$clock
	check "sampled, $clock: made" python3 "$HERE/sampled_profile.py" "$at.json" $clock
	for suffix in json $SUFFIXES; do
		check "sampled, $clock: $suffix" "$LPROF" report --by thread -o "$at.again.$suffix" "$at.json"
	done
	check "sampled, $clock: schema" python3 "$HERE/saved_profiles.py" validate src/report/profile.schema.json "$at.again.json"
	check "sampled, $clock: as it was" python3 -c \
		'import json, sys; a, b = (json.load(open(path))["stacks"] for path in sys.argv[1:]); sys.exit(a != b)' \
		"$at.json" "$at.again.json"
	read_back "sampled, $clock" "$at.again.json" "$at.again"
	check "sampled, $clock: callgrind_annotate, inclusive" annotate "$at.again.callgrind" "$at.inclusive" --inclusive=yes --sort=Time
	check "sampled, $clock: inclusive times" formats callgrind-inclusive "$at.again.json" "$at.inclusive"
done

# Stacks of a real program, which has much recursion. No function of it is profiled.
"$LPROF" -q --no-probes -o "$WORK/real.json" -- "$(python3 -c 'import sys; print(sys.executable)')" -c '
def down(n):
    return n and down(n - 1) + sum(sorted(range(n * 50)))

for _ in range(20):
    down(50)' >/dev/null
is_json "real: sampled" True "$WORK/real.json" 'len(p["stacks"]["nodes"]) > 20'
for suffix in callgrind folded pb.gz; do
	check "real: converted to $suffix" "$LPROF" report -o "$WORK/real.$suffix" "$WORK/real.json"
	check "real: speedscope opens $suffix" speedscope "$WORK/real.$suffix" "$WORK/real.$suffix.speedscope"
	check "real: speedscope has read $suffix" \
		formats speedscope-${suffix/pb.gz/pprof} "$WORK/real.json" "$WORK/real.$suffix.speedscope"
done
check "real: callgrind_annotate, inclusive" annotate "$WORK/real.callgrind" "$WORK/real.inclusive" --inclusive=yes --sort=Time
check "real: inclusive times" formats callgrind-inclusive "$WORK/real.json" "$WORK/real.inclusive"

# Each format in a run of its own, chosen by the file's suffix and by name.
HITS=(--hits)
for suffix in $SUFFIXES; do
	"$LPROF" -q -f '*' -x "$WORK/loops" -o "$WORK/run.$suffix" -- "$WORK/loops" >/dev/null
	is "run: $suffix" 0 $?
done
read_back run "$WORK/loops.json" "$WORK/run"
pages run "$WORK/loops.json" "$WORK/run"
"$LPROF" -q -f '*' -x "$WORK/loops" --format csv -- "$WORK/loops" | grep -v -e ^counter -e ^result >"$WORK/named.csv"
check "--format csv" formats csv "$WORK/loops.json" "$WORK/named.csv"

# --help names every format that there is.
names=$("$LPROF" --format none 2>&1 | sed 's/.*one of: //')
for name in ${names//,/}; do
	check "--help: $name" grep -q -w -e "$name" <("$LPROF" --help)
done
is "as many formats as suffixes, text and html" 8 "$(wc -w <<<"$names")"

# A binary report must not be written to a terminal.
python3 - "$LPROF" "$WORK/loops" >"$WORK/terminal" <<'PYTHON'
import os
import pty
import sys

status = pty.spawn([sys.argv[1], "-q", "-f", "loop_for", "--format", "pprof", "--", sys.argv[2]])
print("status", os.waitstatus_to_exitcode(status))
PYTHON
check "terminal: said" grep -q "a report as pprof is binary, which a terminal cannot show; give a file with -o FILE.pb.gz" "$WORK/terminal"
check "terminal: status" grep -q "^status 2" "$WORK/terminal"

finish
