# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# To be sourced by the scripts of this directory, which are run as root from the repository's root.

set -u
export LC_ALL=C
TOP=$(pwd)
HERE=$TOP/tests/integration
PROGRAMS=$TOP/tests/programs
LPROF=$(realpath -m "${LPROF:-build/lprof-bpf}")
CC=${CC:-gcc}
CXX=${CXX:-g++}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/lprof-test.XXXXXX")
export PYTHONDONTWRITEBYTECODE=1
FAILED=0
PASSED=0
# For exact counts of whatever is hot, and for probes that stay in for the whole run, although -p or -x is given.
EXACT=(--max-overhead none)
CHILDREN=()

cleanup() {
	local status=$? pid
	trap - EXIT INT TERM
	for pid in "${CHILDREN[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$WORK"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What a background process writes may still be the text of an earlier one when the script looks at it: the shell empties
# the file in the new process, which may be late. So whoever waits for a text in a file removes the file beforehand.

# Remembers a background process, so that it is killed at the end of the script.
child() {
	CHILDREN+=("$1")
}

# Forgets a process that was waited for. It must not be killed at the end, because its ID may belong to another process
# by then.
forget() {
	local pid rest=()
	for pid in "${CHILDREN[@]}"; do
		[ "$pid" = "$1" ] || rest+=("$pid")
	done
	CHILDREN=("${rest[@]}")
}

ok() {
	PASSED=$((PASSED + 1))
	[ -n "${VERBOSE:-}" ] && echo "ok: $*"
	return 0
}

bad() {
	FAILED=$((FAILED + 1))
	echo "FAILED: $*"
}

# check NAME COMMAND...: the command must succeed; its output is shown if it does not.
check() {
	local name=$1 log=$WORK/check.log
	shift
	if "$@" >"$log" 2>&1; then
		ok "$name"
	else
		bad "$name"
		head -60 "$log"
	fi
}

# is NAME EXPECTED FOUND
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		bad "$1: '$3' instead of '$2'"
	fi
}

# number_of PROGRAM TEXT: prints the number of the line in tests/programs/PROGRAM.c that contains TEXT
number_of() {
	grep -n -F -m 1 -e "$2" "$PROGRAMS/$1.c" | cut -d: -f1
}

# Every script ends with this.
finish() {
	[ ! -e "$WORK/.unread" ] || bad "a value could not be read from a profile"
	echo "$(basename "$0"): $PASSED passed, $FAILED failed"
	[ "$FAILED" = 0 ] && [ "$PASSED" != 0 ]
	exit
}

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || {
			echo "$(basename "$0"): $tool is missing" >&2
			exit 1
		}
	done
}

need_profiler() {
	[ "$(id -u)" = 0 ] || {
		echo "$(basename "$0"): must be run as root" >&2
		exit 1
	}
	[ -x "$LPROF" ] || {
		echo "$(basename "$0"): no $LPROF" >&2
		exit 1
	}
}

get() {
	# If nothing were printed, an arithmetic expansion in the caller would silently end its loop; so the failure is
	# recorded.
	python3 "$HERE/lprof_json.py" get "$@" || touch "$WORK/.unread"
}

# is_json NAME EXPECTED PROFILE EXPRESSION
is_json() {
	is "$1" "$2" "$(get "$3" "$4" 2>&1)"
}

# missed_none NAME PROFILE: the report itself claims to be complete.
missed_none() {
	is_json "$1: missed" 0 "$2" 'p["probe"]["missed"]'
}

# build PROGRAM COMPILER OUTPUT FLAGS...: the one place with the compilers' command lines for the test programs.
build() {
	local program=$1 compiler=$2 output=$3 source
	shift 3
	source=$PROGRAMS/$program.c
	[ -e "$source" ] || source=$PROGRAMS/$program.cc
	case "$source:$compiler" in
	*.cc:gcc) compiler=g++ ;;
	*.cc:clang) compiler=clang++ ;;
	*) set -- -std=gnu11 "$@" ;;
	esac
	# Runs in OUTPUT's directory, because --coverage writes its notes there.
	(cd "$(dirname "$output")" && "$compiler" -g "$@" -o "$output" "$source" -pthread)
}

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
	local tries=$(($1 * 20))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# Whether probes are in process PID.
probed() {
	python3 "$HERE/unpatched.py" --patched "$1"
}

unpatched() {
	python3 "$HERE/unpatched.py" "$1"
}

# Ends the background process PID with SIGNAL and returns its status.
stop() {
	local pid=$1 signal=$2
	kill -"$signal" "$pid"
	wait "$pid"
	local status=$?
	forget "$pid"
	return "$status"
}

source_of() {
	if [ -e "$PROGRAMS/$1.c" ]; then echo "$PROGRAMS/$1.c"; else echo "$PROGRAMS/$1.cc"; fi
}
