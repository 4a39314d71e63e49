#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debug information from a debuginfod server: what the server of this test has is files below buildid/, as the protocol
# names them.
. "$(dirname "$0")/lib.sh"
need gcc python3 objcopy readelf
need_profiler

gcc -g -O1 -Wl,--build-id -o "$WORK/whole" "$PROGRAMS/collatz.c" || bad "build"
id=$(readelf -n "$WORK/whole" | awk '/Build ID/ { print $3 }')
objcopy --strip-all "$WORK/whole" "$WORK/stripped"
mkdir -p "$WORK/served/buildid/$id" "$WORK/empty"
objcopy --only-keep-debug "$WORK/whole" "$WORK/served/buildid/$id/debuginfo"
python3 -u - "$WORK/served" >"$WORK/port" 2>"$WORK/requests" <<'PYTHON' &
import functools
import http.server
import sys

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(server.server_port)
server.serve_forever()
PYTHON
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
finish
