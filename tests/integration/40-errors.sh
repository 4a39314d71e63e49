#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each error is reported in one sentence on standard error, with exit status 1 (2 for usage errors), and leaves nothing
# behind.
. "$(dirname "$0")/lib.sh"
need python3 gcc setpriv objcopy strip
need_profiler

# refused NAME STATUS PATTERN ARGS...: the profiler must end with STATUS, print one line that matches PATTERN, and
# print no report.
refused() {
	local name=$1 status=$2 pattern=$3 found
	shift 3
	timeout 20 "${PREFIX[@]}" "$LPROF" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	found=$?
	is "$name: status" "$status" "$found"
	if ! grep -q -i -E -e "$pattern" "$WORK/err"; then
		bad "$name: '$pattern' is not in: $(head -c 600 "$WORK/err")"
	elif [ "$(wc -l <"$WORK/err")" != 1 ]; then
		bad "$name: not one line: $(head -c 600 "$WORK/err")"
	else
		ok "$name"
	fi
	is "$name: prefix" "lprof-bpf: " "$(head -c 11 "$WORK/err")"
	is "$name: no report" "" "$(head -c 200 "$WORK/out")"
	[ -z "${TARGET:-}" ] || check "$name: nothing attached" unpatched "$TARGET"
	[ -z "${VERBOSE:-}" ] || sed 's/^/  /' "$WORK/err"
}
PREFIX=()

build napper gcc "$WORK/napper" -O0
"$WORK/napper" forever >"$WORK/napper.out" &
TARGET=$!
child $TARGET
wait_for 20 grep -q ready "$WORK/napper.out"

# Usage.
refused "no arguments" 2 "-p|target|command"
refused "no target" 2 "-p|target|command" -f main
refused "unknown option" 2 "frobnicate" --frobnicate -f day -p $TARGET
refused "unknown format" 2 "xml" --format xml -f day -p $TARGET
refused "duration" 2 "soon" -d soon -f day -p $TARGET
refused "negative duration" 2 "-1" -d -1 -f day -p $TARGET
refused "PID that is no number" 2 "12x" -f day -p 12x
refused "PID 0" 2 "0" -f day -p 0
refused "PID that overflows" 2 "99999999999999" -f day -p 99999999999999999999
refused "regular expression" 2 "a\(" -f '/a(/' -p $TARGET
refused "empty function" 2 "-f|empty|function" -f '' -p $TARGET
refused "clock" 2 "sundial" --clock sundial -f day -p $TARGET
refused "empty command" 2 "command" -f day --
refused "PID and command" 2 "-p|command" -f day -p $TARGET -- true

# Privileges.
chmod 755 "$WORK"
mkdir "$WORK/public"
cp "$LPROF" "$WORK/public/lprof-bpf"
chmod -R a+rx "$WORK/public"
saved=$LPROF
LPROF=$WORK/public/lprof-bpf
PREFIX=(setpriv --reuid 65534 --regid 65534 --clear-groups)
refused "not root, -p" 1 "root|privilege|permi|sudo" -f day -p $TARGET
refused "not root, command" 1 "root|privilege|permi|sudo" -f main -- "$WORK/napper"
PREFIX=()
LPROF=$saved

# Processes and files.
true &
gone=$!
wait $gone
refused "no such process" 1 "$gone" -f day -p $gone
refused "one of two processes" 1 "$gone" -f day -p $TARGET,$gone
refused "kernel thread" 1 "2" -f day -p 2
refused "no such command" 1 "no-such-command" -f main -- no-such-command
refused "command not executable" 1 "loops.c" -f main -- "$PROGRAMS/loops.c"
refused "directory" 1 "$WORK" -f main -- "$WORK"
refused "no such file" 1 "no-such-file" -f main -x "$WORK/no-such-file"
refused "not an ELF file" 1 "ELF" -f main -x "$PROGRAMS/loops.c"
: >"$WORK/empty"
refused "empty file" 1 "ELF|empty" -f main -x "$WORK/empty"
head -c 200 "$WORK/napper" >"$WORK/cut"
refused "cut file" 1 "cut" -f main -x "$WORK/cut"
printf '\177ELF\001\001\001' >"$WORK/elf32"
head -c 100 /dev/zero >>"$WORK/elf32"
refused "32 bits" 1 "64|x86|ELF" -f main -x "$WORK/elf32"

# Functions.
refused "no such function" 1 "dya" -f dya -p $TARGET
if ! grep -q -w day "$WORK/err"; then bad "no such function: the closest name is not offered: $(cat "$WORK/err")"; fi
refused "no such function, nothing close" 1 "zzzzzzzzzzzz" -f zzzzzzzzzzzz -p $TARGET
refused "one of two functions" 1 "no_such_thing" -f day -f no_such_thing -p $TARGET
refused "glob without a match" 1 "qqq" -f 'qqq*' -p $TARGET
refused "no code at that line" 1 "napper.c:9999" -f napper.c:9999 -p $TARGET
refused "no such file's function" 1 "other.c" -f other.c:day -p $TARGET

# Debug information.
build napper gcc "$WORK/bare" -O0 -g0 -Wl,--build-id
id=$(readelf -n "$WORK/bare" | sed -n 's/.*Build ID: //p')
refused "no debug information" 1 "$id" -f day -- "$WORK/bare"
cp "$WORK/napper" "$WORK/stripped"
strip --strip-all "$WORK/stripped"
refused "stripped" 1 "$(readelf -n "$WORK/napper" | sed -n 's/.*Build ID: //p')" -f day -- "$WORK/stripped"
build napper gcc "$WORK/other" -O1 -DOTHER
objcopy --only-keep-debug "$WORK/other" "$WORK/linked.debug"
cp "$WORK/napper" "$WORK/linked"
strip --strip-all "$WORK/linked"
objcopy --add-gnu-debuglink="$WORK/linked.debug" "$WORK/linked"
refused "debug information of another build" 1 "build|match|CRC" -f day -- "$WORK/linked"
objcopy --only-keep-debug "$WORK/napper" "$WORK/linked.debug"
objcopy --remove-section=.gnu_debuglink "$WORK/linked"
objcopy --add-gnu-debuglink="$WORK/linked.debug" "$WORK/linked"
"$LPROF" -q -f day -o "$WORK/profile.json" -- "$WORK/linked" >/dev/null 2>"$WORK/err"
is "separate debug information: status" 0 $?
is_json "separate debug information" 20 "$WORK/profile.json" 'f("day")["calls"]'

# One object file of the program has no line information, the other has.
printf 'int noted(int n);\nint main(void)\n{\n\treturn noted(3) - 4;\n}\n' >"$WORK/one.c"
printf 'int noted(int n)\n{\n\treturn n + 1;\n}\n' >"$WORK/two.c"
(cd "$WORK" && gcc -g -c one.c && gcc -g0 -c two.c && gcc -o halves one.o two.o)
refused "function without debug information" 1 "noted" -f noted -- "$WORK/halves"
(cd "$WORK" && gcc -g1 -c two.c && gcc -o halves one.o two.o)
"$LPROF" -q -f noted -o "$WORK/profile.json" -- "$WORK/halves" 2>"$WORK/err"
is "-g1: status" 0 $?
is_json "-g1: has lines" 1 "$WORK/profile.json" 'f("noted")["calls"]'
cat >"$WORK/two.s" <<'ASSEMBLY'
	.text
	.globl noted
	.type noted, @function
noted:
	lea 1(%rdi), %eax
	ret
	.size noted, .-noted
	.section .note.GNU-stack,"",@progbits
ASSEMBLY
(cd "$WORK" && gcc -c two.s && gcc -o halves one.o two.o)
refused "assembly without debug information" 1 "noted" -f noted -- "$WORK/halves"

# The source is missing: the profile is still printed, with a sentence about it.
mkdir "$WORK/gone"
cp "$PROGRAMS/early.c" "$PROGRAMS/common.h" "$WORK/gone/"
gcc -g -O0 -o "$WORK/sourceless" "$WORK/gone/early.c"
rm -r "$WORK/gone"
"$LPROF" -f bump -- "$WORK/sourceless" >"$WORK/out" 2>"$WORK/err"
is "no source: status" 0 $?
check "no source: said" grep -q -i -E 'source|could not|not found|cannot' "$WORK/out"
check "no source: rows" grep -q -E '^ *[0-9]+ +3 +[0-9.]+ +[0-9.]+( +[0-9.]+)? *~? *$' "$WORK/out"

# An output file that cannot be written is reported before anything is started.
refused "output in no directory" 1 "no-such" -f day -p $TARGET -d 1 -o "$WORK/no-such/file.json"
refused "output is a directory" 1 "$WORK" -f day -p $TARGET -d 1 --format json -o "$WORK"
cat >"$WORK/touch.c" <<'PROGRAM'
#include <stdio.h>
int main(int argc, char **argv)
{
	return argc > 1 ? fclose(fopen(argv[1], "w")) : 0;
}
PROGRAM
gcc -g -O0 -o "$WORK/touch" "$WORK/touch.c"
refused "output, command" 1 "no-such" -f main -o "$WORK/no-such/file.txt" -- "$WORK/touch" "$WORK/touched"
is "output, command: not started" no "$([ -e "$WORK/touched" ] && echo yes || echo no)"
"$LPROF" -f main -- "$WORK/touch" >/dev/full 2>"$WORK/err"
is "full device: status" 1 $?
check "full device: said" grep -q -i -E "lprof-bpf: .*(space|write)" "$WORK/err"

# Resources.
descriptors() {
	(ulimit -n "$1" && exec "$LPROF" -f day -p $TARGET -d 0.2) >"$WORK/out" 2>"$WORK/err"
}
# With fewer than four descriptors the dynamic loader itself fails.
for limit in 4 5 6 8 10 12 16 20; do
	descriptors $limit
	status=$?
	if [ $status = 0 ]; then
		check "descriptors, $limit: a report" grep -q '^Function: day' "$WORK/out"
	else
		is "descriptors, $limit: status" 1 $status
		is "descriptors, $limit: said" "lprof-bpf: " "$(head -c 11 "$WORK/err")"
		is "descriptors, $limit: one sentence" 1 "$(wc -l <"$WORK/err")"
	fi
	check "descriptors, $limit: nothing attached" unpatched $TARGET
done
is "descriptors: four are too few" 1 "$(descriptors 4; echo $?)"

# Without libcurl --push is refused, and all else works. Here it cannot be loaded since a library that it needs is missing,
# since it lacks the functions, or since it is no library.
mkdir "$WORK"/{needy,bare_curl,no_library}
gcc -shared -Wl,-soname,libnowhere.so -o "$WORK/libnowhere.so" -x c /dev/null
gcc -shared -o "$WORK/needy/libcurl.so.4" -x c /dev/null -x none -Wl,--no-as-needed "$WORK/libnowhere.so"
gcc -shared -o "$WORK/bare_curl/libcurl.so.4" -x c /dev/null
: >"$WORK/no_library/libcurl.so.4"
while read -r directory what; do
	PREFIX=(env LD_LIBRARY_PATH="$WORK/$directory")
	refused "libcurl, $directory" 1 "--push needs the library libcurl,.*$what.*package libcurl4" -f day -p $TARGET -d 0.1 --push http://one:s3cr3t@h
	is "libcurl, $directory: secret not said" 0 "$(grep -c s3cr3t "$WORK/err")"
	"${PREFIX[@]}" "$LPROF" -q -f day -p $TARGET -d 0.1 >"$WORK/out" 2>&1
	is "libcurl, $directory, without --push: status" 0 $?
done <<'CASES'
needy libnowhere.so: cannot open shared object file: No such file
bare_curl undefined symbol: curl_
no_library libcurl.so.4: file too short
CASES
PREFIX=()

# --help and --version are no errors.
for option in --help --version; do
	"$LPROF" $option >"$WORK/out" 2>"$WORK/err"
	is "$option: status" 0 $?
	check "$option: on standard output" test -s "$WORK/out"
	check "$option: nothing on standard error" cmp /dev/null "$WORK/err"
done

# A dry run says what it would do and does not do it.
"$LPROF" -n -f day -p $TARGET >"$WORK/out" 2>"$WORK/err"
is "dry run: status" 0 $?
check "dry run: nothing attached" unpatched $TARGET
"$LPROF" -n -f main -- "$WORK/touch" "$WORK/touched" >/dev/null 2>&1
is "dry run: not started" no "$([ -e "$WORK/touched" ] && echo yes || echo no)"

kill -0 $TARGET
is "the target is still there" 0 $?
stop $TARGET TERM
is "the target's own status" 55 $?
finish
