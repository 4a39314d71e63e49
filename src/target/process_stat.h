/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_stat: what the kernel tells of a process in /proc/PID/stat, see proc(5). */
#ifndef LPROF_PROCESS_STAT_H
#define LPROF_PROCESS_STAT_H

#include <stdbool.h>
#include <sys/types.h>

#define PROCESS_STAT_ROOM 32

/* Fields, by their numbers there. */
enum process_stat {
	PROCESS_STAT_STATE = 3,	   /* 'T': stopped by a signal, 't': by a debugger */
	PROCESS_STAT_PARENT = 4,   /* its ID */
	PROCESS_STAT_THREADS = 20, /* how many there are, of one that has ended 1 at most */
	PROCESS_STAT_START = 22,   /* when it began, in ticks since the machine was started */
};

/* Sets TEXT to a field of process PID. False, and "", when it cannot be read: the process is gone, for example. */
bool process_stat__read(pid_t pid, enum process_stat field, char text[PROCESS_STAT_ROOM]);

/*
 * Whether process PID has ended, with all its threads. Its parent may not have waited for it yet. False when that
 * cannot be told, for want of file descriptors for example.
 */
bool process_stat__has_ended(pid_t pid);

#endif
