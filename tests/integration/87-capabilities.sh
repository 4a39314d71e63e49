#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Profiling by ordinary users, where the program's file has capabilities: what works with which of them, what is said
# where one is missing, and that they give a user nothing but profiles. The profiled program says itself how many turns
# its loop made.
. "$(dirname "$0")/lib.sh"
need gcc setcap setpriv python3 mount unshare strace readelf objcopy
need_profiler

SET=$(sed -n 's/^#define PRIVILEGE_ALL_SET *"\(.*\)+ep"$/\1/p' src/base/privilege.h)
OWN=$(sed -n 's/^#define PRIVILEGE_OWN_SET *"\(.*\)+ep"$/\1/p' src/base/privilege.h)
USER_ID=65534
OTHER_ID=65533
chmod 755 "$WORK"
cd "$WORK" || exit 1
mkdir own && chown $USER_ID own
cat >turns.c <<'PROGRAM'
#include <stdio.h>
#include <time.h>
#include <unistd.h>
volatile long turns;
__attribute__((noinline)) void work(void)
{
	for (int i = 0; i < 10; i++)
		turns++; /* turn */
}
int main(int argc, char **argv)
{
	/* With a word, for the samples: until it has used processor time enough for some hundreds of them. */
	while (argc > 1 && *argv[1] == 'c' && clock() < CLOCKS_PER_SEC)
		work();
	puts("ready");
	fflush(stdout);
	for (int i = 0; i < (argc > 1 && *argv[1] == 'o' ? 100000 : 100); i++) {
		work();
		usleep(1000);
	}
	printf("%s turns %ld\n", argv[0], turns);
}
PROGRAM
gcc -g -O1 -o turns turns.c || bad "build"
LINE=$(grep -n 'turn \*/' turns.c | cut -d: -f1)

as() {
	setpriv --reuid "$1" --regid "$1" --clear-groups -- "${@:2}"
}

user() {
	as $USER_ID "$@"
}

# capable CAPABILITIES [FILE]: the profiler, whose file has these
capable() {
	rm -f "${2:-lprof}"
	cp "$LPROF" "${2:-lprof}"
	chmod 755 "${2:-lprof}"
	setcap "$1+ep" "${2:-lprof}" || bad "setcap $1"
}

# started USER: a process of that user is $target
started() {
	rm -f target.out
	setpriv --reuid "$1" --regid "$1" --clear-groups -- ./turns on >target.out &
	target=$!
	child $target
	wait_for 10 grep -q ready target.out || bad "the program did not start"
}

# A profiler that works on $target until it is ended is $profiler.
profiling() {
	setpriv --reuid $USER_ID --regid $USER_ID --clear-groups -- \
		./lprof -q -d 60 "${EXACT[@]}" -f work -p $target >out 2>err &
	profiler=$!
	child $profiler
}

hits() {
	get "$1" "sum(l['hits'] for f in p['functions'] if f['name'] == 'work' for l in f['lines'] if l['line'] == $LINE)"
}

# profiles NAME ARGUMENT...: the user gets a profile of work()
profiles() {
	local name=$1
	shift
	rm -f own/profile.json
	user ./lprof -q -f work -o own/profile.json "$@" >out 2>err
	is "$name: status" 0 $?
	[ "$(hits own/profile.json)" -gt 0 ] && ok "$name: hits" || bad "$name: no hits"
}

# refused NAME TEXT COMMAND...: it ends with 1 and one sentence that has TEXT
refused() {
	local name=$1 text=$2
	shift 2
	user "$@" >out 2>err
	is "$name: status" 1 $?
	is "$name: one sentence" 1 "$(wc -l <err)"
	check "$name: $text" grep -q -e "$text" err
}

# counted NAME N COMMAND...: the hits are those that the N programs counted
counted() {
	local name=$1 n=$2
	shift 2
	rm -f own/profile.json
	user ./lprof -q -f work -o own/profile.json -- "$@" >out 2>err
	is "$name: status" 0 $?
	is "$name: programs" "$n" "$(grep -c turns out)"
	is "$name: hits" $((n * 1000)) "$(hits own/profile.json)"
	is "$name: nothing said" "" "$(cat err)"
}

# With all: as root would.
capable "$SET"
counted "command" 1 ./turns
counted "command's children" 2 sh -c './turns; ./turns'
user ./lprof -q -- ./turns calculate >out 2>err
is "without -f: status" 0 $?
check "without -f: functions" grep -q 'Own time' out
for owner in $USER_ID $OTHER_ID 0; do
	started $owner
	profiles "-p of $owner" "${EXACT[@]}" -d 0.5 -p $target
	check "-p of $owner: nothing left" unpatched $target
	stop $target KILL 2>/dev/null
done
started $OTHER_ID
profiles "-x" "${EXACT[@]}" -d 0.5 -x ./turns
check "-x: nothing left" unpatched $target
is "-x: the profile is the user's" $USER_ID "$(stat -c %u own/profile.json)"
user ./lprof doctor >out 2>err
is "doctor: status" 0 $?
check "doctor: none missing" grep -q '^capabilities missing *none$' out

# A killed profiler leaves nothing behind, without a right to signal others.
profiling
wait_for 10 probed $target || bad "killed: no probes"
stop $profiler KILL 2>/dev/null
check "killed: nothing left" wait_for 10 unpatched $target
stop $target KILL 2>/dev/null

# Pythons whose lines are counted in the program itself, by libraries that it opens.
if python=$(cd "$TOP" && tests/deps/pythons 3.13 2>/dev/null); then
	printf 'def work():\n    return 1\nfor i in range(1234):\n    work()\n' >script.py
	rm -f own/profile.json
	user env -u PYTHONHOME ./lprof -q -f work -o own/profile.json -- "$python" script.py >out 2>err
	is "Python: status" 0 $?
	is_json "Python: hits" 1234 own/profile.json "p['functions'][0]['lines'][-1]['hits']"
else
	echo "  skipped: Python 3.13"
fi

# Each is needed, and named where it is missing.
for lacking in ${SET//,/ }; do
	capable "$(sed "s/$lacking//; s/,,/,/; s/^,//; s/,$//" <<<"$SET")"
	refused "without $lacking" "not permitted: ${lacking^^} missing; run it with sudo, or give its file" \
		./lprof -f work -x ./turns
done
capable cap_chown
refused "without all of them" "not permitted: CAP_BPF, CAP_PERFMON, CAP_CHECKPOINT_RESTORE missing" ./lprof -f work -- ./turns

# Without the right to look into others' processes: one's own.
capable "$OWN"
counted "own: command" 1 ./turns
counted "own: command's children" 2 sh -c './turns; ./turns'
started $USER_ID
profiles "own: -p" "${EXACT[@]}" -d 0.5 -p $target
check "own: nothing left" unpatched $target
stop $target KILL 2>/dev/null
started $OTHER_ID
refused "own: another's" "not allowed to look into process $target: CAP_SYS_PTRACE missing" \
	./lprof -f work -d 0.2 -p $target
stop $target KILL 2>/dev/null
user ./lprof doctor >out 2>err
is "own: doctor" 0 $?
check "own: doctor names it" grep -q '^capabilities missing *CAP_SYS_PTRACE$' out
check "own: doctor says what is left" grep -q 'only your own processes' out

# A file with more capabilities than are needed gives no more than these, neither to itself nor to a command.
mask() {
	python3 -c 'import sys
print("%016x" % sum(1 << {"cap_sys_ptrace": 19, "cap_perfmon": 38, "cap_bpf": 39, "cap_checkpoint_restore": 40}[n]
      for n in sys.argv[1].split(",")))' "$1"
}
capable "$SET,cap_dac_override,cap_dac_read_search,cap_fowner,cap_chown,cap_setuid,cap_setgid,cap_sys_admin,cap_kill"
started $USER_ID
profiling
wait_for 10 probed $target || bad "more: no probes"
for set in CapInh CapPrm CapEff; do
	is "more: $set" "$([ $set = CapInh ] && echo 0000000000000000 || mask "$SET")" \
		"$(awk -v set=$set: '$1 == set { print $2 }' /proc/$profiler/status)"
done
stop $profiler INT
stop $target KILL 2>/dev/null
user ./lprof -q --no-probes -- grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status >out 2>err
is "more: the command has none" 4 "$(grep -c '^Cap.*:.0000000000000000$' out)"
echo '{}' >secret.json
chmod 600 secret.json
refused "more: root's file is not read" "secret.json.*Permission denied" ./lprof report secret.json
refused "more: no file is written where the user may not" "Permission denied" ./lprof -f work -o file.json -- ./turns
[ ! -e file.json ] && ok "more: no file" || bad "more: a file was written"
printf '/* secret */\n%.0s' {1..40} >secret.c
chmod 600 secret.c
sed "s,#include <unistd.h>,&\n#line 1 \"$WORK/secret.c\"," turns.c >named.c
gcc -g -O1 -o named named.c || bad "build"
user ./lprof -q -f work -- ./named >out 2>err
check "more: root's source is not shown" grep -q '^Could not read file .*secret.c' out
if grep -q '/\* secret' out; then bad "more: root's source is shown"; else ok "more: no text"; fi
if user ./lprof -q --user root -f work -- id -u >out 2>err; then bad "more: a command as root"; else ok "more: --user"; fi
if grep -q '^0$' out; then bad "more: it ran as root"; else ok "more: not root"; fi

# What reads files alone gives up all capabilities first, as root those that do not concern files.
capable "$SET"
started $USER_ID
profiles "saved" "${EXACT[@]}" -d 0.2 -p $target
stop $target KILL 2>/dev/null
# renounces NAME USER PERMITTED FILE ARGUMENT...
renounces() {
	local name=$1 user=$2 permitted=$3 file=$4 given opened
	shift 4
	strace -f -u "$user" -e trace=capset,openat -o trace ./lprof "$@" >out 2>err
	is "$name: status" 0 $?
	given=$(grep -n "capset.*permitted=$permitted," trace | head -1 | cut -d: -f1)
	opened=$(grep -n "openat.*$file\"" trace | head -1 | cut -d: -f1)
	check "$name: before $file is opened" test "${given:-99999}" -lt "${opened:-0}"
}
FILES='1<<CAP_CHOWN|1<<CAP_DAC_OVERRIDE|1<<CAP_DAC_READ_SEARCH|1<<CAP_FOWNER|1<<CAP_SETGID|1<<CAP_SETUID'
renounces "report" nobody 0 profile.json report own/profile.json
renounces "diff" nobody 0 profile.json diff own/profile.json own/profile.json
renounces "list" nobody 0 turns list -x ./turns
renounces "report of root" root "$FILES" profile.json report own/profile.json
renounces "list of root" root "$FILES" turns list -x ./turns

# Debug information and sources from a server: with the user's rights, and in the user's cache.
mkdir -p served
gcc -g -O1 -Wl,--build-id -fdebug-prefix-map="$WORK=/gone" -o whole "$WORK/turns.c" || bad "build"
id=$(readelf -n whole | awk '/Build ID/ { print $3 }')
mkdir -p "served/buildid/$id/source/gone"
objcopy --only-keep-debug whole "served/buildid/$id/debuginfo"
objcopy --strip-all whole stripped
cp turns.c "served/buildid/$id/source/gone/turns.c"
python3 "$HERE/served_files.py" served >port 2>requests &
child $!
wait_for 20 test -s port || bad "the server did not start"
user env DEBUGINFOD_URLS="http://127.0.0.1:$(cat port)" DEBUGINFOD_CACHE_PATH="$WORK/own/cache" \
	./lprof -q -f work -o own/fetched.txt -- ./stripped >out 2>err
is "debuginfod: status" 0 $?
check "debuginfod: the line and its source" grep -qE "^ +$LINE +1000 .*turns\+\+; /\* turn \*/" own/fetched.txt
is "debuginfod: all of the cache is the user's" 0 "$(find own/cache ! -uid $USER_ID | wc -l)"

# Set-user-ID is another thing than capabilities.
for mode in 4755 2755; do
	rm -f set
	cp "$LPROF" set
	chmod $mode set
	refused "mode $mode" "not made to be set-user-ID or set-group-ID" ./set --version
done

# What has no effect.
cat >nosuid.sh <<'SCRIPT'
mkdir nosuid && mount -t tmpfs -o nosuid none nosuid && cp lprof nosuid/lprof && setcap "$1+ep" nosuid/lprof || exit 9
setpriv --reuid 65534 --regid 65534 --clear-groups nosuid/lprof -f work -- ./turns
SCRIPT
unshare -m bash nosuid.sh "$SET" >out 2>err
is "nosuid: status" 1 $?
check "nosuid: said" grep -q 'missing; run it with sudo: its file has capabilities, but.*nosuid' err
refused "no new privileges" "what forbids new privileges" setpriv --no-new-privs ./lprof -f work -- ./turns

# The dynamic loader takes its variables away, as it does for set-user-ID programs.
printf '#include <unistd.h>\n__attribute__((constructor)) static void in(void) { (void)!write(2, "in\\n", 3); }\n' >in.c
gcc -shared -fPIC -o in.so in.c || bad "build"
user env LD_PRELOAD="$WORK/in.so" ./lprof -q --no-probes -- ./turns >out 2>err
is "LD_PRELOAD: not in the profiler" 0 "$(grep -c '^in$' err)"
user ./lprof -q --no-probes -- env LD_PRELOAD="$WORK/in.so" ./turns >out 2>err
is "LD_PRELOAD: in the command" 1 "$(grep -c '^in$' err)"
finish
