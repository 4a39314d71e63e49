/* SPDX-License-Identifier: GPL-2.0-or-later */
/* breakpoint: whether the kernel has a breakpoint at a place of a process's code. */
#ifndef LPROF_BREAKPOINT_H
#define LPROF_BREAKPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The address in process PID of the code at OFFSET of the object that OBJECT_FD is open on; 0: the process has not
 * mapped it, or cannot be looked at.
 */
uint64_t breakpoint__address(pid_t pid, int object_fd, uint64_t offset);

/*
 * The same; 0 as well if it has mapped it more than once, or writable or shared, where the kernel puts no breakpoints.
 */
uint64_t breakpoint__only_address(pid_t pid, int object_fd, uint64_t offset);

/* False as well when the process is gone. */
bool breakpoint__is_at(pid_t pid, uint64_t address);

#endif
