#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks that a bare Debian needs nothing but make and this tree: builds one with debootstrap and runs `make deps &&
# make` in it. Packages come from where this machine's apt gets them. KEEP=1 keeps the directory.
set -euo pipefail

suite=bookworm
top=$(cd "$(dirname "$0")/.." && pwd)

# Everything that mounts runs in a mount namespace of its own: whatever happens, the mounts end with it.
if [ "${1:-}" != inside ]; then
	root=$(mktemp -d "${TMPDIR:-/tmp}/lprof-bare-XXXXXX")
	[ -n "${KEEP:-}" ] || trap 'rm -rf --one-file-system "$root"' EXIT
	chmod 755 "$root"
	unshare --mount --propagation private "$0" inside "$root"
	echo "A bare Debian $suite builds and starts lprof-bpf."
	exit 0
fi
root=$2

# Prints a property of the archive that holds the suite, as apt is configured.
archive() {
	apt-get indextargets --format "\$(RELEASE) \$(COMPONENT) \$($1)" 'Created-By: Packages' |
		sed -n "s/^$suite main //p" | sed -n 1p
}

bare() {
	chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
}

make_bare_system() {
	local mirror keyring
	mirror=$(archive SITE)
	keyring=$(archive SIGNED_BY)
	[ -f "$keyring" ] || keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -n "$mirror" ] || { echo "apt knows no archive with $suite" >&2; exit 1; }
	debootstrap --variant=minbase --keyring="$keyring" "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
		{ tail "$root.log" >&2; exit 1; }
	rm -f "$root.log"
	echo "deb [signed-by=$keyring] $mirror $suite main" \
		>"$root/etc/apt/sources.list"
	apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/00host" || true
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	mount --rbind /dev "$root/dev"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
}

echo "Making a bare Debian $suite in $root"
make_bare_system
bare apt-get -qq update
bare apt-get -qqy --no-install-recommends install make >/dev/null

mkdir "$root/lprof-bpf"
tar -C "$top" --exclude=./build --exclude=./.git -c . | tar -C "$root/lprof-bpf" --no-same-owner -x

echo "make says what is missing"
if said=$(bare make -C /lprof-bpf 2>&1); then
	echo "make succeeded without a compiler" >&2
	exit 1
fi
grep -q '^Missing packages: .*libbpf-dev' <<<"$said" && grep -q 'make deps' <<<"$said" || { echo "$said" >&2; exit 1; }

echo "make deps && make"
bare make -C /lprof-bpf deps >/dev/null
bare make -C /lprof-bpf >/dev/null
bare /lprof-bpf/build/lprof-bpf --version
echo "make deps again, without a network"
unshare --net chroot "$root" make -C /lprof-bpf deps
