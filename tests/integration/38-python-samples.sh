#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sampled stacks of Python programs: callers, lines and shares are right, whatever the interpreter was built with.
# shellcheck source=tests/integration/lib.sh
. tests/integration/lib.sh
need_profiler
PYTHON=/usr/bin/python3
SCRIPTS=$TOP/tests/python
need $PYTHON objcopy

sampled() {
	local name=$1 python=$2
	"$LPROF" -q --no-probes -o "$WORK/sampled.json" -- "$python" "$SCRIPTS/sampled.py" 1 >"$WORK/took"
	is "$name: status" 0 $?
	check "$name: as the program says" "$SCRIPTS/check_samples.py" "$WORK/sampled.json" "$WORK/took"
}
# Without the probes on which the counting of lines depends.
objcopy --remove-section .note.stapsdt "$(realpath $PYTHON)" "$WORK/python-bare"
sampled "without probes" "$WORK/python-bare"
# An interpreter that is a library.
cat >"$WORK/embeds.c" <<'EOF'
#include <dlfcn.h>
int main(int argc, char **argv)
{
	void *library = dlopen("libpython3.11.so.1.0", RTLD_NOW | RTLD_GLOBAL);
	int (*run)(int, char **) = library ? (int (*)(int, char **))dlsym(library, "Py_BytesMain") : 0;

	return run ? run(argc, argv) : 1;
}
EOF
$CC -O2 -o "$WORK/embeds" "$WORK/embeds.c"
sampled "a library" "$WORK/embeds"

# Later versions, which say themselves where their frames are. (Of 3.12, no package is known.)
for version in 3.13 3.14 3.15; do
	if ! newer=$(tests/deps/pythons $version); then
		echo "  skipped: Python $version"
		continue
	fi
	sampled "$version" "$newer"
	# A process that runs already: without -f, its Python functions are found, and have lines.
	"$newer" "$SCRIPTS/busy.py" "$WORK/turns.$version" &
	child $!
	pid=$!
	wait_for 20 test -s "$WORK/turns.$version"
	"$LPROF" -q -d 3 -o "$WORK/found.json" -p $pid
	is "$version: found: status" 0 $?
	is_json "$version: found: the hottest function has lines with time" True "$WORK/found.json" \
		'max((f for f in p["functions"]), key=lambda f: f["time_ns"])["file"].endswith("busy.py") and any(l["time_ns"] for f in p["functions"] for l in f["lines"])'
	stop $pid KILL
done

# A process that runs already; the names are those of the tables of counted lines.
$PYTHON "$SCRIPTS/busy.py" "$WORK/turns" &
child $!
pid=$!
wait_for 10 test -s "$WORK/turns"
"$LPROF" -q --no-probes -d 0.7 -o "$WORK/attached.json" -p $pid
"$LPROF" -q -d 0.3 -f turn -f Machine.step -o "$WORK/counted.json" -p $pid
stop $pid KILL
places='{(f["name"], f["file"], f["line"], f["object"], f["build_id"]) for f in'
counted=$(get "$WORK/counted.json" "$places p['functions']}")
is_json "attached: functions as they are counted" True "$WORK/attached.json" "$places p['stacks']['functions']} >= $counted"

finish
