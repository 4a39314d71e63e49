#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A prefork server that nobody here wrote, nginx, built from Debian's source: its workers are profiled, also those that it
# starts when it is told to read its configuration anew, and those of a new master that replaces it. Its own log says
# how many requests each worker has served.
. "$(dirname "$0")/../bench/programs.sh"
need gcc python3
need_profiler
make_program nginx
set +e
. "$HERE/cgroups.sh"

NGINX=$DIRECTORY/nginx
PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$WORK/nginx.conf" <<CONF
user root;
worker_processes 2;
pid $WORK/nginx.pid;
error_log $WORK/error.log;
events { worker_connections 64; }
http {
	log_format workers '\$pid \$status';
	access_log $WORK/access.log workers;
	client_body_temp_path $WORK; proxy_temp_path $WORK; fastcgi_temp_path $WORK; uwsgi_temp_path $WORK; scgi_temp_path $WORK;
	server { listen 127.0.0.1:$PORT; root $WORK; }
}
CONF
echo a page >"$WORK/page"

# children PID: the process IDs of its children, in order.
children() {
	pgrep -P "$1" | sort -n | paste -s -d' '
}

# serves PID N: process PID has N children.
serves() {
	[ "$(pgrep -P "$1" -c)" = "$2" ]
}

# renewed PID OLD...: process PID has two children, and none of OLD is one.
renewed() {
	local old
	serves "$1" 2 || return 1
	for old in "${@:2}"; do
		! grep -q -w "$old" <(children "$1") || return 1
	done
}

# request N: asks for N pages.
request() {
	python3 - "$PORT" "$1" <<'PYTHON'
import sys
import urllib.request

for _ in range(int(sys.argv[2])):
    with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/page", timeout=20) as answer:
        assert answer.read() == b"a page\n"
PYTHON
}

# Starts the server. Its master is a daemon, and has a session of its own.
start_server() {
	: >"$WORK/access.log"
	"$NGINX" -e "$WORK/error.log" -c "$WORK/nginx.conf" -p "$WORK" || bad "the server did not start"
	wait_for 10 test -s "$WORK/nginx.pid"
	MASTER=$(cat "$WORK/nginx.pid")
	child "$MASTER"
	wait_for 10 serves "$MASTER" 2 || bad "the server has no workers"
}

# profile ARGUMENTS...
profile() {
	rm -f "$WORK/err"
	"$LPROF" -f ngx_http_process_request "${EXACT[@]}" --by process -o "$WORK/served.json" "$@" 2>"$WORK/err" &
	PROFILER=$!
	child $PROFILER
	wait_for 20 grep -q "Ctrl-C" "$WORK/err" || bad "the profiler did not start: $(cat "$WORK/err")"
}

# Requests by worker, as the server has logged them, and as they were counted: {PID: number}.
logged() {
	python3 -c 'import collections, sys; print(dict(sorted(collections.Counter(int(l.split()[0]) for l in sys.stdin).items())))' \
		<"$WORK/access.log"
}
counted() {
	get "$WORK/served.json" "dict(sorted((f['pid'], f['calls']) for f in p['functions'] if f['calls']))"
}

# settle: gives the profiler the time to learn of new workers. These have the master's probes from the beginning, since
# its memory was copied, so that nobody else can see when they are counted.
settle() {
	sleep 1.5
}

# The master and its workers, by -p. Then the master reads its configuration anew: it starts other workers.
start_server
old=$(children "$MASTER")
profile -p "$MASTER,${old// /,}"
request 30
kill -HUP "$MASTER"
# shellcheck disable=SC2086
check "HUP: other workers" wait_for 20 renewed "$MASTER" $old
new=$(children "$MASTER")
settle
request 40
sleep 0.3
stop $PROFILER INT
is "HUP: status" 0 $?
is "HUP: requests" 70 "$(wc -l <"$WORK/access.log")"
is "HUP: each worker's" "$(logged)" "$(counted)"
is_json "HUP: workers before and after" "True True" "$WORK/served.json" \
	"f\"{any(f['pid'] in (${old// /,}) for f in p['functions'])} {any(f['pid'] in (${new// /,}) for f in p['functions'])}\""
missed_none "HUP" "$WORK/served.json"
kill -QUIT "$MASTER"
check "HUP: it ends" wait_for 10 test ! -e "$WORK/nginx.pid"
forget "$MASTER"

# All that is in its cgroup, as with a service. A new master takes the place of the old one, which ends with its workers,
# as it is done when the server's program is replaced by a newer one.
echo $BASHPID >"$CGROUP/cgroup.procs"
start_server
echo $BASHPID >"$ROOT/cgroup.procs"
old=$(children "$MASTER")
profile --cgroup "$NAME"
request 20
kill -USR2 "$MASTER"
check "USR2: a new master" wait_for 20 test -s "$WORK/nginx.pid.oldbin" -a -s "$WORK/nginx.pid"
before=$MASTER
MASTER=$(cat "$WORK/nginx.pid")
child "$MASTER"
check "USR2: workers" wait_for 20 serves "$MASTER" 2
new=$(children "$MASTER")
settle
kill -QUIT "$before"
check "USR2: the old master ends" wait_for 10 test ! -e "$WORK/nginx.pid.oldbin"
forget "$before"
request 50
sleep 0.3
stop $PROFILER INT
is "USR2: status" 0 $?
is "USR2: requests" 70 "$(wc -l <"$WORK/access.log")"
is "USR2: each worker's" "$(logged)" "$(counted)"
is_json "USR2: workers before and after" "True True" "$WORK/served.json" \
	"f\"{any(f['pid'] in (${old// /,}) for f in p['functions'])} {any(f['pid'] in (${new// /,}) for f in p['functions'])}\""
is_json "USR2: where they are" "{'/$NAME'}" "$WORK/served.json" "{q['cgroup'] for q in p['processes']}"
missed_none "USR2" "$WORK/served.json"
finish
