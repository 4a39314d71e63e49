#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A report must show no file that the target's owner could not read, whoever named it and however. Each case in which
# nothing of a private file may be shown has a twin that shows a readable file, so that no check passes only because
# nothing is shown at all.
. "$(dirname "$0")/lib.sh"
need gcc python3 setpriv chroot unshare mkfifo strace objcopy dwz script
need_profiler

PYTHON=/usr/bin/python3
OWNER=65534
umask 022
chmod 755 "$WORK"
cd "$WORK" || exit 1
mkdir -m 700 private
mkdir public
PRIVATE_TEXT=prvt-$RANDOM$RANDOM
PUBLIC_TEXT=open-$RANDOM$RANDOM

# The same source with a different word in it: one for the owner to read, one for root alone.
source_with() {
	printf '/* %s 1 */\n/* %s 2 */\n/* %s 3 */\n/* %s 4 */\n/* %s 5 */\n/* %s 6 */\n' "$1" "$1" "$1" "$1" "$1" "$1"
}
source_with $PRIVATE_TEXT >private/in_directory.c
chmod 644 private/in_directory.c # the file is readable, but its directory keeps others out
source_with $PRIVATE_TEXT >secret.c
chmod 600 secret.c
source_with $PUBLIC_TEXT >public/open.c

# program OUTPUT NAME: builds a program that runs for long enough; by #line, its function is in the file NAME.
program() {
	cat >program.c <<-PROGRAM
		#include <stdio.h>
		#include <unistd.h>
		volatile long sum;
		#line 1 "$2"
		__attribute__((noinline)) long named(long n)
		{
			sum += n;
			return sum;
		}
		int main(void)
		{
			puts("ready");
			fflush(stdout);
			for (int i = 0; i < 100000; i++) {
				named(2);
				usleep(1000);
			}
		}
	PROGRAM
	gcc -g -O1 -static "${@:3}" -o "$1" program.c
	chmod 755 "$1"
}

# named_by_dwarf OUTPUT NAME: likewise, but NAME is the DW_AT_name of the compilation unit.
named_by_dwarf() {
	{
		echo "# 1 \"$2\""
		sed '/^#line/d; /^#include/d; s/puts/__builtin_puts/; s/fflush(stdout)/fflush((void *)0)/' program.c |
			sed '1i int usleep(unsigned); int fflush(void *);'
	} >program.i
	gcc -g -O1 -static -w -o "$1" -x cpp-output program.i
	chmod 755 "$1"
}

cat >code.py <<'CODE'
import sys, time
def run(name):
    text = "def named(n):\n    n = n + 1\n    return n\n"
    space = {}
    exec(compile(text, name, "exec"), space)
    print("ready", flush=True)
    for i in range(100000):
        space["named"](i)
        time.sleep(0.001)
run(sys.argv[1])
CODE
chmod 644 code.py

# started AS COMMAND...: runs COMMAND in the background in one of several environments; its process ID is in $target.
started() {
	local as=$1
	shift
	: >target.out
	case $as in
	user) setpriv --reuid $OWNER --regid $OWNER --clear-groups -- "$@" >target.out 2>target.err & ;;
	namespace) setpriv --reuid $OWNER --regid $OWNER --clear-groups -- \
		unshare --user --map-root-user --mount -- "$@" >target.out 2>target.err & ;;
	mount) unshare --mount -- setpriv --reuid $OWNER --regid $OWNER --clear-groups -- "$@" >target.out 2>target.err & ;;
	chroot) chroot --userspec=$OWNER:$OWNER "$WORK/root" "$@" >target.out 2>target.err & ;;
	root-in-chroot) chroot "$WORK/root" "$@" >target.out 2>target.err & ;;
	esac
	target=$!
	child $target
	wait_for 20 grep -q ready target.out || cat target.err
}

# The formats, by suffix. Profiles that are pushed are made from the same data.
FORMATS="txt html json csv callgrind info folded pb.gz"

all_text() {
	cat "$1".txt "$1".html "$1".json "$1".csv "$1".callgrind "$1".info "$1".folded
	zcat "$1".pb.gz
}

# profiled NAME: profiles $target in every format
profiled() {
	"$LPROF" -q -d 0.4 -f named -p "$target" -o "$1.json" >out 2>err
	is "$1: status" 0 $?
	"$LPROF" -q -d 0.4 -f named -p "$target" >"$1.txt" 2>>err
	"$LPROF" -q -d 0.4 -f named -p "$target" --format html -o "$1.html" 2>>err
	for format in csv callgrind info folded pb.gz; do "$LPROF" report -o "$1.$format" "$1.json"; done
	"$LPROF" report "$1.json" >"$1.again.txt"
	"$LPROF" report -o "$1.again.html" "$1.json"
	stop "$target" KILL 2>/dev/null
	cat "$1.again.txt" "$1.again.html" >>"$1.html"
}

# hidden NAME: no byte of the private file may be shown, and a message must say that it is missing
hidden() {
	profiled "$1"
	if all_text "$1" | grep -q $PRIVATE_TEXT; then bad "$1: the private file is shown"; else ok "$1"; fi
	check "$1: it was profiled" grep -q '^Function: named' "$1.txt"
	check "$1: it is said" grep -q -E '^Could not (read|find) file ' "$1.txt"
	check "$1: so is the way out" grep -q -e '--source-dir' "$1.txt"
	check "$1: in the page as well" grep -q -E 'Could not (read|find) file ' "$1.html"
}

shown() {
	profiled "$1"
	for suffix in txt html json; do check "$1: shown, $suffix" grep -q $PUBLIC_TEXT "$1.$suffix"; done
	check "$1: shown of a saved profile" grep -q $PUBLIC_TEXT "$1.again.txt"
}

# Another user's process.
ln -s "$WORK/secret.c" public/link.c
ln -s "$WORK/public/open.c" public/good.c
for way in "secret $WORK/secret.c hidden" "directory $WORK/private/in_directory.c hidden" "link $WORK/public/link.c hidden" \
	"open $WORK/public/open.c shown" "good-link $WORK/public/good.c shown"; do
	read -r name file expected <<<"$way"
	program line "$file"
	started user ./line
	$expected "line-$name"
	named_by_dwarf dwarf "$file"
	started user ./dwarf
	$expected "dwarf-$name"
	started user $PYTHON code.py "$file"
	$expected "python-$name"
done

# Other views of the file system: only files below the target's root are the target's.
mkdir -p root/bin "root/$WORK/public"
source_with $PUBLIC_TEXT >"root/$WORK/public/open.c"
source_with $PRIVATE_TEXT >"$WORK/public/host.c" # readable, but a file of this machine and not of the target
for as in user mount namespace chroot root-in-chroot; do
	for way in "secret $WORK/secret.c hidden" "open $WORK/public/open.c shown" "host $WORK/public/host.c host"; do
		read -r name file expected <<<"$way"
		program line "$file"
		cp line root/bin/line
		case $as in
		*chroot)
			[ "$expected" != host ] || expected=hidden
			started $as /bin/line
			;;
		*)
			[ "$expected" != host ] || continue # it is the same file there
			started $as ./line
			;;
		esac
		$expected "$as-$name"
	done
done
chmod 600 "root/$WORK/public/open.c"
program line "$WORK/public/open.c"
cp line root/bin/line
started chroot /bin/line
hidden "chroot: below the root, root's own"
chmod 644 "root/$WORK/public/open.c"

# Only the target knows to which directory a relative name refers.
program line ./open.c -ffile-prefix-map="$WORK=."
started user ./line
(cd private && ln -s ../secret.c open.c)
cd private || exit 1
"$LPROF" -q -d 0.4 -f named -p "$target" >../relative.txt 2>&1
cd .. || exit 1
check "relative name: profiled" grep -q '^Function: named' relative.txt
if grep -q $PRIVATE_TEXT relative.txt; then bad "relative name: read from here"; else ok "relative name"; fi
"$LPROF" -q -d 0.4 -f named -p "$target" --source-dir .=public >relative.txt 2>&1
check "relative name: with --source-dir" grep -q $PUBLIC_TEXT relative.txt
stop "$target" KILL 2>/dev/null

# A command, and an object that the user named.
program line "$WORK/secret.c"
sed -i 's/100000/500/' program.c
gcc -g -O1 -o short program.c
"$LPROF" -q --user nobody -f named -- ./short >out.txt 2>err
check "command: profiled" grep -q '^Function: named' out.txt
if grep -q $PRIVATE_TEXT out.txt; then bad "--user: the private file is shown"; else ok "--user"; fi
check "command: it is said whose rights" grep -q "with the rights of the target's owner" out.txt
"$LPROF" -q -f named -- ./short >out.txt 2>err
check "command of root: root's file is shown" grep -q $PRIVATE_TEXT out.txt
for as in $OWNER 0; do
	chown $as line
	started user ./line
	"$LPROF" -q -d 0.4 -f named -x ./line >out.txt 2>err
	check "-x of $as: profiled" grep -q '^Function: named' out.txt
	if [ $as = 0 ]; then
		check "-x of root: shown" grep -q $PRIVATE_TEXT out.txt
	elif grep -q $PRIVATE_TEXT out.txt; then
		bad "-x: what the file's owner may not read is shown"
	else
		ok "-x"
	fi
	stop "$target" KILL 2>/dev/null
done
program line "$WORK/public/host.c"
cp line root/bin/line
started root-in-chroot /bin/line
"$LPROF" -q -d 0.4 -f named -x root/bin/line >out.txt 2>err
check "-x below another root: profiled" grep -q '^Function: named' out.txt
if grep -q $PRIVATE_TEXT out.txt; then bad "-x: this machine's file for that of another root"; else ok "-x, other root"; fi
stop "$target" KILL 2>/dev/null

# The target ends before the profile is written.
program line "$WORK/public/open.c"
for as in user mount chroot; do
	cp line root/bin/line
	if [ $as = chroot ]; then started $as /bin/line; else started $as ./line; fi
	"$LPROF" -q -f named -p "$target" >"ended.txt" 2>err &
	profiler=$!
	wait_for 20 probed "$target"
	sleep 0.2
	stop "$target" KILL 2>/dev/null
	wait $profiler
	is "$as, ended: status" 0 $?
	check "$as, ended: its source is shown" grep -q $PUBLIC_TEXT ended.txt
done

# The live view.
program line "$WORK/secret.c"
started user ./line
TERM=xterm script -q -e -c "stty rows 40 cols 120; '$LPROF' --top -d 2.5 -f named -p $target" top.out >/dev/null 2>&1 </dev/null
check "--top: something is drawn" grep -q named top.out
if grep -q $PRIVATE_TEXT top.out; then bad "--top shows the private file"; else ok "--top"; fi
stop "$target" KILL 2>/dev/null
program line "$WORK/public/open.c"
started user ./line
TERM=xterm script -q -e -c "stty rows 40 cols 120; '$LPROF' --top -d 2.5 -f named -p $target" top.out >/dev/null 2>&1 </dev/null
check "--top: the readable file is shown" grep -q $PUBLIC_TEXT top.out
stop "$target" KILL 2>/dev/null

# The file names in a saved profile were chosen by its author.
program line "$WORK/public/open.c"
started user ./line
"$LPROF" -q -d 0.4 -f named -p "$target" -o saved.json
stop "$target" KILL 2>/dev/null
python3 - "$WORK/secret.c" <<'EDIT'
import json, sys
def variant(name, change):
    profile = json.load(open("saved.json"))
    for function in profile["functions"]:
        function.update(file=sys.argv[1], line=1, last=6)
        change(function)
    json.dump(profile, open(name, "w"))
def without_text(function):
    function.pop("between", None)
    for line in function["lines"]:
        line.pop("source", None)
def guessed(function):
    """all but one line are known to the author"""
    text = open(sys.argv[1]).read().split("\n")
    function.pop("between", None)
    function["lines"] = [{"line": n, "hits": 1, "time_ns": 0, "source": text[n - 1].replace("prvt", "prvt")}
                         for n in (1, 2, 3, 4, 6)]
    function["time_ns"] = 0
    function["blocked_ns"] = function["waiting_ns"] = 0
variant("without.json", without_text)
variant("guessed.json", guessed)
EDIT
for format in $FORMATS; do
	"$LPROF" report -o without.$format.out --format "$(case $format in txt) echo text ;; info) echo lcov ;; pb.gz) echo pprof ;; *) echo $format ;; esac)" \
		without.json 2>err
	is "saved, without text, $format: status" 0 $?
done
if cat without.*.out | grep -a -q $PRIVATE_TEXT; then bad "a saved profile shows a local file"; else ok "saved"; fi
check "saved, without text: it is said" grep -q 'The profile holds no source text of' without.txt.out
check "saved, without text: so is the way out" grep -q -e '--source-dir' without.txt.out
"$LPROF" report guessed.json >out.txt
if grep -q "$PRIVATE_TEXT 5" out.txt; then bad "a line between guessed ones is shown"; else ok "guessed"; fi
check "guessed: the profile's own lines are shown" grep -q "$PRIVATE_TEXT 4" out.txt
"$LPROF" diff without.json saved.json >out.txt
if grep -q $PRIVATE_TEXT out.txt; then bad "diff shows a local file"; else ok "diff"; fi
"$LPROF" report --source-dir "$WORK" without.json >out.txt
check "saved: --source-dir is consent" grep -q "$PRIVATE_TEXT 3" out.txt
"$LPROF" report --source-dir "$WORK=$WORK/public" --source-dir "$WORK/public" without.json >out.txt
if grep -q $PRIVATE_TEXT out.txt; then bad "a file outside of --source-dir is shown"; else ok "other directory"; fi
sed "s,$WORK/secret.c,../../../../../../$WORK/secret.c," without.json >climbing.json
"$LPROF" report --source-dir public climbing.json >out.txt
if grep -q $PRIVATE_TEXT out.txt; then bad "a name leads out of --source-dir"; else ok "climbing"; fi

# The option --source-dir.
for bad in "" = =/tmp /old= /nonexistent "$WORK/secret.c"; do
	"$LPROF" report --source-dir "$bad" saved.json >out.txt 2>err
	is "--source-dir '$bad': status" 2 $?
	is "--source-dir '$bad': one sentence" 1 "$(wc -l <err)"
done

# Names that are not regular files. FIFOs: nothing may wait, and a process that waits for a reader must not be
# released.
mkfifo -m 666 fifo
fifos_left_alone() {
	local name=$1
	shift
	rm -f opened
	sh -c 'exec 3>"$1" && touch opened' sh "$FIFO" &
	local writer=$!
	timeout 20 "$@" >fifo.out 2>&1
	is "$name: does not wait" "$EXPECTED" $?
	if [ -e opened ]; then bad "$name: the FIFO was opened"; else ok "$name"; fi
	kill $writer 2>/dev/null
	wait $writer 2>/dev/null
}
program line "$WORK/fifo"
started user ./line
FIFO=fifo EXPECTED=0 fifos_left_alone "source" "$LPROF" -q -d 0.3 -f named -p "$target"
check "source: said" grep -q 'which is not a regular file' fifo.out
stop "$target" KILL 2>/dev/null
python3 - <<EDIT
import json
profile = json.load(open("without.json"))
profile["functions"][0]["file"] = "$WORK/fifo"
json.dump(profile, open("fifo.json", "w"))
EDIT
FIFO=fifo EXPECTED=0 fifos_left_alone "saved" "$LPROF" report fifo.json
FIFO=fifo EXPECTED=0 fifos_left_alone "saved, --source-dir" "$LPROF" report --source-dir "$WORK" fifo.json

mkdir split
printf 'volatile long s;\n__attribute__((noinline)) void work(void) { s++; }\nint main(void) { work(); }\n' >split/w.c
for version in 4 5; do
	rm -f split/*.dwo split/w
	(cd split && gcc -O1 -gdwarf-$version -gsplit-dwarf -c w.c -o w.o && gcc w.o -o w)
	"$LPROF" list -x split/w >out.txt 2>err
	check "DWARF $version, .dwo: found" grep -q '^work ' out.txt
	rm split/*.dwo
	mkfifo -m 666 split/w.dwo
	# The functions are found all the same, by their symbols.
	FIFO=split/w.dwo EXPECTED=0 fifos_left_alone "DWARF $version, .dwo" "$LPROF" list -x split/w
	check "DWARF $version, .dwo: said" grep -q 'w.dwo cannot be read' fifo.out
done
gcc -O1 -g -o full split/w.c -Wl,--build-id=none
objcopy --only-keep-debug full full.debug
objcopy --strip-debug --add-gnu-debuglink=full.debug full linked
"$LPROF" list -x linked >out.txt 2>err
check "debug link: found" grep -q '^work ' out.txt
rm full.debug
mkfifo -m 666 full.debug
FIFO=full.debug EXPECTED=1 fifos_left_alone "debug link" "$LPROF" list -x linked

# dwz moves what two objects have in common to a third file, the supplement. The types of stdio.h are enough for DIEs
# there: libdw reads no supplement that has only strings.
mkdir dwz
cat >dwz/a.c <<'PROGRAM'
#include <stdio.h>
volatile long sink;
struct shared_structure { long first_member_name, second_member_name; struct shared_structure *next_member; };
__attribute__((noinline)) long shared_function_name(struct shared_structure *parameter_name)
{
	long accumulated_total_value = 0;
	for (int iteration_index = 0; iteration_index < 10; iteration_index++)
		accumulated_total_value += parameter_name->first_member_name * iteration_index;
	return accumulated_total_value;
}
int main(void)
{
	struct shared_structure v = {3, 4, 0};
	for (int i = 0; i < 1000; i++)
		sink += shared_function_name(&v);
}
PROGRAM
sed 's/sink +=/sink -=/' dwz/a.c >dwz/b.c
for name in a b; do gcc -O1 -g -o dwz/$name dwz/$name.c; done
(cd dwz && dwz -m supplement -M "$WORK/dwz/supplement" a b)
"$LPROF" list -x dwz/a >out.txt 2>err
check "supplement: found" grep -q '^shared_function_name ' out.txt
is "supplement: nothing said" "" "$(cat err)"
rm dwz/supplement
mkfifo -m 666 dwz/supplement
FIFO=dwz/supplement EXPECTED=1 fifos_left_alone "supplement" "$LPROF" list -x dwz/a
check "supplement: said" grep -q 'supplement.*cannot be read' fifo.out
# That is the whole reason why the function is not found: nothing is wrong with how its source was compiled.
"$LPROF" -f shared_function_name -- dwz/a >out.txt 2>err
is "supplement missing: status" 1 $?
check "supplement missing: the function" grep -q 'shared_function_name is in .*can be read does not describe it' err
"$LPROF" list -x dwz/a >out.txt 2>>err
is "supplement missing: said twice" 2 "$(grep -c 'supplement.*cannot be read' err)"
is "supplement missing: no other cause is named" "" "$(grep -e '-g\b' err)"

# Devices must not be opened: their only descriptor may be one with O_PATH.
mknod -m 666 null c 1 3
program line "$WORK/null"
started user ./line
strace -f -e trace=open,openat,openat2 -o trace "$LPROF" -q -d 0.3 -f named -p "$target" >out.txt 2>err
check "device: profiled" grep -q '^Function: named' out.txt
check "device: it was looked at" grep -q "\"$WORK/null\".*O_PATH" trace
if grep "\"$WORK/null\"" trace | grep -v -q O_PATH; then bad "the device was opened"; else ok "device"; fi
stop "$target" KILL 2>/dev/null

finish
