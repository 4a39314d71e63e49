#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names chosen by a target, or in a profile of somebody else, must not control a terminal or begin a line, wherever
# they are printed: control characters are shown as \xNN.
. "$(dirname "$0")/lib.sh"
need python3 gcc script
need_profiler

# An escape sequence, a newline, a carriage return, a C1 control, a byte that is not UTF-8, and an override of the
# writing direction.
EVIL=$'e\e[31m\nEVIL\rEVIL\xc2\x9b31mEVIL\xffEVIL\xe2\x80\xaee'

# steers FILE: whether a part of $EVIL is in FILE unescaped. A line that begins with EVIL was begun by the name.
steers() {
	python3 -c '
import sys
text = b"\n" + open(sys.argv[1], "rb").read()
found = [p for p in (b"\x1b[31m", b"\nEVIL", b"\rEVIL", b"\xc2\x9b", b"\xffEVIL", b"\xe2\x80\xae") if p in text]
print(found)
sys.exit(not found)' "$1"
}

# harmless NAME FILE [SHOWN]: FILE must contain the names (as SHOWN), and no unescaped part of them.
harmless() {
	local found
	if found=$(steers "$2"); then
		bad "$1: $found"
	else
		ok "$1"
	fi
	grep -q -F -e "${3:-\x1b[31m}" "$2" || bad "$1: no name is in it: $(head -c 400 "$2")"
}

# said NAME ARGS...: standard output and messages of the profiler must be harmless.
said() {
	local name=$1
	shift
	timeout 60 "$LPROF" "$@" >"$WORK/said" 2>&1 </dev/null
	harmless "$name" "$WORK/said"
}

printf '%s' "$EVIL" >"$WORK/evil"
steers "$WORK/evil" >/dev/null || bad "the test would not find a name that steers"

# A program whose directory, source, file and function have such names.
DIRECTORY=$WORK/d$EVIL
mkdir "$DIRECTORY"
SOURCE=$DIRECTORY/s$EVIL.c
PROGRAM=$DIRECTORY/$EVIL
PLACE=$(printf "%0${#EVIL}d" 0 | tr 0 A)
cat >"$SOURCE" <<SOURCE
#include <unistd.h>
int work$PLACE(int n)
{
	usleep(1000);
	return n + 1;
}
int main(int argc, char **argv)
{
	int n = 0;
	(void)argv;
	for (int i = 0; i < 200 || argc > 1; i++)
		n = work$PLACE(n);
	return n == 0;
}
SOURCE
gcc -g -O0 -o "$WORK/plain" "$SOURCE"
python3 -c '
import sys
text = open(sys.argv[1], "rb").read()
assert sys.argv[3].encode() in text
open(sys.argv[2], "wb").write(text.replace(sys.argv[3].encode(), sys.argv[4].encode("utf-8", "surrogateescape")))
' "$WORK/plain" "$PROGRAM" "$PLACE" "$EVIL"
chmod +x "$PROGRAM"

said "list" list -x "$PROGRAM"
said "list -f" list -f 'work*' -x "$PROGRAM"
said "list of a pattern" list -x "$PROGRAM" 'work*'
said "dry run" -n -f 'work*' -- "$PROGRAM"
said "details" -vv -f 'work*' -- "$PROGRAM"
said "no such function" -f "no$EVIL" -- "$PROGRAM"
said "a name close to it" -f "work$EVIL-" -x "$PROGRAM" -d 1
said "no such option" "--no$EVIL"
said "no such verb" "$EVIL"
said "no such format" --format "$EVIL" -f x -p $$
said "no such file" -f x -x "$WORK/no/$EVIL"
said "no such command" -f x -- "$WORK/no/$EVIL"
said "no such user" --user "$EVIL" -f 'work*' -- "$PROGRAM"
said "no such profile" report "$WORK/no/$EVIL"
said "no profile" report "$SOURCE"
said "no directory for the report" -f 'work*' -o "$WORK/no/$EVIL" -- "$PROGRAM"
said "text" -f 'work*' --by process -- "$PROGRAM"
said "counts" -q -f 'work*' --dump-counts /dev/stdout -o "$WORK/profile.json" -- "$PROGRAM"
harmless "json" "$WORK/profile.json" '\u001B[31m'

# A profile that somebody else has written, in which every text is such a name.
python3 - "$WORK/profile.json" "$WORK/foreign.json" "$(printf '%s' "$EVIL" | tr -d '\377')" <<'FOREIGN'
import json, sys

profile = json.load(open(sys.argv[1], encoding="utf-8"))
evil = sys.argv[3]
profile["command"] = [evil, evil]
profile["notes"] = [evil]
for function in profile["functions"]:
    for key in ("name", "linkage_name", "file", "object", "build_id"):
        function[key] = evil
    function.update(pid=1, tid=1, comm=evil, notes=[evil])
    for line in function["lines"]:
        line["source"] = evil
json.dump(profile, open(sys.argv[2], "w", encoding="utf-8"))
FOREIGN
for format in text json html csv callgrind lcov folded; do
	"$LPROF" report --format $format "$WORK/foreign.json" >"$WORK/report" 2>"$WORK/err"
	is "foreign profile, $format: status" 0 $?
	shown='\x1b[31m'
	[ $format = json ] && shown='\u001B[31m'
	harmless "foreign profile, $format" "$WORK/report" "$shown"
done
"$LPROF" report -o "$WORK/report.pb.gz" "$WORK/foreign.json"
gunzip <"$WORK/report.pb.gz" >"$WORK/report"
harmless "foreign profile, pprof" "$WORK/report"
said "foreign profile, summary" report -m "$WORK/foreign.json"
cp "$WORK/foreign.json" "$WORK/$EVIL.json"
said "diff" diff "$WORK/$EVIL.json" "$WORK/foreign.json"
"$LPROF" diff --format json "$WORK/$EVIL.json" "$WORK/foreign.json" >"$WORK/report"
harmless "diff, json" "$WORK/report" '\u001B[31m'

# On a terminal: the live view, the status line.
"$PROGRAM" forever >/dev/null &
TARGET=$!
child $TARGET
wait_for 20 grep -q forever "/proc/$TARGET/cmdline"
on_terminal() {
	local name=$1
	shift
	LC_ALL=C.UTF-8 TERM=vt100 timeout 60 script -qec "stty rows 40 cols 200; $LPROF --color never --no-pager -f 'work*' -p $TARGET $*" \
		"$WORK/typescript" >/dev/null </dev/null
	harmless "$name" "$WORK/typescript"
}
on_terminal "live view" --top -d 2
on_terminal "status line" -d 2.5

# Completions.
# shellcheck source=src/install/completion/lprof-bpf.bash
program=$LPROF
. "$TOP/src/install/completion/lprof-bpf.bash"
_lprof_bpf_list -x "$PROGRAM" >"$WORK/completed"
harmless "completion of functions" "$WORK/completed"
COMPREPLY=()
_lprof_bpf_pids "$TARGET"
printf '%s\n' "${COMPREPLY[@]}" >"$WORK/completed"
harmless "completion of processes" "$WORK/completed" "$TARGET"
stop $TARGET KILL 2>/dev/null

# Names in Python.
cat >"$WORK/names.py" <<'SCRIPT'
import os, sys

evil = os.fsencode(sys.argv[1]).replace(b"\xff", b"").decode()
space = {}
exec(compile("def work(n):\n    return n + 1\n", "/no/" + evil + ".py", "exec"), space)
work = space["work"]
work.__code__ = work.__code__.replace(co_name="work" + evil, co_qualname="work" + evil)
for i in range(10):
    work(i)
SCRIPT
said "Python" -f 'work*' -- /usr/bin/python3 "$WORK/names.py" "$EVIL"
finish
