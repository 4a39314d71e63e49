/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process_memory: reads and writes the memory of another process.
 *
 * Unlike opening /proc/PID/mem, this needs only the right to trace the process, and not the permissions of that file.
 */
#ifndef LPROF_PROCESS_MEMORY_H
#define LPROF_PROCESS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Copies SIZE bytes at ADDRESS in process PID to TO. Returns how many bytes were copied: fewer than SIZE when only the
 * first of them are mapped; or -errno: -EFAULT when nothing is mapped at ADDRESS, -ESRCH when there is no such process,
 * -EPERM.
 */
ssize_t process_memory__read(pid_t pid, uint64_t address, void *to, size_t size);

/* Copies SIZE bytes FROM here to ADDRESS there. 0 or -errno: perhaps some of them have been copied then. */
int process_memory__write(pid_t pid, uint64_t address, const void *from, size_t size);

#define PROCESS_MEMORY_MOST 128

/*
 * Copies N words, of which each has an address of its own, in one system call. N is at most PROCESS_MEMORY_MOST.
 * Returns whether all were copied.
 */
bool process_memory__gather(pid_t pid, const uint64_t *addresses, size_t n, uint64_t *words);

#endif
