#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A program with THREADS threads (default 500; 2000 is the hard trial) that all want to run leaves the processors to nobody else. Counting
# must still end when its time is over, and the profiler must be able to stop, by itself and by SIGINT and SIGTERM.
# This script watches at a real-time priority, because otherwise it would wait for minutes; the programs it starts run
# at the ordinary one.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler
THREADS=${THREADS:-500}

build crowd gcc "$WORK/crowd" -O1
check "-d, SIGINT and SIGTERM in a crowd of $THREADS threads" timeout 600 python3 "$HERE/crowd.py" \
	"$LPROF" "$WORK/crowd" "$THREADS"
cat "$WORK/check.log"
# The process that holds the probes may still be at work when the profiler has ended.
check "the kernel's setting for grace periods is as before" wait_for 60 grep -qx 0 /sys/kernel/rcu_expedited
finish
