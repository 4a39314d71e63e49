/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_start: when a process began. */
#ifndef LPROF_PROCESS_START_H
#define LPROF_PROCESS_START_H

#include <stdint.h>
#include <sys/types.h>

/*
 * By when process PID had begun, in nanoseconds since 1970. The kernel tells it to a hundredth of a second, of which
 * this is the end; that the clock was set since is not known. 0: unknown.
 */
int64_t process_start__ns(pid_t pid);

#endif
