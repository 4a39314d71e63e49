#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash, zsh and fish complete when it is typed into them: every option of --help, the verbs, and each kind of
# value.
. "$(dirname "$0")/lib.sh"
need bash zsh fish python3 gcc g++ ps setpriv

COMPLETIONS=$TOP/src/install/completion
mkdir "$WORK/bin"
cp "$LPROF" "$WORK/bin/lprof-bpf"
export PATH=$WORK/bin:$PATH
chmod -R a+rX "$WORK"
cd "$WORK" || exit 1
CASES=()
EXPECTED=()
build napper gcc "$WORK/napper" -O0
cat >shapes.cc <<'PROGRAM'
namespace shapes {
struct box {
	int area(int n) { return n + 1; }
	template <class T> T scale(T t) { return t + 1; }
};
int other(int n) { return n; }
}
int main()
{
	shapes::box box;
	return box.area(0) - (int)box.scale<long>(0) + shapes::other(0);
}
PROGRAM
g++ -g -O0 -o shapes shapes.cc
"$WORK/napper" forever >napper.out &
TARGET=$!
child $TARGET

# expect LINE EXPECTED [KEYS]: typing LINE and KEYS (a tab by default) must give EXPECTED. A further blank or equals
# sign at the end depends on the shell and is ignored.
expect() {
	CASES+=("$1${3:+$'\t'$3}")
	EXPECTED+=("$2")
}

# run SHELL: types all expected lines into SHELL. What it displayed is then in the files shown/0, shown/1, ...
run() {
	local found i
	mapfile -t found < <(printf '%s\n' "${CASES[@]}" | python3 "$HERE/complete.py" "$1" "$COMPLETIONS" shown)
	for i in "${!CASES[@]}"; do
		[ "${EXPECTED[i]}" = anything ] || is "$1: ${CASES[i]}" "${EXPECTED[i]}" "$(sed 's/  */ /g; s/[ =]$//' <<<"${found[i]-nothing}")"
	done
	CASES=()
	EXPECTED=()
}

# The options are taken from --help, not from the list that the completions use.
lprof-bpf --help >help
grep -oE '^ +(-., )?--[a-z-]+' help | grep -oE -- '--[a-z-]+' | sort >options
grep -oE '^  lprof-bpf [a-z]+' help | cut -d' ' -f4 | sort -u >verbs
check "there are options" test "$(wc -l <options)" -gt 15
check "there are verbs" test -s verbs

mkdir shown
for shell in bash zsh fish; do
	show='\t' # the keys that make the shell list all possibilities
	[ $shell != bash ] || show='\t\t'
	expect 'lprof-bpf --' 'lprof-bpf --' "$show"
	expect 'lprof-bpf ' 'lprof-bpf' "$show"
	expect 'lprof-bpf -p ' anything "$show\t"
	for verb in $(cat verbs); do
		expect "lprof-bpf ${verb%??}" "lprof-bpf $verb"
	done
	expect 'lprof-bpf doctor --fo' 'lprof-bpf doctor --fo'
	expect 'lprof-bpf --cl' 'lprof-bpf --clock'
	expect 'lprof-bpf --clock c' 'lprof-bpf --clock cpu'
	expect 'lprof-bpf --clock=c' 'lprof-bpf --clock=cpu'
	expect 'lprof-bpf --max-overhead n' 'lprof-bpf --max-overhead none'
	expect 'lprof-bpf --max-overhead 3' 'lprof-bpf --max-overhead 3'
	expect 'lprof-bpf --by t' 'lprof-bpf --by thread'
	expect 'lprof-bpf --color alw' 'lprof-bpf --color always'
	expect 'lprof-bpf --format j' 'lprof-bpf --format json'
	expect 'lprof-bpf --user nobod' 'lprof-bpf --user nobody'
	expect 'lprof-bpf -o shapes.c' 'lprof-bpf -o shapes.cc'
	expect 'lprof-bpf -x nap' 'lprof-bpf -x napper' '\t'
	expect 'lprof-bpf -d ' 'lprof-bpf -d'
	expect "lprof-bpf -p ${TARGET%?}" "lprof-bpf -p $TARGET" "${TARGET: -1}"'\t'
	expect "lprof-bpf -p 1,$TARGET" "lprof-bpf -p 1,$TARGET"
	expect 'lprof-bpf -f x -- nappe' 'lprof-bpf -f x -- nappe'
	expect 'lprof-bpf -f x -- lprof-bp' 'lprof-bpf -f x -- lprof-bpf'
	expect 'lprof-bpf -f x -- ./napp' 'lprof-bpf -f x -- ./napper'

	# Functions of the chosen program.
	expect 'lprof-bpf -x napper -f na' 'lprof-bpf -x napper -f nap'
	expect 'lprof-bpf --object=./napper -f na' 'lprof-bpf --object=./napper -f nap'
	expect "lprof-bpf -p $TARGET -f na" "lprof-bpf -p $TARGET -f nap"
	expect "lprof-bpf -p 999999,$TARGET -f na" "lprof-bpf -p 999999,$TARGET -f na"
	expect 'lprof-bpf list -x napper na' 'lprof-bpf list -x napper nap'
	expect 'lprof-bpf -x napper -f napper.c:na' 'lprof-bpf -x napper -f napper.c:nap'
	# fish does not tell a completion which words follow the cursor.
	[ $shell = fish ] || expect 'lprof-bpf -f na -x napper' 'lprof-bpf -f nap -x napper' "$(printf '\\x1b[D%.0s' {1..10})"'\t'
	[ $shell = fish ] || expect 'lprof-bpf -f na -- ./napper' 'lprof-bpf -f nap -- ./napper' "$(printf '\\x1b[D%.0s' {1..12})"'\t'
	expect 'lprof-bpf -x shapes -f sh' 'lprof-bpf -x shapes -f shapes::'
	expect 'lprof-bpf -x shapes -f shapes::box::a' 'lprof-bpf -x shapes -f shapes::box::area'
	expect 'lprof-bpf -x shapes -f shapes::box::s' 'lprof-bpf -x shapes -f shapes::box::scale\<long\ int\>'
	expect "lprof-bpf -x shapes -f 'shapes::box::s" "lprof-bpf -x shapes -f 'shapes::box::scale<long int>'"
	for nothing in '-x napper -f /na' "-x napper -f 'n*a" '-f na' '-x no-such-file -f na' '-p 999999 -f na'; do
		expect "lprof-bpf $nothing" "lprof-bpf $nothing"
	done
	run $shell
	check "$shell: no complaints" sh -c '! grep -E "lprof-bpf: |not found|bad array|[Uu]nknown" shown/*' sh
	is "$shell: all options and no others" "$(cat options)" "$(grep -oE -- '--[a-z][a-z-]+' shown/0 | sort -u)"
	for verb in $(cat verbs); do
		check "$shell: verb $verb" grep -q -w "$verb" shown/1
	done
	check "$shell: a process with its name" grep -q -E "$TARGET.*napper" shown/2
done

# The user's own process can be completed without root.
chmod -R a+rX "$WORK"
setpriv --reuid 2001 --regid 2001 --clear-groups "$WORK/napper" forever >own.out &
own=$!
child $own
wait_for 20 grep -q ready own.out
is "own process, no root" nap "$(setpriv --reuid 2001 --regid 2001 --clear-groups \
	lprof-bpf list -x /proc/$own/exe 'na*' 2>&1 | cut -d' ' -f1)"
stop $own TERM

# A program that does not answer must not hang the shell.
cat >"$WORK/bin/slow" <<'SLOW'
#!/bin/sh
case $1 in
--list-options) exec lprof-bpf.real --list-options ;;
*) exec sleep 100 ;;
esac
SLOW
chmod +x bin/slow
mv bin/lprof-bpf bin/lprof-bpf.real
mv bin/slow bin/lprof-bpf
for shell in bash zsh fish; do
	start=$SECONDS
	expect 'lprof-bpf -x napper -f na' 'lprof-bpf -x napper -f na'
	run $shell
	check "$shell: waits a moment only" test $((SECONDS - start)) -le 8
done
finish
