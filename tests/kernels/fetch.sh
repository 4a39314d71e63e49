# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# To be sourced: gets kernels from Debian's packages, which are unpacked under build/kernels and never installed.

KERNELS=$TOP/build/kernels

# change_suite SUITE DIRECTORY: copies the machine's package sources of Debian, with another suite. Sources of other
# archives, and of suites besides the main one (security, updates), are left out.
change_suite() {
	local codename file
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -n "$codename" ] || return 1
	: >"$2/sources.list"
	rm -f "$2"/parts/*
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -e "$file" ] || continue
		sed -nE "s/^(deb[[:space:]]+(\[[^]]*\][[:space:]]+)?[^[:space:]]+[[:space:]]+)$codename[[:space:]]/\1$1 /p" \
			"$file" >>"$2/sources.list"
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -e "$file" ] || continue
		# Paragraphs are separated by empty lines.
		awk -v RS= -v ORS='\n\n' -v codename="$codename" -v suite="$1" '
			"\n" $0 "\n" ~ "\nSuites:([^\n]*[ \t])?" codename "[ \t\n]" && /(^|\n)Types:[^\n]*deb/ {
				sub(/Suites:[^\n]*/, "Suites: " suite)
				sub(/Types:[^\n]*/, "Types: deb")
				print
			}' "$file" >"$2/parts/$(basename "$file")"
	done
	grep -q '^[A-Za-z]' "$2/sources.list" "$2"/parts/* 2>/dev/null
}

# Makes a private configuration of apt for SUITE, in the variable APT. The machine's own configuration is not changed.
apt_of() {
	local state=$KERNELS/$1/apt
	mkdir -p "$state/parts" "$state/lists/partial" "$state/cache/archives/partial"
	: >"$state/status"
	APT=(-o "Dir::Etc::sourcelist=$state/sources.list" -o "Dir::Etc::sourceparts=$state/parts"
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
		-o "Dir::State=$state" -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$state/status"
		-o "Dir::Cache=$state/cache" -o APT::Sandbox::User=root -q -q)
	change_suite "$1" "$state"
}

# Unpacks the newest kernel that SUITE's linux-image-amd64 depends on in build/kernels/SUITE.
download_kernel() {
	local directory=$KERNELS/$1 package
	apt_of "$1" || {
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
