# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# To be sourced: gets kernels from Debian's packages, which are unpacked under build/kernels and never installed.

# shellcheck source=tests/deps/suites.sh
. "$TOP/tests/deps/suites.sh"

KERNELS=$TOP/build/kernels

# Unpacks the newest kernel that SUITE's linux-image-amd64 depends on in build/kernels/SUITE.
download_kernel() {
	local directory=$KERNELS/$1 package
	apt_of "$1" "$directory/apt" || {
		echo "no Debian package sources are set up on this machine"
		return 1
	}
	apt-get "${APT[@]}" update || return 1
	# Newer packages hold the image in linux-binary-VERSION, which sorts first.
	package=$(apt-cache "${APT[@]}" depends --recurse --important linux-image-amd64 |
		grep -E '^linux-(binary|image)-[0-9]' | sort | head -1)
	[ -n "$package" ] || return 1
	(cd "$directory" && rm -f ./*.deb && apt-get "${APT[@]}" download "$package") || return 1
	# Only the image itself is used: no module is loaded.
	dpkg-deb --fsys-tarfile "$directory/$package"_*.deb | tar -x -C "$directory" --wildcards '*/vmlinuz*' || return 1
	rm -rf "$directory"/*.deb "$directory/apt"
}

# fetch_kernel SUITE: prints the path of its kernel image. Downloaded once, until `make clean`.
fetch_kernel() {
	local directory=$KERNELS/$1
	if [ ! -e "$directory/done" ]; then
		rm -rf "$directory"
		mkdir -p "$directory"
		if ! download_kernel "$1" >"$directory/log" 2>&1; then
			tail -5 "$directory/log" >&2
			return 1
		fi
		touch "$directory/done"
	fi
	find "$directory" -name 'vmlinuz*' -type f
}
