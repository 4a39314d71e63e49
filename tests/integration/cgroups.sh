# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# To be sourced after lib.sh: makes a cgroup of version 2 for the script, CGROUP below ROOT by the name NAME, which is removed
# at the end, with the processes in it. Where none can be made, the script ends.

ROOT=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
if [ -z "$ROOT" ]; then
	ROOT=$WORK/cgroups
	mkdir "$ROOT"
	mount -t cgroup2 none "$ROOT" 2>"$WORK/err"
fi
NAME=lprof-test-$$
CGROUP=$ROOT/$NAME
mkdir "$CGROUP" 2>"$WORK/err" || {
	echo "$(basename "$0"): no cgroup of version 2 can be made here: $(cat "$WORK/err")" >&2
	exit 1
}

# Ends who is still in the cgroups, and removes them.
remove_cgroups() {
	local pid
	[ -e "$CGROUP" ] || return
	echo $$ >"$ROOT/cgroup.procs"
	for pid in $(find "$CGROUP" -name cgroup.procs -exec cat {} +); do
		kill -KILL "$pid"
	done
	wait_for 5 find "$CGROUP" -depth -type d -exec rmdir {} +
}

# Keeps the script's status, which cleanup reads.
leave() {
	local status=$?
	remove_cgroups
	[ "$ROOT" != "$WORK/cgroups" ] || umount "$ROOT" 2>"$WORK/err"
	(exit $status)
	cleanup
}
trap leave EXIT
