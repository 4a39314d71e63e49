#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that is shown on a terminal, tested in tmux: the live view, compared with golden files (times normalized,
# hits exact); its end by keys, signals and the target's end; the status line; the pager; colours. GOLDEN=write writes
# the golden files: then check what has changed.
. "$(dirname "$0")/lib.sh"
need python3 gcc tmux less script setsid
need_profiler

GOLDENS=$TOP/tests/golden
SOCKET=lprof-test-$$
WAIT=20 # seconds within which the expected text must appear on the screen

# The terminal uses UTF-8, whatever the locale of this script.
pane() {
	LC_ALL=C.UTF-8 tmux -L "$SOCKET" -f /dev/null "$@"
}

# screen: prints what the terminal shows. colors: the same with its colours.
screen() {
	pane capture-pane -p
}

colors() {
	pane capture-pane -p -e
}

keys() {
	pane send-keys "$@"
}

shows() {
	screen | grep -q -E -e "$1"
}

lacks() {
	! screen | grep -q -E -e "$1"
}

# expect NAME PATTERN: waits until PATTERN is on the screen.
expect() {
	wait_for $WAIT shows "$2" && ok "$1" && return
	bad "$1: no $2 on the screen:"
	screen
}

RUN=0
# begin COMMAND: runs it in the shell of the pane; its exit status and the terminal's modes are written to files.
begin() {
	rm -f "$WORK/over" "$WORK/status"
	RUN=$((RUN + 1))
	printf '%s\n' "clear; echo run $RUN" "stty -a >$WORK/before" "$1" "echo \$? >$WORK/status" "stty -a >$WORK/after" ": >$WORK/over" \
		>"$WORK/commands"
	keys ". $WORK/commands" Enter
	# The screen is cleared first, so that older text is not taken for the expected text.
	wait_for $WAIT shows "^run $RUN$"
}

# over NAME STATUS: the command must have ended with STATUS, and the terminal must be as it was before.
over() {
	check "$1: ends" wait_for $WAIT test -e "$WORK/over"
	is "$1: status" "$2" "$(cat "$WORK/status")"
	is "$1: modes" "$(cat "$WORK/before")" "$(cat "$WORK/after")"
	is "$1: no alternate screen, a cursor" "0 1" "$(pane display-message -p '#{alternate_on} #{cursor_flag}')"
}

# Replaces times, shares and marks, which depend on the machine, as does the place where the first row is cut off. The
# unit tests check the alignment of columns.
normalised() {
	screen | sed -E -e 's/ [0-9]+ s( since reset)?  probing takes [0-9]+ % of.*/ N s\1  probing takes N % of/' \
		-e 's/[0-9]+\.[0-9]+(e[+-][0-9]+)?[~ ]?#*/T/g' -e 's/  \/[^*].*/  PLACE/' -e 's/ +/ /g' -e 's/ $//'
}

matches_golden() {
	normalised | cmp -s - "$GOLDENS/$1.txt"
}

golden() {
	if [ "${GOLDEN:-}" = write ]; then
		sleep 3
		normalised >"$GOLDENS/$1.txt"
	fi
	wait_for $WAIT matches_golden "$1" && ok "golden $1" && return
	bad "golden $1:"
	normalised | diff "$GOLDENS/$1.txt" -
}

# start_target: starts the program paced, which works one round for each line written to descriptor 7; sets TARGET.
start_target() {
	rm -f "$WORK/rounds" "$WORK/paced.out"
	mkfifo "$WORK/rounds"
	"$WORK/paced" <"$WORK/rounds" >"$WORK/paced.out" &
	TARGET=$!
	child $TARGET
	exec 7>"$WORK/rounds"
	wait_for $WAIT grep -q ready "$WORK/paced.out"
}

end_target() {
	exec 7>&-
	wait $TARGET
	forget $TARGET
}

# view ARGS...: starts the live view of the target; returns when it is shown.
VIEW="$LPROF ${EXACT[*]} -f slow -f quick -f once_a_round"
view() {
	begin "$* $VIEW -p $TARGET --top --no-pager"
	expect "view ($*)" "q quit"
}

build paced gcc "$WORK/paced" -O0
pane new-session -d -x 80 -y 24 "exec env -u NO_COLOR LC_ALL=C.UTF-8 PS1='$ ' PAGER= bash --norc --noprofile"
child "$(pane display-message -p '#{pid}')"
expect "shell" '^\$'

# The golden screens. Two rounds come before a reset and must leave no trace; the three after it are counted.
start_target
view
echo >&7
echo >&7
expect "before the reset" " 20 .* slow$"
expect "nothing new" " 0  slow$"
keys r
expect "reset" "since reset"
printf '\n\n\n' >&7
golden top-80x24
keys Tab
keys Tab
golden top-80x24-quick
keys H
expect "the hottest line" '^ +[0-9]+ +30 .*### +n = slow\(n\);'
keys l l
golden top-80x24-by-hits
keys l '?'
golden top-80x24-help
keys '?'
pane resize-window -x 120 -y 40
golden top-120x40
pane resize-window -x 60 -y 15
golden top-60x15
keys p
expect "paused" PAUSED
pane resize-window -x 80 -y 24
expect "large enough again" "Space pause"
keys p
check "goes on" wait_for $WAIT lacks PAUSED
keys q
over "q" 0
expect "q: the table" '^Function: once_a_round at line '
expect "q: its hits are all" '^ +[0-9]+ +50 .* n = slow\(n\);'
"$LPROF" -q "${EXACT[@]}" -f slow -f quick -f once_a_round -p $TARGET -d 60 -o "$WORK/profile.json" &
profiler=$!
child $profiler
check "attached" wait_for $WAIT probed $TARGET
printf '\n\n\n' >&7
check "rounds" wait_for $WAIT grep -q "rounds 8" "$WORK/paced.out"
kill -INT $profiler
wait $profiler
forget $profiler
echo "counter rounds 3" >"$WORK/counters"
check "the golden hits are those of the comments" python3 "$HERE/lprof_json.py" check "$PROGRAMS/paced.c" \
	"$WORK/profile.json" --counters "$WORK/counters"

# However the live view ends, the terminal must be as it was before.
profiler_of() {
	local pid
	# The process that holds its probes has the same command line, but another name.
	for pid in $(pgrep -x -f ".*lprof-bpf .* -p $TARGET .*"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != lprof-bpf ] || echo "$pid"
	done | tail -n 1
}
for end in INT:0 TERM:0 HUP:0 SEGV:139 ABRT:134 QUIT:131; do
	view
	is "$end: alternate screen, no cursor" "1 0" "$(pane display-message -p '#{alternate_on} #{cursor_flag}')"
	kill "-${end%:*}" "$(profiler_of)"
	over "$end" "${end#*:}"
	[ "${end#*:}" != 0 ] || expect "$end: the table" "n = slow\(n\);"
done
view
keys C-c
over "Ctrl-C" 0
view
keys C-z
expect "Ctrl-Z: stopped" Stopped
is "Ctrl-Z: no alternate screen, a cursor" "0 1" "$(pane display-message -p '#{alternate_on} #{cursor_flag}')"
keys "fg" Enter
expect "Ctrl-Z: back" "q quit"
keys q
check "Ctrl-Z: the end" wait_for $WAIT lacks "q quit"
view
end_target
over "the target's end" 0
expect "the target's end: the table" "n = slow\(n\);"

# Colours, and terminals without colours.
start_target
colored() {
	colors | grep -q -E $'\e\\[([0-9]+;)*3[1-3](;[0-9]+)*m'
}
# shown_without NAME ENVIRONMENT OPTIONS: the screen must be the same, without colours.
shown_without() {
	begin "$2 $VIEW -p $TARGET --top --no-pager $3"
	expect "$1: view" "q quit"
	echo >&7
	expect "$1: lines" '^ +[0-9]+ +10 .*### +n = slow\(n\);'
	colored && bad "$1: colours"
	keys q
	over "$1" 0
	expect "$1: the table" '^ +[0-9]+ +10 .* n = slow\(n\);'
	colored && bad "$1: colours in the table"
}
view
echo >&7
expect "colours: lines" '^ +[0-9]+ +10 .*### +n = slow\(n\);'
check "colours" wait_for $WAIT colored
keys q
over "colours" 0
check "colours: in the table" wait_for $WAIT colored
shown_without "NO_COLOR" "NO_COLOR=1" ""
shown_without "--color never" "" "--color never"
shown_without "vt100" "TERM=vt100" ""
shown_without "vt100 in ASCII" "TERM=vt100 LC_ALL=C" ""

# Refused in one sentence.
# refused NAME PATTERN COMMAND: ends with status 1 and says so in one line.
refused() {
	begin "$3"
	check "$1: ends" wait_for $WAIT test -e "$WORK/over"
	is "$1: status" 1 "$(cat "$WORK/status")"
	expect "$1" "$2"
	is "$1: one sentence" 1 "$(screen | grep -c lprof-bpf:)"
}
refused "the command's terminal" "cannot both write to the terminal" "$LPROF -f main --top -- $WORK/paced"
refused "the command's standard error" "cannot both write to the terminal" "$LPROF -f main --top -- $WORK/paced >/dev/null"
refused "unknown terminal" "TERM=nonesuch" "TERM=nonesuch $LPROF -f slow --top -p $TARGET"
refused "dumb terminal" "TERM=dumb" "TERM=dumb $LPROF -f slow --top -p $TARGET"
setsid "$LPROF" -f slow --top -p $TARGET >"$WORK/out" 2>"$WORK/err" </dev/null
is "no terminal: status" 1 $?
is "no terminal: one sentence" 1 "$(grep -c '^lprof-bpf: --top needs a terminal' "$WORK/err")"

# A command whose output goes elsewhere; the report too.
build blocked gcc "$WORK/blocked" -O0
begin "$LPROF -f turn --top -o $WORK/command.txt -- $WORK/blocked >$WORK/command.out 2>&1"
expect "command: view" '500 .* turn$'
keys C-c
over "command: Ctrl-C" 130
check "command: its output" grep -q blocked "$WORK/command.out"
check "command: the table" grep -q '^Function: turn' "$WORK/command.txt"

begin "$LPROF -f turn --top -o $WORK/command.txt -- $WORK/blocked >$WORK/command.out 2>&1"
expect "command: view" '500 .* turn$'
keys q
expect "command: q: that it is waited for" '^lprof-bpf: the command goes on without probes and is waited for; Ctrl-C ends it$'
check "command: q: the table" grep -q '^Function: turn' "$WORK/command.txt"
kill -TERM "$(pgrep -f "^$WORK/blocked$")"
over "command: q, then its end" 143

# The status line is rewritten in place and erased at the end. It is shown only on a terminal, and not with -q.
begin "$LPROF -f slow -p $TARGET --no-pager >$WORK/out"
expect "status: profiling has begun" "Ctrl-C to stop"
echo >&7
expect "status: the budget" '^[0-9]+ s, profiling takes [0-9a-z .]+ % of the target.s time \(at most 2 %\)$'
keys C-c
over "status: the budget" 0
check "what profiling took is in the report" grep -q '^Profiling took .* (at most 2 %\(, or .*\)\?)$' "$WORK/out"
begin "$LPROF --max-overhead 3 -f slow -p $TARGET --top --no-pager"
expect "view: within a budget" "q quit"
echo >&7
expect "view: the budget" '  profiling takes [0-9a-z .]+ % \(at most 3 %\)  functions by time$'
keys q
over "view: the budget" 0
sleep 1 # until the target has ended its round
begin "$LPROF ${EXACT[*]} -f slow -p $TARGET --no-pager >$WORK/out"
expect "status" '^[0-9]+ s, 0 hits, probing takes 0 % of the target.s time$'
echo >&7
expect "status: hits" '^[0-9]+ s, [1-9][0-9]* hits, probing takes'
is "status: one line" 1 "$(screen | grep -c 'hits, probing takes')"
keys C-c
over "status" 0
check "status: gone" wait_for $WAIT lacks 'hits, probing takes'
check "status: not in the report" grep -q -v 'hits, probing takes' "$WORK/out"
begin "$LPROF --no-probes -p $TARGET --no-pager >$WORK/out"
expect "status: samples only" '^[0-9]+ s, [0-9]+ samples$'
keys C-c
over "status: samples only" 0
begin "$LPROF -q -f slow -p $TARGET -d 1.5 --no-pager | tee $WORK/out"
expect "quiet" '^Function: slow'
script -q -c "$LPROF -q -f slow -p $TARGET -d 1.5 --no-pager" /dev/null >"$WORK/typescript"
is "quiet: nothing is rewritten" 0 "$(grep -c -E '(probing|profiling) takes' "$WORK/typescript")"
"$LPROF" -f slow -p $TARGET -d 1.5 >"$WORK/out" 2>"$WORK/err"
is "no terminal: one line" 1 "$(wc -l <"$WORK/err")"

# The pager is used for a report longer than the screen, unless --no-pager is given.
LONG="$LPROF -q ${EXACT[*]} -f slow -f quick -f once_a_round -p $TARGET -d 0.5"
begin "PAGER=less $LONG"
expect "less" '^:$'
check "less: its first page" shows '^Timer unit'
keys G
expect "less: the last page" 'END'
keys q
over "less" 0
begin "$LONG"
over "PAGER is empty" 0
begin "PAGER='cat >$WORK/paged' $LONG"
over "PAGER" 0
check "PAGER: from the beginning" sed -n '1{/^Timer unit/q};q1' "$WORK/paged"
is "PAGER: all functions" 3 "$(grep -c '^Function: ' "$WORK/paged")"
rm "$WORK/paged"
begin "PAGER='wc -l >$WORK/paged' $LONG --no-pager"
over "--no-pager" 0
begin "PAGER='wc -l >$WORK/paged' $LONG -i 0.2"
over "-i" 0
begin "PAGER='wc -l >$WORK/paged' $LONG | cat"
over "no terminal" 0
pane resize-window -x 80 -y 90
begin "PAGER='wc -l >$WORK/paged' $LPROF -q -f slow -p $TARGET -d 0.5"
over "short" 0
pane resize-window -x 80 -y 24
is "no pager" no "$([ -e "$WORK/paged" ] && echo yes || echo no)"
begin "PAGER=no-such-pager $LPROF -q -f slow -f quick -p $TARGET -d 0.5"
over "a pager that is not there" 0
expect "a pager that is not there: the table" '^Function: quick'

# Python: functions of the same name are told apart by their files, and can be sorted by them.
cat >"$WORK/main.py" <<'EOF'
import other
import sys
def turn():
    return 1
for _ in range(30):
    turn()
    other.turn()
    other.once_more()
open(sys.argv[1]).read()
EOF
cat >"$WORK/other.py" <<'EOF'
def turn():
    return sum(range(10000))
def once_more():
    return 2
EOF
mkfifo "$WORK/never"
sleep 600 >"$WORK/never" &
sleeper=$!
child $sleeper
pane resize-window -x 100 -y 24
for python in /usr/bin/python3 3.13 3.14; do
	[ -x "$python" ] || python=$(tests/deps/pythons "$python") || continue
	name=$(basename "$python")
	begin "$LPROF --max-overhead none -f turn -f once_more --top -o $WORK/python.txt -- $python $WORK/main.py $WORK/never >$WORK/command.out 2>&1"
	expect "$name: the other file's" ' 30 +30 .* turn  other.py:1$'
	expect "$name: this file's" ' 30 +30 .* turn  main.py:3$'
	expect "$name: a name that tells" ' once_more$'
	expect "$name: its source" ' +2 +30 .* return sum'
	keys s s s s s
	expect "$name: by file" 'functions by file$'
	is "$name: this file first" "main.py:3 other.py:1 other.py:3 " "$(screen | grep -oE '(main|other).py:[0-9]+$' | head -3 | tr '\n' ' ')"
	keys C-c
	over "$name: Ctrl-C" 130
	check "$name: the table" grep -q '^Function: turn' "$WORK/python.txt"
done
stop $sleeper KILL

# If the terminal disappears, the profiler ends and its probes are removed.
view
profiler=$(profiler_of)
pane kill-server
gone() {
	! [ -e "/proc/$profiler" ]
}
check "no terminal any more: the end" wait_for $WAIT gone
check "no terminal any more: nothing attached" unpatched $TARGET
end_target
finish
