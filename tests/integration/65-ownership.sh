#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reports written under sudo: who owns them, and what root refuses to write. sudo itself is not needed, only its
# environment variables.
. "$(dirname "$0")/lib.sh"
need gcc setpriv mkfifo
need_profiler

ALICE=2001 # calls sudo
CREW=2101
BOB=2002
umask 022
chmod 755 "$WORK"
cd "$WORK" || exit 1
gcc -g -O0 -o early "$PROGRAMS/early.c"
mkdir -m 1777 tmp
mkdir -m 755 home bobs
chown $ALICE:$CREW home
chown $BOB:$BOB bobs

# as USER COMMAND...: without any rights of root
as() {
	setpriv --reuid "$1" --regid "$1" --clear-groups -- "${@:2}"
}

# report FILE: writes a profile to FILE as `sudo lprof-bpf` does when ALICE runs it
report() {
	SUDO_UID=$ALICE SUDO_GID=$CREW SUDO_USER=alice "$LPROF" -q -f main -o "$1" -- ./early >out 2>err
}

owner() {
	stat -c '%u:%g %a' "$1"
}

# refused NAME FILE PATTERN: nothing may be started, and one sentence that matches PATTERN must be printed.
refused() {
	report "$2"
	is "$1: status" 1 $?
	is "$1: one sentence" 1 "$(wc -l <err)"
	check "$1: says '$3'" grep -q -E "^lprof-bpf: cannot write to .*$3.*; choose another file with -o\$" err
	is "$1: the command was not started" "" "$(cat out)"
	[ -z "${VERBOSE:-}" ] || cat err
}

report home/new.json
is "new file: status" 0 $?
is "new file" "$ALICE:$CREW 644" "$(owner home/new.json)"
check "new file: whole" python3 -m json.tool home/new.json
check "new file: alice writes to it" as $ALICE sh -c ': >home/new.json'
"$LPROF" -q -f main -o home/roots.json -- ./early >out 2>err
is "no sudo: root's" "0:0 644" "$(owner home/roots.json)"

as $ALICE sh -c 'umask 077 && echo old >home/old.txt'
report home/old.txt
is "existing file" "$ALICE:$ALICE 600" "$(owner home/old.txt)"
check "existing file: the report" grep -q '^Function: main' home/old.txt
for turn in first second; do
	report tmp/report.txt
	is "sticky directory, $turn: status" 0 $?
	is "sticky directory, $turn" "$ALICE:$CREW 644" "$(owner tmp/report.txt)"
done

# Links and files that other users have planted.
echo precious >precious
as $BOB ln -s "$WORK/precious" tmp/planted
as $BOB ln -s "$WORK" bobs/directory
refused "planted link" tmp/planted 'planted.*symbolic link.*ID 2002'
refused "link of a directory" bobs/directory/precious 'directory.*symbolic link.*ID 2002'
refused "new file behind it" bobs/directory/new.json 'symbolic link'
as $ALICE ln -s ../bobs/directory/precious home/indirect
refused "own link to it" home/indirect 'directory.*symbolic link.*ID 2002'
as $BOB sh -c 'echo mine >tmp/bobs'
refused "planted file" tmp/bobs 'another user \(ID 2002\)'
ln precious tmp/second-name
ln precious bobs/second-name
refused "planted name" tmp/second-name 'hard links'
refused "planted name in its maker's directory" bobs/second-name 'hard links'
is "what they led to" precious "$(cat precious)"
is "nothing new" no "$([ -e new.json ] && echo yes || echo no)"

# Own links, FIFOs and devices.
as $ALICE ln -s ../home/linked.json tmp/own
report tmp/own
is "own link" "$ALICE:$CREW 644" "$(owner home/linked.json)"
as $ALICE mkfifo tmp/fifo
timeout 20 cat tmp/fifo >read.txt &
reader=$!
child $reader
report tmp/fifo
is "FIFO: status" 0 $?
wait $reader
forget $reader
check "FIFO: read" grep -q '^Function: main' read.txt
report /dev/null
is "/dev/null: status" 0 $?
check "/dev/null: a device still" test -c /dev/null
for name in /dev/stdout /proc/self/fd/1; do
	SUDO_UID=$ALICE SUDO_GID=$CREW "$LPROF" -q -f main -o $name -- ./early 2>err | cat >piped.txt
	check "$name, a pipe" grep -q '^Function: main' piped.txt
	is "$name, a pipe: silent" "" "$(cat err)"
	as $ALICE sh -c ': >home/redirected.txt'
	SUDO_UID=$ALICE SUDO_GID=$CREW "$LPROF" -q -f main -o $name -x ./early -d 0.1 >home/redirected.txt 2>err
	check "$name, a file" grep -q '^Function: main' home/redirected.txt
done
finish
