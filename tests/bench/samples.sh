#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds programs that others wrote, bzip2, minigzip, Lua, sqlite and redis, and judges samples by them: shares of lines
# and functions against perf's, which function is hottest, and what sampling costs. From the repository's root, as root:
# tests/bench/samples.sh [OPTIONS], those of samples.py. The programs are kept in build/bench-samples.
set -eu
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1
. tests/integration/lib.sh
. tests/integration/sources.sh
set -eu
need gcc make tclsh python3 perf bpftool llvm-symbolizer readelf apt-get dpkg-source /usr/bin/python3
need_profiler
DIRECTORY=$TOP/build/bench-samples
mkdir -p "$DIRECTORY"

# make_program NAME: calls build_NAME SOURCE OUTPUT, unless that was done
make_program() {
	local source
	[ ! -x "$DIRECTORY/$1" ] || return 0
	source=$(fetch_source "${2:-$1}")
	"build_$1" "$source" "$WORK/$1" >"$WORK/$1.log" 2>&1 || {
		tail -20 "$WORK/$1.log" >&2
		exit 1
	}
	mv "$WORK/$1" "$DIRECTORY/$1"
}

build_bzip2() {
	compile_bzip2 gcc "$1" "$2" -O2
}

build_minigzip() {
	compile_zlib gcc "$1" "$2" -O2
}

# Debian's source includes a header that its own build makes.
build_lua() {
	local files
	mkdir "$WORK/include"
	echo '#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"' >"$WORK/include/lua5.4-deb-multiarch.h"
	files=$(ls "$1"/src/*.c | grep -v '/luac\.c$')
	# shellcheck disable=SC2086
	gcc -w -g -O2 -DLUA_USE_LINUX -I"$WORK/include" -o "$2" $files -lm -ldl
}

build_sqlite3() {
	mkdir "$WORK/sqlite"
	(cd "$WORK/sqlite" && "$1/configure" --disable-tcl --disable-readline && make sqlite3.c shell.c)
	gcc -w -g -O2 -DSQLITE_THREADSAFE=0 -o "$2" "$WORK/sqlite/shell.c" "$WORK/sqlite/sqlite3.c" -lm -ldl
}

build_redis-server() {
	cp -r "$1" "$WORK/redis"
	make -j2 -C "$WORK/redis/src" MALLOC=libc redis-server redis-benchmark
	cp "$WORK/redis/src/redis-benchmark" "$DIRECTORY"
	cp "$WORK/redis/src/redis-server" "$2"
}

make_program bzip2
make_program minigzip zlib
make_program lua lua5.4
make_program sqlite3
make_program redis-server redis
make_input 3000000 "$DIRECTORY/input"
cp tests/bench/samples.lua "$DIRECTORY/work.lua"
cp tests/bench/samples.sql "$DIRECTORY/work.sql"
cp tests/bench/samples_numpy.py "$DIRECTORY/work.py"
build spans gcc "$WORK/spans" -O1
python3 tests/bench/samples.py --lprof "$LPROF" --work "$WORK" --directory "$DIRECTORY" "$@"
