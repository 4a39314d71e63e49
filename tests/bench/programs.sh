# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# To be sourced by a benchmark or a test, from the repository's root: builds programs that others wrote, with debug
# information, from Debian's source packages. They are kept in build/bench-programs. A benchmark ends at the first command
# that fails.

. tests/integration/lib.sh
. tests/integration/sources.sh
set -eu

DIRECTORY=$TOP/build/bench-programs
mkdir -p "$DIRECTORY"

# make_program NAME [PACKAGE]: calls build_NAME SOURCE OUTPUT, unless that was done
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

# Debian's source includes a header that its own build makes. Strings are hashed the same in each run.
build_lua() {
	local files
	mkdir "$WORK/include"
	echo '#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"' >"$WORK/include/lua5.4-deb-multiarch.h"
	files=$(ls "$1"/src/*.c | grep -v '/luac\.c$')
	# shellcheck disable=SC2086
	gcc -w -g -O2 -DLUA_USE_LINUX '-Dluai_makeseed(L)=1' -I"$WORK/include" -o "$2" $files -lm -ldl
}

# The library's source in one file is kept as well.
build_sqlite3() {
	mkdir "$WORK/sqlite"
	(cd "$WORK/sqlite" && "$1/configure" --disable-tcl --disable-readline && make sqlite3.c shell.c)
	cp "$WORK/sqlite/sqlite3.c" "$WORK/sqlite/sqlite3.h" "$DIRECTORY"
	gcc -w -g -O2 -DSQLITE_THREADSAFE=0 -o "$2" "$WORK/sqlite/shell.c" "$WORK/sqlite/sqlite3.c" -lm -ldl
}

build_redis-server() {
	cp -r "$1" "$WORK/redis"
	make -j2 -C "$WORK/redis/src" MALLOC=libc redis-server redis-benchmark
	cp "$WORK/redis/src/redis-benchmark" "$DIRECTORY"
	cp "$WORK/redis/src/redis-server" "$2"
}

build_nginx() {
	cp -r "$1" "$WORK/nginx.source"
	(cd "$WORK/nginx.source" && ./configure --without-http_rewrite_module --without-http_gzip_module \
		--with-http_stub_status_module --with-cc-opt='-g -O2' && make -j2)
	cp "$WORK/nginx.source/objs/nginx" "$2"
}

# All of its programs are installed in the directory `postgresql`. The file `postgres` tells that they are there.
build_postgres() {
	cp -r "$1" "$WORK/postgresql"
	(cd "$WORK/postgresql" && ./configure --prefix="$DIRECTORY/postgresql" --without-readline --without-zlib CFLAGS='-g -O2' &&
		make -j2 -C src install)
	ln -s postgresql/bin/postgres "$2"
}

# Builds the programs of tests/bench/loads, those that are older than their sources.
make_loads() {
	local source
	make_program sqlite3
	source=$(fetch_source bzip2)
	make_load tight.c gcc
	make_load collatz.c gcc
	make_load threads.c gcc -pthread
	make_load throws.cc g++
	make_load bzip2.c gcc -I"$source" "$source"/{blocksort,huffman,crctable,randtable,compress,decompress,bzlib}.c
	make_load sqlite.c gcc -DSQLITE_THREADSAFE=0 -I"$DIRECTORY" "$DIRECTORY/sqlite3.c" -lm -ldl
}

# make_load SOURCE COMPILER FLAGS...
make_load() {
	local source=tests/bench/loads/$1 output=$DIRECTORY/load-${1%.*} compiler=$2
	shift 2
	[ "$output" -nt "$source" ] && [ "$output" -nt tests/bench/loads/load.h ] ||
		"$compiler" -w -g -O2 -o "$output" "$source" "$@"
}
