#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One file that processes map by way of several mounts, as the containers of one image do: to the kernel it is one file
# with one set of probes.
. "$(dirname "$0")/lib.sh"
need python3 gcc unshare
need_profiler
# The mounts go with the namespace.
[ -n "${APART:-}" ] || APART=1 exec unshare --mount "$0" "$@"

build beyond gcc "$WORK/beyond" -O1
cd "$WORK" || exit 1
mkdir lower
mv beyond lower
gcc -g -O1 -I"$PROGRAMS" -o lower/opens "$PROGRAMS/opens.c" -ldl || bad "build"
gcc -g -O1 -I"$PROGRAMS" -shared -fPIC -DLIBRARY -o lower/opened.so "$PROGRAMS/opens.c" || bad "build"

library_probed() {
	python3 "$HERE/unpatched.py" "$1" | grep -q "opened.so differs"
}

# start MOUNT [PROGRAM ARGS...]: a process of that mount's program that waits for a line.
start() {
	local mount=$1
	shift
	rm -f "in$mount" "out$mount"
	mkfifo "in$mount"
	"$mount/${1:-beyond}" "${2:-plain}" <"in$mount" >"out$mount" &
	TARGET=$!
	child $TARGET
	exec {writer}>"in$mount"
	WRITERS+=("$writer")
	wait_for 20 grep -q ready "out$mount" || bad "$mount did not start"
}

# profile NAME ARGS...: of two targets, which go on when counting has begun.
profile() {
	local name=$1 profiler writer
	shift
	start m1
	FIRST=$TARGET
	start m2
	"$LPROF" -q -f work -f other -o profile.json -p "$FIRST,$TARGET" "${EXACT[@]}" "$@" 2>err &
	profiler=$!
	child $profiler
	check "$name: counting begins" wait_for 30 probed $TARGET
	sleep 0.3
	for writer in "${WRITERS[@]}"; do
		echo >&"$writer"
		exec {writer}>&-
	done
	WRITERS=()
	wait $profiler
	is "$name: status" 0 $?
	is "$name: standard error" "" "$(cat err)"
	forget $profiler
	wait "$FIRST" "$TARGET"
	forget "$FIRST"
	forget "$TARGET"
}
WRITERS=()

for i in 1 2; do
	mkdir m$i upper$i work$i
	mount -t overlay none -o "lowerdir=lower,upperdir=upper$i,workdir=work$i" m$i || bad "no overlay"
done
mkdir upper3 work3
profile "two overlays"
is_json "two overlays: one table" 400 profile.json 'f("work")["calls"]'
profile "by process" --by process
is_json "by process: each its own" True profile.json \
	'{f["pid"]: f["calls"] for f in p["functions"] if f["name"] == "work" and f["calls"]} == '"{$FIRST: 200, $TARGET: 200}"

# A library that both open is one file as well.
start m1 opens m1/opened.so
FIRST=$TARGET
start m2 opens m2/opened.so
"$LPROF" -q -f work -f plugged -o profile.json -p "$FIRST,$TARGET" "${EXACT[@]}" 2>err &
profiler=$!
child $profiler
wait_for 30 probed "$TARGET" || bad "the library: no probes in the program"
sleep 0.3
for line in 1 2; do
	for writer in "${WRITERS[@]}"; do
		echo >&"$writer"
	done
	[ $line = 2 ] || wait_for 20 library_probed "$TARGET" || bad "the library has no probes"
	sleep 1
done
for writer in "${WRITERS[@]}"; do
	exec {writer}>&-
done
WRITERS=()
wait "$FIRST" "$TARGET" $profiler
forget "$FIRST"
forget "$TARGET"
forget $profiler
# The children of targets of -p are not held, so that some of their 50 turns may be missing.
is_json "the library: counted once" True profile.json \
	"2 * 4950 <= hits('opens.c', $(number_of opens '/* plugged */')) <= 2 * 5000"
is_json "the library: hits in the program" 10 profile.json "hits('opens.c', $(number_of opens '/* turn */'))"

# The file of the second one becomes another than the lower one.
touch -c m2/beyond
profile "copied up"
is_json "copied up: two files" "[200, 200]" profile.json \
	'[f["calls"] for f in p["functions"] if f["name"] == "work"]'
umount m2
mount --bind lower m2
profile "overlay and the file itself"
is_json "overlay and the file itself: one table" 400 profile.json 'f("work")["calls"]'

umount m2
# The file becomes another one while a process maps the lower one, into which no path leads any more.
mount -t overlay none -o "lowerdir=lower,upperdir=upper3,workdir=work3" m2
start m2
touch -c m2/beyond
"$LPROF" -f work -d 0.3 -o profile.json -p $TARGET 2>err
is "copied up while it runs: said once" 1 "$(grep -c "process $TARGET runs .*/m2/beyond as it was before the overlay" err)"
kill $TARGET
wait $TARGET 2>/dev/null
forget $TARGET
start m2
"$LPROF" -f work -d 0.3 -o profile.json -p $TARGET 2>err
check "started anew: no such note" [ "$(grep -c "before the overlay" err)" = 0 ]
kill $TARGET
wait $TARGET 2>/dev/null
forget $TARGET
umount m1 m2
finish
