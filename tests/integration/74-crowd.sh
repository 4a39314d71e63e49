#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A program with THREADS threads (2000) that all want to run keeps everybody else from the processors. Counting still ends
# when its time is over, and the profiler can end what it began, by itself, by SIGINT and by SIGTERM. The script watches
# at a real-time priority, since it would wait for minutes otherwise; what it starts has the ordinary one.
. "$(dirname "$0")/lib.sh"
need python3 gcc
need_profiler
THREADS=${THREADS:-2000}

build crowd gcc "$WORK/crowd" -O1
check "-d, SIGINT and SIGTERM in a crowd of $THREADS threads" timeout 600 python3 "$HERE/crowd.py" \
	"$LPROF" "$WORK/crowd" "$THREADS"
cat "$WORK/check.log"
is "the kernel's setting for grace periods is as before" 0 "$(cat /sys/kernel/rcu_expedited)"
finish
