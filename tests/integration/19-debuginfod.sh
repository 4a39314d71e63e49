#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debug information and sources from elsewhere: from a debuginfod server, and from directories that the user names. What
# the server of this test has is files below buildid/, as the protocol names them.
. "$(dirname "$0")/lib.sh"
need gcc python3 objcopy readelf
need_profiler

gcc -g -O1 -Wl,--build-id -o "$WORK/whole" "$PROGRAMS/collatz.c" || bad "build"
id=$(readelf -n "$WORK/whole" | awk '/Build ID/ { print $3 }')
objcopy --strip-all "$WORK/whole" "$WORK/stripped"
mkdir -p "$WORK/served/buildid/$id" "$WORK/empty"
objcopy --only-keep-debug "$WORK/whole" "$WORK/served/buildid/$id/debuginfo"
python3 -u "$HERE/served_files.py" "$WORK/served" >"$WORK/port" 2>"$WORK/requests" &
child $!
wait_for 20 test -s "$WORK/port" || bad "the server did not start"
url=http://127.0.0.1:$(cat "$WORK/port")

# fetch CACHE COMMAND...: runs the command with that server and a cache of its own.
fetch() {
	DEBUGINFOD_URLS=$url DEBUGINFOD_CACHE_PATH=$WORK/$1 "${@:2}"
}
# requests: how often the server was asked for the file.
requests() {
	grep -c "GET /buildid/$id/debuginfo" "$WORK/requests"
}

fetch cache "$LPROF" -q -f collatz -o "$WORK/fetched.json" -- "$WORK/stripped" 300 >"$WORK/out" 2>"$WORK/err"
is "a command: status" 0 $?
"$LPROF" -q -f collatz -o "$WORK/whole.json" -- "$WORK/whole" 300 >"$WORK/out" 2>&1
check "a command: the hits of the program that has it" python3 "$HERE/lprof_json.py" same "$WORK/fetched.json" "$WORK/whole.json"
is "a command: one request" 1 "$(requests)"
fetch cache "$LPROF" list -x "$WORK/stripped" >"$WORK/list"
check "list: the function" grep -q collatz "$WORK/list"
is "list: from the cache" 1 "$(requests)"
fetch cache "$LPROF" -q -f collatz -x "$WORK/stripped" -o "$WORK/named.json" -- "$WORK/stripped" 300 >"$WORK/out" 2>&1
check "-x: the same hits" python3 "$HERE/lprof_json.py" same "$WORK/named.json" "$WORK/whole.json"

# A process that runs already.
"$WORK/stripped" 100000000 >"$WORK/out" &
TARGET=$!
child $TARGET
fetch cache "$LPROF" -q -f collatz -p $TARGET -d 0.5 -o "$WORK/attached.json"
is_json "-p: hits" True "$WORK/attached.json" "sum(l['hits'] for l in f('collatz')['lines']) > 1000"
fetch cache "$LPROF" -q -p $TARGET -d 1 -o "$WORK/hottest.json"
is_json "-p without -f: lines" True "$WORK/hottest.json" "any(f['lines'] for f in p['functions'])"
stop $TARGET TERM

# Sources that are not on this machine, of a program that the server knows.
mkdir -p "$WORK/src"
cp "$PROGRAMS/collatz.c" "$WORK/src/moved.c"
gcc -g -O0 -I"$PROGRAMS" -Wl,--build-id -fdebug-prefix-map="$WORK/src=/gone/away" -o "$WORK/moved" "$WORK/src/moved.c" || bad "build"
moved_id=$(readelf -n "$WORK/moved" | awk '/Build ID/ { print $3 }')
mkdir -p "$WORK/served/buildid/$moved_id/source/gone/away"
mv "$WORK/src/moved.c" "$WORK/served/buildid/$moved_id/source/gone/away/moved.c"
moved_requests() {
	grep -c "GET /buildid/$moved_id/source" "$WORK/requests"
}
env -u DEBUGINFOD_URLS "$LPROF" -q -f collatz -o "$WORK/bare.json" -- "$WORK/moved" 300 >"$WORK/out" 2>"$WORK/err"
check "sources: none is known without a server" grep -q "Could not find file /gone/away/moved.c" \
	<("$LPROF" report "$WORK/bare.json"; env -u DEBUGINFOD_URLS "$LPROF" -q -f collatz -- "$WORK/moved" 300)
fetch sources "$LPROF" -q -f collatz -f main -o "$WORK/moved.txt" -- "$WORK/moved" 300 >"$WORK/out" 2>"$WORK/err"
check "sources: from the server" grep -qE "^ +13 +[0-9]+ .*while \(n != 1\)" "$WORK/moved.txt"
is "sources: one request for all functions of a file" 1 "$(moved_requests)"
is "sources: no note on their time" 0 "$(grep -c "was changed after" "$WORK/moved.txt")"
fetch sources "$LPROF" report "$WORK/bare.json" >"$WORK/report.txt"
check "sources: a saved profile without texts" grep -qE "^ +13 +[0-9]+ .*while \(n != 1\)" "$WORK/report.txt"
fetch sources "$LPROF" report -o "$WORK/texts.json" "$WORK/bare.json"
before=$(moved_requests)
fetch sources2 "$LPROF" report "$WORK/texts.json" >"$WORK/report.txt"
is "sources: what a profile holds is not asked for" "$before" "$(moved_requests)"
rm "$WORK/served/buildid/$moved_id/source/gone/away/moved.c"
fetch sources3 "$LPROF" -q -f collatz -- "$WORK/moved" 300 >"$WORK/out" 2>"$WORK/err"
check "sources: the server has none" grep -q "Could not find file /gone/away/moved.c" "$WORK/out"
gcc -g -O0 -Wl,--build-id=none -fdebug-prefix-map="$PROGRAMS=/gone/away" -o "$WORK/nameless" "$PROGRAMS/collatz.c"
before=$(grep -c "/source/" "$WORK/requests")
fetch sources4 "$LPROF" -q -f collatz -- "$WORK/nameless" 300 >"$WORK/out" 2>"$WORK/err"
is "sources: without a build ID nothing is asked for" "$before" "$(grep -c "/source/" "$WORK/requests")"

# The command does not get a variable that it did not have.
check "without a server: nothing is set" env -u DEBUGINFOD_URLS SUDO_UID=0 "$LPROF" -q --no-probes -o "$WORK/env.json" -- \
	sh -c '[ -z "${DEBUGINFOD_URLS+set}" ]'

# Nobody has it, or is there; and what is no such file.
DEBUGINFOD_URLS=$url/other DEBUGINFOD_CACHE_PATH=$WORK/cache2 "$LPROF" -f collatz -x "$WORK/stripped" -- "$WORK/stripped" \
	>"$WORK/out" 2>"$WORK/err"
is "not there: status" 1 $?
check "not there: said" grep -q "$id is installed under /usr/lib/debug or is on the servers of DEBUGINFOD_URLS" "$WORK/err"
DEBUGINFOD_URLS=http://127.0.0.1:1 DEBUGINFOD_CACHE_PATH=$WORK/cache3 "$LPROF" -f collatz -x "$WORK/stripped" -- \
	"$WORK/stripped" >"$WORK/out" 2>"$WORK/err"
is "no server: status" 1 $?
check "no server: said" grep -q "$id" "$WORK/err"
env -u DEBUGINFOD_URLS "$LPROF" -f collatz -x "$WORK/stripped" -- "$WORK/stripped" >"$WORK/out" 2>"$WORK/err"
check "no server is named: the way out" grep -q "let DEBUGINFOD_URLS name a server" "$WORK/err"
gcc -g -O1 -Wl,--build-id -DOTHER=1 -include stdio.h -O0 -o "$WORK/other" "$PROGRAMS/collatz.c"
objcopy --only-keep-debug "$WORK/other" "$WORK/served/buildid/$id/debuginfo"
fetch cache4 "$LPROF" -f collatz -x "$WORK/stripped" -- "$WORK/stripped" >"$WORK/out" 2>"$WORK/err"
is "another build: status" 1 $?
check "another build: said" grep -q "is not the debug information of this build" "$WORK/err"
echo nonsense >"$WORK/served/buildid/$id/debuginfo"
fetch cache5 "$LPROF" -f collatz -x "$WORK/stripped" -- "$WORK/stripped" >"$WORK/out" 2>"$WORK/err"
is "nonsense: status" 1 $?
check "nonsense: said" grep -q "is not the debug information of this build" "$WORK/err"

# From a directory: by the build ID, by the link, and by the program's name; and not that of another build.
unset DEBUGINFOD_URLS
objcopy --only-keep-debug "$WORK/whole" "$WORK/right.debug"
objcopy --only-keep-debug "$WORK/other" "$WORK/wrong.debug"
objcopy --strip-all --add-gnu-debuglink="$WORK/right.debug" "$WORK/whole" "$WORK/linked"
gcc -g -O1 -Wl,--build-id=none -o "$WORK/without" "$PROGRAMS/collatz.c"
objcopy --only-keep-debug "$WORK/without" "$WORK/without.debug"
objcopy --strip-all --add-gnu-debuglink="$WORK/without.debug" "$WORK/without"
mv "$WORK/without.debug" "$WORK/kept.debug"

# besides NAME PROGRAM FILE DEBUG: with DEBUG as FILE in the directory, the program's hits are right.
besides() {
	rm -rf "$WORK/dir"
	mkdir -p "$WORK/dir/$(dirname "$3")"
	cp "$4" "$WORK/dir/$3"
	rm -f "$WORK/dir.json"
	"$LPROF" -q -f collatz --debug-dir "$WORK/empty" --debug-dir "$WORK/dir" -o "$WORK/dir.json" -- "$2" 300 >"$WORK/out" 2>&1
	check "--debug-dir, $1: the same hits" python3 "$HERE/lprof_json.py" same "$WORK/dir.json" "$WORK/whole.json"
}
mv "$WORK/right.debug" "$WORK/kept_right.debug"
besides "by the build ID" "$WORK/stripped" ".build-id/${id:0:2}/${id:2}.debug" "$WORK/kept_right.debug"
besides "by the link" "$WORK/linked" right.debug "$WORK/kept_right.debug"
besides "by the name" "$WORK/stripped" stripped.debug "$WORK/kept_right.debug"
besides "the whole program" "$WORK/stripped" stripped "$WORK/whole"
besides "by the link, without a build ID" "$WORK/without" without.debug "$WORK/kept.debug"
check "--debug-dir: list" grep -q collatz <("$LPROF" list --debug-dir "$WORK/dir" -x "$WORK/without")
cp "$WORK/wrong.debug" "$WORK/dir/stripped.debug"
"$LPROF" -f collatz --debug-dir "$WORK/dir" -x "$WORK/stripped" -- "$WORK/stripped" >"$WORK/out" 2>"$WORK/err"
is "--debug-dir, another build: status" 1 $?
check "--debug-dir, another build: said" grep -q "belongs to another build" "$WORK/err"
"$LPROF" -f collatz --debug-dir "$WORK/nowhere" -- "$WORK/stripped" >"$WORK/out" 2>"$WORK/err"
is "--debug-dir, no directory: status" 2 $?
check "--debug-dir, no directory: said" grep -q "names no directory" "$WORK/err"
finish
