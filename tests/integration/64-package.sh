#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `make install`, `make uninstall` and `make deb`: the package is accepted by lintian and dpkg, and the programs in it
# work.
. "$(dirname "$0")/lib.sh"
need make gcc lintian dpkg dpkg-deb dpkg-shlibdeps readelf mandoc bash zsh fish
need_profiler
gcc -g -O0 -o "$WORK/early" "$PROGRAMS/early.c"

# works NAME PROGRAM: PROGRAM must be able to profile.
works() {
	"$2" -q -f main -o "$WORK/profile.json" -- "$WORK/early" >/dev/null 2>"$WORK/err"
	is "$1: profiles" 0 $?
	is_json "$1: calls" 1 "$WORK/profile.json" 'f("main")["calls"]'
}

# whole NAME PREFIX ZSH: all files of the program must be below PREFIX, where other programs look for them.
whole() {
	local name=$1 usr=$2 zsh=$3 page
	is "$name: version" "$("$LPROF" --version)" "$("$usr/bin/lprof-bpf" --version)"
	page=$(echo "$usr"/share/man/man8/lprof-bpf.8*)
	check "$name: manual page" grep -q -F 'lprof-bpf' <(man -l -Tascii "$page" 2>/dev/null || mandoc -T ascii "$page")
	check "$name: bash" bash -n "$usr/share/bash-completion/completions/lprof-bpf"
	check "$name: fish" fish -n "$usr/share/fish/vendor_completions.d/lprof-bpf.fish"
	check "$name: zsh" zsh -n "$zsh/_lprof-bpf"
}

# make install and make uninstall, also with a blank in the path.
for prefix in /usr/local "/opt/a b"; do
	check "install, $prefix" make -s install DESTDIR="$WORK/stage" PREFIX="$prefix"
	whole "install, $prefix" "$WORK/stage$prefix" "$WORK/stage$prefix/share/zsh/site-functions"
	is "install, $prefix: files" 6 "$(find "$WORK/stage" -type f | wc -l)"
	check "uninstall, $prefix" make -s uninstall DESTDIR="$WORK/stage" PREFIX="$prefix"
	is "uninstall, $prefix: nothing left" "" "$(find "$WORK/stage" -type f)"
done

# The package.
make -s deb >"$WORK/deb.out" 2>"$WORK/deb.err"
is "make deb: status" 0 $?
DEB=$(tail -1 "$WORK/deb.out")
check "make deb: a package" test -s "$DEB"
is "lintian is silent" "" "$(lintian --allow-root "$DEB" 2>&1)"
lintian --allow-root --fail-on error,warning "$DEB" >/dev/null 2>&1
is "lintian: status" 0 $?
dpkg-deb -x "$DEB" "$WORK/x"
USR=$WORK/x/usr
whole "package" "$USR" "$USR/share/zsh/vendor-completions"
works "package" "$USR/bin/lprof-bpf"
is "package: version" "$("$LPROF" --version | cut -d' ' -f2)" "$(dpkg-deb -f "$DEB" Version)"
is "package: all is root's" root/root "$(dpkg-deb -c "$DEB" | awk '{print $2}' | sort -u)"
is "package: stripped" "" "$(readelf -SW "$USR/bin/lprof-bpf" | grep -o -E '\.(symtab|debug_info)')"
check "package: position-independent" sh -c 'readelf -h "$1" | grep -q "DYN "' sh "$USR/bin/lprof-bpf"
check "package: bound at the start" sh -c 'readelf -d "$1" | grep -q BIND_NOW' sh "$USR/bin/lprof-bpf"
is "package: checksums" "" "$(dpkg-deb -e "$DEB" "$WORK/control" && cd "$WORK/x" && md5sum -c --quiet "$WORK/control/md5sums" 2>&1)"

# The package must depend on the packages of the libraries that the program needs, and on no others. The library that
# only --push loads is recommended.
package_of() {
	dpkg -S "*/x86_64-linux-gnu/$1" 2>/dev/null | grep -v -e '-dev' | cut -d: -f1 | head -1
}
needed() {
	local library
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r library; do
		package_of "$library"
	done | sort -u
}
is "package: dependencies" "$(needed "$USR/bin/lprof-bpf" | paste -sd' ')" \
	"$(dpkg-deb -f "$DEB" Depends | tr ',' '\n' | awk '{print $1}' | sort | paste -sd' ')"
is "package: recommendation" "$(package_of libcurl.so.4)" "$(dpkg-deb -f "$DEB" Recommends | cut -d' ' -f1)"
is "package: one recommendation" 1 "$(dpkg-deb -f "$DEB" Recommends | tr ',' '\n' | wc -l)"

# dpkg installs it, with its own database, a copy of this system's, and its own root directory.
mkdir -p "$WORK/admin/info" "$WORK/admin/updates" "$WORK/root"
awk -v RS= -v ORS='\n\n' '!/^Package: lprof-bpf\n/' /var/lib/dpkg/status >"$WORK/admin/status"
owned_dpkg() {
	dpkg --admindir="$WORK/admin" --instdir="$WORK/root" --force-not-root --log=/dev/null "$@"
}
check "dpkg -i" owned_dpkg -i "$DEB"
is "dpkg: installed" "install ok installed" "$(dpkg-query --admindir="$WORK/admin" -W -f '${Status}' lprof-bpf)"
works "installed" "$WORK/root/usr/bin/lprof-bpf"
check "dpkg -P" owned_dpkg -P lprof-bpf
is "dpkg: nothing left" "" "$(find "$WORK/root" -type f)"
finish
