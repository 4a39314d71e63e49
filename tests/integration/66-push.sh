#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Profiles that are sent to a store: the contents of the requests, and that every profile arrives once and in order,
# whatever the store does in the meantime. The store is a small one in Python, receiver.py, which decodes what it
# receives.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler

PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
PYROSCOPE=http://127.0.0.1:$PORT
SPOOL=$WORK/spool
export TMPDIR=$WORK

# mode WORDS...: how the store answers from now on.
mode() {
	echo "$*" >"$STORE/mode.new"
	mv "$STORE/mode.new" "$STORE/mode"
}

# start_store [NAME]: starts an empty store, or one that goes on with what NAME has received.
start_store() {
	STORE=$WORK/store-$1
	mkdir -p "$STORE"
	mode 200
	: >"$WORK/store.out"
	python3 "$HERE/receiver.py" "$STORE" "$PORT" >"$WORK/store.out" 2>>"$WORK/store.err" &
	STORE_PID=$!
	child $STORE_PID
	wait_for 10 grep -q ready "$WORK/store.out" || bad "the store did not start: $(cat "$WORK/store.err")"
}

stop_store() {
	stop "$STORE_PID" KILL 2>/dev/null
}

# stored NAME EXPECTED EXPRESSION: checks an expression about what the store has received
stored() {
	is "$1" "$2" "$(python3 "$HERE/received.py" "$STORE" "$3" 2>&1)"
}

# start_push URL ARGS...: profiles the running program in the background, with a report as JSON; sets PROFILER.
start_push() {
	local url=$1
	shift
	rm -f "$WORK/err"
	"$LPROF" "${EXACT[@]}" -f day -f nap -p "$TARGET" -o "$WORK/report.json" --push "$url" --spool "$SPOOL" "$@" >"$WORK/out" 2>"$WORK/err" &
	PROFILER=$!
	child $PROFILER
}

# Waits for the profiler; returns its status.
end_push() {
	wait "$PROFILER" 2>/dev/null
	local status=$?
	forget "$PROFILER"
	return $status
}

push() {
	start_push "$@"
	end_push
}

# whole NAME: what has arrived must be what the report says, each profile once and in order.
whole() {
	stored "$1: once and in order" True 'is_chain(got)'
	stored "$1: hits" True "by_line(got) == reported('$WORK/report.json')"
}

# said NAME TIMES PATTERN
said() {
	is "$1 ($3)" "$2" "$(grep -c -E -e "$3" "$WORK/err")"
}

# met MODE: waits until the store has answered in this mode.
met() {
	grep -q -r --include='*.json' -e "\"mode\": \"$1\"" "$STORE"
}

spooled() {
	find "$SPOOL" -name '*.push' 2>/dev/null | wc -l
}

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

build napper gcc "$WORK/napper" -O0
"$WORK/napper" forever >"$WORK/napper.out" &
TARGET=$!
child $TARGET
wait_for 20 grep -q ready "$WORK/napper.out"

# A store that works: requests are as Pyroscope documents them, and nothing is on disk.
start_store well
push "$PYROSCOPE" -i 0.25 -d 1.8
is "well: status" 0 $?
# Labels of the cgroup that this script happens to be in are checked elsewhere.
HOME_LABELS='r",(cgroup|container|pod|unit)=[^,}]*", ""'
whole well
stored "well: several" True 'len(got) >= 6 and len(every) == len(got)'
stored "well: path" "{'/ingest'}" '{r["path"] for r in got}'
stored "well: name" "{'napper{pid=$TARGET,hostname=$(uname -n),clock=wall}'}" '{__import__("re").sub('"$HOME_LABELS"', r["query"]["name"]) for r in got}'
stored "well: format" "{('pprof', 'lprof-bpf')}" '{(r["query"]["format"], r["query"]["spyName"]) for r in got}'
stored "well: type" "{'binary/octet-stream'}" '{r["headers"]["content-type"] for r in got}'
stored "well: no credentials" True 'all("authorization" not in r["headers"] for r in got)'
stored "well: spans are of the clock" True \
	"abs(time.time() - span(got[-1])[1] / 1e9) < 10 and 1.3 < (span(got[-1])[1] - span(got[0])[0]) / 1e9 < 15"
stored "well: begin" True 'all(r["profile"]["begin_ns"] == span(r)[0] for r in got)'
# Times are estimates, which are revised, and what was sent cannot be taken back: the sum may be larger than in the
# report, but not less.
stored "well: stacks" True "by_stack(got, 'samples') == sampled('$WORK/report.json') and len(by_stack(got, 'wall')) > 1"
said "well: nothing to complain of" 1 .
is "well: no spool" 0 "$([ -e "$SPOOL" ] && echo 1 || echo 0)"

# The default interval is longer than this run: one profile is sent, at the end. The table is printed once.
"$LPROF" "${EXACT[@]}" -f day -p "$TARGET" -d 0.5 --push "$PYROSCOPE/some/prefix/?service=my%20shop&a=b" --spool "$SPOOL" >"$WORK/out" 2>"$WORK/err"
stored "prefix" "('/some/prefix/ingest', 'b')" '(every[-1]["path"], every[-1]["query"]["a"])'
stored "prefix: service" True 'every[-1]["query"]["name"].startswith("my_shop{")'
stored "prefix: one profile" 1 'len([r for r in every if "some" in r["path"]])'
is "table" 1 "$(grep -c '^Function: day' "$WORK/out")"
# With --push, -i prints no tables before the end.
"$LPROF" "${EXACT[@]}" -f day -p "$TARGET" -i 0.15 -d 0.5 --push "$PYROSCOPE" --spool "$SPOOL" >"$WORK/out" 2>"$WORK/err"
is "table with -i" 1 "$(grep -c '^Function: day' "$WORK/out")"

# A command: the profiles are named after its file, its exit status is kept, and it does not inherit the token.
printf '#include <stdlib.h>\nint look(void) { return getenv("LPROF_BPF_PUSH_TOKEN") ? 1 : 9; }\nint main(void) { return look(); }\n' >"$WORK/look.c"
gcc -g -O0 -o "$WORK/look" "$WORK/look.c"
LPROF_BPF_PUSH_TOKEN=t0k3n-of-mine "$LPROF" -f look --clock cpu --push "$PYROSCOPE" --spool "$SPOOL" -- "$WORK/look" >"$WORK/out" 2>"$WORK/err"
is "command: status" 9 $?
stored "command: name" True '__import__("re").fullmatch(r"look\{pid=\d+,hostname=.*,clock=cpu[^{}]*\}", every[-1]["query"]["name"]) is not None'
stored "command: token" "Bearer t0k3n-of-mine" 'every[-1]["headers"]["authorization"]'
stored "command: one call" True 'set(by_line(every[-1:]).values()) == {1}'

# Credentials are sent but appear in no message, although the store repeats them.
mode echo
push "http://some%40one:s3cr3t%2Fw@127.0.0.1:$PORT" -i 0.2 -d 0.5 -vv
stored "password" "some@one:s3cr3t/w" '__import__("base64").b64decode(every[-1]["headers"]["authorization"].split()[1]).decode()'
said "password: refused" 1 "127.0.0.1:$PORT/ingest refuses a profile: it answers 400: .*no .*Basic \*\*\* "
said "password: not said" 0 "s3cr3t|$(printf 'some@one:s3cr3t/w' | base64)"
said "password: no control characters" 0 $'[\x01-\x08\x0b-\x1f]'
LPROF_BPF_PUSH_TOKEN=t0k3n-of-mine push "$PYROSCOPE" -i 0.2 -d 0.5 -vv
said "token: refused" 1 "refuses a profile: it answers 400: .*Bearer \*\*\*"
said "token: not said" 0 "t0k3n-of-mine"
# The password of a user may come from the environment.
LPROF_BPF_PUSH_PASSWORD='s3cr3t/w' push "http://some%40one@127.0.0.1:$PORT" -i 0.2 -d 0.5 -vv
stored "password of the environment" "some@one:s3cr3t/w" '__import__("base64").b64decode(every[-1]["headers"]["authorization"].split()[1]).decode()'
said "password of the environment: not said" 0 "s3cr3t|$(printf 'some@one:s3cr3t/w' | base64)"
LPROF_BPF_PUSH_PASSWORD=s3cr3t push "http://127.0.0.1:$PORT" -d 1
is "password of nobody: status" 1 $?
said "password of nobody" 1 "LPROF_BPF_PUSH_PASSWORD.*USER@"
LPROF_BPF_PUSH_PASSWORD=s3cr3t push "http://one:other@127.0.0.1:$PORT" -d 1
is "two passwords: status" 1 $?
said "two passwords: not said" 0 "s3cr3t|other"

# Nobody else can see them: not in the list of processes, the environment, the report or file names. unseen NAME URL:
# looks, while profiling goes on, at profiles that the store does not accept now.
unseen() {
	rm -rf "$SPOOL" "$WORK/report.json"
	start_push "$2" -i 0.1 -d 60
	wait_for 20 probed "$TARGET"
	sleep 0.5
	{
		tr '\0' '\n' <"/proc/$PROFILER/cmdline"
		tr '\0' '\n' <"/proc/$PROFILER/environ"
	} >"$WORK/seen"
	kill -INT "$PROFILER"
	end_push
	is "$1: status" 0 $?
	find "$SPOOL" -name '*.push' >>"$WORK/seen"
	cat "$WORK/report.json" "$WORK/err" >>"$WORK/seen"
	is "$1: not to be seen" 0 "$(grep -c -E 's3cr3t|t0k3n' "$WORK/seen")"
	check "$1: the rest is" grep -q "^http://127.0.0.1:$PORT" "$WORK/seen"
	check "$1: a file in the spool" grep -q '\.push$' "$WORK/seen"
}
mode 503
unseen "password in the URL" "http://one:s3cr3t@127.0.0.1:$PORT/?key=s3cr3t"
LPROF_BPF_PUSH_PASSWORD=s3cr3t unseen "password of the environment" "http://one@127.0.0.1:$PORT"
LPROF_BPF_PUSH_TOKEN=t0k3n unseen "token" "http://127.0.0.1:$PORT"
rm -rf "$SPOOL"
mode echo
LPROF_BPF_PUSH_TOKEN=t0k3n-of-mine push "http://one:s3cr3t@127.0.0.1:$PORT" -d 1
is "token and password: status" 1 $?
said "token and password" 1 "LPROF_BPF_PUSH_TOKEN"
said "token and password: not said" 0 "s3cr3t|t0k3n"
LPROF_BPF_PUSH_TOKEN=$'t0k3n\r\nX-Evil: 1' push "$PYROSCOPE" -d 1
is "token of two lines: status" 1 $?
for url in "ftp://one:s3cr3t@h" "http://one:s3cr3t@h:port" "s3cr3t"; do
	push "$url" -d 1
	is "not a URL: status" 2 $?
	said "not a URL: not said" 0 "s3cr3t"
done
push "$PYROSCOPE" --push "http://one:s3cr3t@h" -d 1
is "two URLs: status" 2 $?
said "two URLs: not said" 0 "s3cr3t"
is "no spool without trouble" 0 "$(spooled)"
stop_store

# Parca, at its own address for JSON and as a Connect service.
for path in api/profiles/writeraw parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw; do
	start_store "parca-${path%%/*}"
	case $path in
	api*) push "parca+http://127.0.0.1:$PORT" -i 0.2 -d 0.7 ;;
	*) push "http://127.0.0.1:$PORT/${path%/*}" -i 0.2 -d 0.7 ;;
	esac
	stored "Parca: path" "{'/$path'}" '{r["path"] for r in got}'
	stored "Parca: labels" True "all({k: v for k, v in r['labels'].items() if k not in ('cgroup', 'container', 'pod', 'unit')} == {'__name__': 'lprof_bpf', 'service_name': 'napper', 'pid': '$TARGET', \
		'hostname': '$(uname -n)', 'clock': 'wall'} for r in got)"
	stored "Parca: hits" True "len(got) > 2 and by_line(got) == reported('$WORK/report.json')"
	stored "Parca: in order" True '(lambda b: b == sorted(set(b)))([r["profile"]["begin_ns"] for r in got])'
	stop_store
done

# A store that fails in each temporary way, disappears and comes back.
start_store outage
start_push "$PYROSCOPE" -i 0.25 -d 6
wait_for 10 met 200
for status in 500 429; do
	mode $status
	wait_for 10 met $status
done
stop_store
sleep 0.5
start_store outage
end_push
is "outage: status" 0 $?
whole outage
stored "outage: 500 and 429 were met" True '{"500", "429"} <= {r["mode"] for r in every}'
stored "outage: backed off" True 'len([r for r in every if r["mode"] in ("500", "429")]) <= 4'
said "outage: said once" 1 "cannot deliver to $PYROSCOPE/ingest: it answers 500: told to"
said "outage: over" 1 "takes profiles again"
is "outage: spool is empty" 0 "$(spooled)"
is "outage: spool's mode" 700 "$(stat -c %a "$SPOOL")"

# A slow store does not delay profiling.
mode slow 0.3
push "$PYROSCOPE" -i 0.12 -d 1.2
is_json "slow: not delayed" True "$WORK/report.json" '1.2e9 <= p["duration_ns"] < 2.5e9'
stored "slow: some were waiting at the end" True 'len([r for r in every if r["mode"] == "slow"]) >= 8'
stored "slow: hits" True "by_line([r for r in got if r['mode'] == 'slow']) == reported('$WORK/report.json')"
stop_store

# A refused profile is dropped, reported once, and counted.
start_store refused
mode 400
start_push "$PYROSCOPE" -i 0.15 -d 1.2
wait_for 10 met 400
mode 200
end_push
refused=$(python3 "$HERE/received.py" "$STORE" 'len(every) - len(got)')
stored "refused: each was sent once" True 'is_chain(every) and len(got) > 1'
stored "refused: hits" True "by_line(every) == reported('$WORK/report.json')"
said "refused: said once" 1 "refuses a profile: it answers 400: told to"
said "refused: counted" 1 "^lprof-bpf: $refused profiles? (was|were) refused"
stop_store

# If an answer is lost, the profile is sent again. It may then arrive twice, as documented.
start_store lost
mode lost
start_push "$PYROSCOPE" -i 0.2 -d 1
wait_for 10 met lost
mode 200
end_push
stored "lost answer: twice" True 'len(got) > len(once(got))'
stored "lost answer: no more" True 'is_chain(once(got))'
stored "lost answer: hits" True "by_line(once(got)) == reported('$WORK/report.json')"
stop_store

# No store at all: the end does not wait for ever, and a second Ctrl-C shortens the wait further.
start=$(now_ms)
push "http://one:s3cr3t@127.0.0.1:$PORT" -i 0.3 -d 1
is "away: status" 0 $?
took=$(($(now_ms) - start))
is "away: the end waits 5 s ($took ms)" 1 $((took > 5500 && took < 20000))
said "away: said once" 1 "cannot deliver to $PYROSCOPE/ingest: "
said "away: what is left" 1 "^lprof-bpf: $(spooled) profiles are not delivered .* $SPOOL"
check "away: several kept" [ "$(spooled)" -ge 2 ]
is "away: modes" 600 "$(find "$SPOOL" -name '*.push' -printf '%m\n' | sort -u)"
is "away: no secrets on the disk" "" "$(grep -l -r -e s3cr3t -e "$(printf one:s3cr3t | base64)" "$SPOOL")"
cp "$WORK/report.json" "$WORK/first.json"
times=("$(date +%s%N)")
start_push "http://one:s3cr3t@127.0.0.1:$PORT" -i 0.3
wait_for 20 grep -q profiling "$WORK/err"
sleep 1
kill -INT "$PROFILER"
sleep 1
check "Ctrl-C: still trying" kill -0 "$PROFILER"
start=$(now_ms)
kill -INT "$PROFILER"
end_push
is "Ctrl-C twice: status" 0 $?
took=$(($(now_ms) - start))
is "Ctrl-C twice: ends at once ($took ms)" 1 $((took < 2500))
cp "$WORK/report.json" "$WORK/second.json"

times+=("$(date +%s%N)")

# Killed without warning: the profiles written to the spool by then are there.
start_push "http://one:s3cr3t@127.0.0.1:$PORT" -i 0.2
left=$(spooled)
more_spooled() {
	[ "$(spooled)" -gt $((left + 3)) ]
}
wait_for 20 more_spooled
kill -KILL "$PROFILER"
end_push 2>/dev/null
times+=("$(date +%s%N)")

# The limit: 64 MiB for each destination; the oldest profiles are dropped. The profiles made here are older than all
# others, and valid except for the last one.
python3 - "$SPOOL" <<'PYTHON'
import glob, gzip, json, os, sys
template = glob.glob(sys.argv[1] + "/*.push")[0]
key = os.path.basename(template).split("-")[0]
with open(template, "rb") as file:
    head = json.loads(file.readline())
# A message with one field that no reader knows, and nothing else.
profile = gzip.compress(b"\x7a\x80\x80\x40" + os.urandom(1 << 20), 0)
for i in range(64):
    head.update(begin_ns=i, end_ns=i + 1, size=len(profile) + (i == 63))
    with open(f"{sys.argv[1]}/{key}-{i:020}-0000000001-00000000.push", "wb") as out:
        out.write(json.dumps(head).encode() + b"\n" + profile)
    os.chmod(out.name, 0o600)
PYTHON
start_push "http://one:s3cr3t@127.0.0.1:$PORT" -i 0.3 -d 1
sleep 2.5
kill -INT "$PROFILER" # the profiler is delivering for its last seconds
end_push
times+=("$(date +%s%N)")
said "bound: said" 1 "more profiles are waiting for .* than are kept \(64 MiB\)"
said "bound: counted" 1 "^lprof-bpf: [1-9][0-9]* profiles? (was|were) dropped"
size=$(find "$SPOOL" -name '*.push' -printf '%s\n' | awk '{ n += $1 } END { print n }')
is "bound: kept ($size bytes)" 1 $((size <= 64 << 20 && size > 62 << 20))
is "bound: the oldest went" 0 "$(find "$SPOOL" -name "*-00000000000000000000-*" | wc -l)"
cp "$WORK/report.json" "$WORK/fourth.json"

# The next run, with another password, delivers all that is left: before its own profiles, in order, and each once.
left=$(spooled)
start_store restart
push "http://one:0th3r@127.0.0.1:$PORT" -i 0.3 -d 1
stored "restart: in order" True "len(got) > $left and [span(r) for r in got] == sorted({span(r) for r in got})"
stored "restart: hits of the first run" True "by_line(until(got, 1000, ${times[0]})) == reported('$WORK/first.json')"
stored "restart: hits of the second run" True "by_line(until(got, ${times[0]}, ${times[1]})) == reported('$WORK/second.json')"
stored "restart: profiles of the run that was killed" True "is_chain(until(got, ${times[1]}, ${times[2]}))"
stored "restart: hits of the fourth run" True "by_line(until(got, ${times[2]}, ${times[3]})) == reported('$WORK/fourth.json')"
stored "restart: hits of the last run" True "by_line(until(got, ${times[3]}, 1 << 63)) == reported('$WORK/report.json')"
said "restart: damaged" 1 "^lprof-bpf: 1 profile was damaged"
is "restart: spool is empty" 0 "$(spooled)"

# A spool directory that others may write to is not used.
mkdir -m 777 "$WORK/open"
SPOOL=$WORK/open
mode 500
start_push "$PYROSCOPE" -i 0.3 -d 1
sleep 2.5
kill -INT "$PROFILER"
end_push
said "open to all: said" 1 "cannot keep profiles in $WORK/open: others"
said "open to all: lost" 1 "^lprof-bpf: [1-9][0-9]* profiles are lost"
is "open to all: nothing there" 0 "$(find "$WORK/open" -type f | wc -l)"
is "the store's own errors" "" "$(grep -e Error "$WORK/store.err" | grep -v -e BrokenPipe -e ConnectionReset | head -5)"
finish
