#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real, optimised server with several threads, profiled while it serves: every request is answered correctly before,
# while and after, and the counts are the client's. The server is CivetWeb.
. "$(dirname "$0")/lib.sh"
. "$HERE/sources.sh"
need python3 gcc apt-get dpkg-source
need_profiler

REQUESTS=${REQUESTS:-3000}
PER_CONNECTION=10
CONNECTIONS=$((REQUESTS / PER_CONNECTION))
THREADS=4
SELECT=(-f handle_request -f accept_new_connection -f process_new_connection -f worker_thread_run)

SOURCE=$(fetch_source civetweb) || exit 1
gcc -w -g -O2 -DNO_SSL -DNO_CGI -I"$SOURCE/include" -o "$WORK/civetweb" "$SOURCE/src/civetweb.c" "$SOURCE/src/main.c" -pthread || exit 1
mkdir "$WORK/site"
make_input 4000 "$WORK/site/page.txt"

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# ask PORT ARGS...: the client
ask() {
	local port=$1
	shift
	python3 "$HERE/http_load.py" "$port" /page.txt "$WORK/site/page.txt" --threads $THREADS --per-connection $PER_CONNECTION "$@"
}

# start_load PORT ARGS...: starts the client in the background, as the process that gets signals; sets LOAD.
start_load() {
	local port=$1
	shift
	python3 "$HERE/http_load.py" "$port" /page.txt "$WORK/site/page.txt" --threads $THREADS --per-connection $PER_CONNECTION "$@" >"$WORK/load" 2>&1 &
	LOAD=$!
	child $LOAD
	sleep 0.7
}

# start_server: starts the server; sets SERVER and PORT.
start_server() {
	PORT=$(free_port)
	"$WORK/civetweb" -listening_ports "127.0.0.1:$PORT" -document_root "$WORK/site" -num_threads 8 -enable_keep_alive yes \
		-tcp_nodelay 1 >>"$WORK/server.log" 2>&1 &
	SERVER=$!
	child $SERVER
	wait_for 20 ask "$PORT" --requests 1 || bad "the server did not start"
}

# start_profiler ARGS...: starts the profiler in the background and waits until its probes are in; sets PROFILER.
start_profiler() {
	rm -f "$WORK/err"
	"$LPROF" "${EXACT[@]}" "$@" >"$WORK/report" 2>"$WORK/err" &
	PROFILER=$!
	child $PROFILER
	wait_for 20 grep -q "profiling" "$WORK/err" || bad "no probes: $(cat "$WORK/err")"
}

# served: prints how many requests of the running load have been answered
served() {
	local lines
	lines=$(grep -c "so far" "$WORK/load")
	kill -USR1 "$LOAD" || return
	wait_for 5 eval "[ \$(grep -c 'so far' '$WORK/load') -gt $lines ]"
	sed -n 's/^so far //p' "$WORK/load" | tail -1
}

# hits_of TEXT: prints the hits of the line in the text report that ends in TEXT.
hits_of() {
	grep -F "$1" "$WORK/report" | awk 'NF > 5 { print $2; exit }'
}

between() {
	local found=${3:-none}
	if [ "$found" != none ] && [ "$2" -le "$found" ] && [ "$found" -le "$4" ]; then
		ok "$1"
	else
		bad "$1: $found is not between $2 and $4"
	fi
}

# line_of TEXT: prints the number of the only line in the server's source that contains TEXT.
line_of() {
	grep -nF "$1" "$SOURCE/src/civetweb.c" | cut -d: -f1
}

# exactly NAME REQUESTS CONNECTIONS: checks exact counts, for a load that began and ended while the server was
# profiled.
exactly() {
	local json=$WORK/profile.json line
	missed_none "$1" "$json"
	is_json "$1: calls of handle_request" "$2" "$json" 'f("handle_request")["calls"]'
	is_json "$1: calls of accept_new_connection" "$3" "$json" 'f("accept_new_connection")["calls"]'
	is_json "$1: calls of process_new_connection" "$3" "$json" 'f("process_new_connection")["calls"]'
	line=$(line_of 'if ((so.sock = accept(listener->sock')
	is_json "$1: hits of the line that accepts" "$3" "$json" "hits('civetweb.c', $line)"
	line=$(line_of 'conn->handled_requests++')
	is_json "$1: hits of the line that counts requests" "$2" "$json" "hits('civetweb.c', $line)"
	line=$(line_of 'tmp = mg_strdup(ri->local_uri_raw);')
	is_json "$1: hits of the line that copies the path" "$2" "$json" "hits('civetweb.c', $line)"
	line=$(line_of 'if (!strcmp(ri->request_method, "OPTIONS"))' | head -1)
	is_json "$1: hits of lines for other requests" 0 "$json" "sum(l['hits'] for l in f('handle_request')['lines'] if $line < l['line'] < $line + 60)"
	is_json "$1: time" True "$json" "0 < f('handle_request')['time_ns'] < 2 * $THREADS * p['duration_ns']"
}

start_server
FIRST=$SERVER
FIRST_PORT=$PORT
is "before: answers" "requests $REQUESTS connections $CONNECTIONS wrong 0" "$(ask "$FIRST_PORT" --requests "$REQUESTS" | tail -1)"

# Attached under load, for a second and a half; Ctrl-C; the table on standard output.
start_load "$FIRST_PORT"
before=$(served)
start_profiler "${SELECT[@]}" -p "$FIRST"
attached=$(served)
sleep 1.5
ending=$(served)
stop "$PROFILER" INT
is "under load: status" 0 $?
after=$(served)
sleep 0.3
stop "$LOAD" TERM
is "under load: client's status" 0 $?
is "under load: wrong answers" 0 "$(sed -n 's/^requests .* wrong //p' "$WORK/load")"
between "under load: requests" 500 "$((ending - attached))" 1000000
is "under load: tables" 4 "$(grep -c '^Function: .* at line ' "$WORK/report")"
is "under load: columns" 4 "$(grep -c '^Line #      Hits         Time  Per Hit   % Time  Line Contents$' "$WORK/report")"
# A request that is in progress when the answers are counted may or may not be included.
between "under load: requests by the table" $((ending - attached - THREADS)) "$(hits_of 'tmp = mg_strdup(ri->local_uri_raw);')" $((after - before + THREADS))
between "under load: connections by the table" $(((ending - attached) / PER_CONNECTION - 2 * THREADS)) \
	"$(hits_of 'if ((so.sock = accept(listener->sock')" $(((after - before) / PER_CONNECTION + 2 * THREADS))
echo "under load: $((ending - attached)) requests while profiled, 1.5 s; $(hits_of 'tmp = mg_strdup(ri->local_uri_raw);') by the table"
check "under load: nothing left in the server" unpatched "$FIRST"

# A load that begins and ends while profiling: exact counts.
start_profiler "${SELECT[@]}" -p "$FIRST" -o "$WORK/profile.json"
is "exact: answers" "requests $REQUESTS connections $CONNECTIONS wrong 0" "$(ask "$FIRST_PORT" --requests "$REQUESTS" | tail -1)"
sleep 0.2
stop "$PROFILER" INT
is "exact: status" 0 $?
exactly exact "$REQUESTS" "$CONNECTIONS"
check "exact: nothing left in the server" unpatched "$FIRST"

# -d while it serves.
start_load "$FIRST_PORT"
before=$(served)
"$LPROF" -q "${EXACT[@]}" "${SELECT[@]}" -p "$FIRST" -d 1 -o "$WORK/profile.json" 2>"$WORK/err"
is "-d: status" 0 $?
after=$(served)
stop "$LOAD" TERM
is "-d: client's status" 0 $?
missed_none "-d" "$WORK/profile.json"
is_json "-d: duration" True "$WORK/profile.json" '1e9 <= p["duration_ns"] < 3e9'
is_json "-d: calls" True "$WORK/profile.json" "200 < f('handle_request')['calls'] <= $((after - before + THREADS))"
check "-d: nothing left in the server" unpatched "$FIRST"

# System-wide: one server that runs already, and one that starts while profiling.
start_profiler "${SELECT[@]}" -x "$WORK/civetweb" -o "$WORK/profile.json"
start_server
start_load "$PORT" --requests "$REQUESTS"
is "-x: answers of the first" "requests $REQUESTS connections $CONNECTIONS wrong 0" "$(ask "$FIRST_PORT" --requests "$REQUESTS" | tail -1)"
wait $LOAD
forget $LOAD
is "-x: answers of the second" "requests $REQUESTS connections $CONNECTIONS wrong 0" "$(tail -1 "$WORK/load")"
sleep 0.2
stop "$PROFILER" INT
is "-x: status" 0 $?
# The second server got one more request, to find out whether it had started.
exactly "-x" $((2 * REQUESTS + 1)) $((2 * CONNECTIONS + 1))
check "-x: nothing left in the first server" unpatched "$FIRST"
check "-x: nothing left in the second server" unpatched "$SERVER"

is "after: answers of the first" "requests $REQUESTS connections $CONNECTIONS wrong 0" "$(ask "$FIRST_PORT" --requests "$REQUESTS" | tail -1)"
is "after: answers of the second" "requests 100 connections 10 wrong 0" "$(ask "$PORT" --requests 100 | tail -1)"
for server in "$FIRST" "$SERVER"; do
	stop "$server" TERM 2>/dev/null
	is "after: the server's own status" 0 $?
done
finish
