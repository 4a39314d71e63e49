/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process_memory: reads the memory of another process.
 *
 * Unlike opening /proc/PID/mem, this needs only the right to trace the process, and not the permissions of that file.
 */
#ifndef LPROF_PROCESS_MEMORY_H
#define LPROF_PROCESS_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Copies SIZE bytes at ADDRESS in process PID to TO. Returns how many bytes were copied: fewer than SIZE when only the
 * first of them are mapped; or -errno: -EFAULT when nothing is mapped at ADDRESS, -ESRCH when there is no such process,
 * -EPERM.
 */
ssize_t process_memory__read(pid_t pid, uint64_t address, void *to, size_t size);

#endif
