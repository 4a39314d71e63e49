# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# To be sourced after lib.sh: fetches source packages of real programs from the package archives that this machine
# uses.

SRC_CACHE=$TOP/build/src-cache

# Makes a private configuration of apt, with "deb-src" for every "deb" of the machine. The machine's own configuration
# is not changed.
apt_private() {
	local state=$SRC_CACHE/apt file
	mkdir -p "$state/parts" "$state/lists/partial" "$state/cache/archives/partial"
	: >"$state/sources.list"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -e "$file" ] && sed -n 's/^deb[[:space:]]/deb-src /p' "$file" >>"$state/sources.list"
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$state/parts/$(basename "$file")"
	done
	APT=(-o "Dir::Etc::sourcelist=$state/sources.list" -o "Dir::Etc::sourceparts=$state/parts"
		-o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache" -o APT::Sandbox::User=root -q -q)
}

# fetch_source PACKAGE: prints the directory with its unpacked source.
fetch_source() {
	local directory=$SRC_CACHE/$1
	if [ ! -e "$directory/done" ]; then
		rm -rf "$directory"
		mkdir -p "$directory"
		apt_private
		# The update fails for an archive without source packages; it only matters whether the package is
		# found.
		apt-get "${APT[@]}" update >"$directory/log" 2>&1
		# Some mirrors have the sources of the release, but not of its latest updates.
		(cd "$directory" && { apt-get "${APT[@]}" source --download-only "$1" ||
			apt-get "${APT[@]}" source --download-only "$1/$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"; }) \
			>>"$directory/log" 2>&1 &&
			dpkg-source -x "$directory"/*.dsc "$directory/source" >>"$directory/log" 2>&1 &&
			touch "$directory/done"
	fi
	if [ ! -e "$directory/done" ]; then
		echo "the source package $1 could not be fetched:" >&2
		tail -5 "$directory/log" >&2
		return 1
	fi
	echo "$directory/source"
}

# make_input BYTES FILE: writes text that compresses moderately and is the same each time
make_input() {
	python3 - "$1" >"$2" <<'PYTHON'
import sys
size, state, out, total = int(sys.argv[1]), 12345, [], 0
while total < size:
    state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    kind = state >> 16 & 7
    if kind == 0:
        piece = bytes((state >> 8 & 0xFF,)) * (state >> 20 & 63)
    elif kind < 3:
        piece = b"%d " % (state % 1000)
    else:
        piece = b"line of text number %x; " % (state >> 12 & 0xFF)
    out.append(piece)
    total += len(piece)
sys.stdout.buffer.write(b"".join(out)[:size])
PYTHON
}
ZLIB_MAIN=minigzip.c

# compile_zlib COMPILER SOURCE OUTPUT FLAGS..., and compile_bzip2 likewise. They run in OUTPUT's directory.
compile_zlib() {
	local compiler=$1 source=$2 output=$3
	shift 3
	(cd "$(dirname "$output")" &&
		"$compiler" -w -g "$@" -DHAVE_UNISTD_H -DHAVE_STDARG_H -I"$source" -o "$output" "$source"/*.c "$source/test/$ZLIB_MAIN")
}

compile_bzip2() {
	local compiler=$1 source=$2 output=$3 file files=()
	shift 3
	for file in blocksort huffman crctable randtable compress decompress bzlib bzip2; do
		files+=("$source/$file.c")
	done
	(cd "$(dirname "$output")" && "$compiler" -w -g "$@" -D_FILE_OFFSET_BITS=64 -o "$output" "${files[@]}")
}
