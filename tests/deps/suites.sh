# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# To be sourced: private configurations of apt for other suites of Debian than this machine's, from which packages are
# downloaded and unpacked, but never installed.

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

# apt_of SUITE DIRECTORY: makes a private configuration of apt for SUITE, in DIRECTORY and the variable APT. The machine's
# own configuration is not changed.
apt_of() {
	local state=$2
	mkdir -p "$state/parts" "$state/lists/partial" "$state/cache/archives/partial"
	: >"$state/status"
	APT=(-o "Dir::Etc::sourcelist=$state/sources.list" -o "Dir::Etc::sourceparts=$state/parts"
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
		-o "Dir::State=$state" -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$state/status"
		-o "Dir::Cache=$state/cache" -o APT::Sandbox::User=root -q -q)
	change_suite "$1" "$state"
}
