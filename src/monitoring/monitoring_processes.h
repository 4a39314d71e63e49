/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_processes: when the processes that have tables end. What a thread was doing then is charged up to that
 * moment.
 */
#ifndef LPROF_MONITORING_PROCESSES_H
#define LPROF_MONITORING_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct monitoring_processes;

/* PIDS are watched by others: they live until the end of the run, whenever it is. Borrowed. NULL when out of memory. */
struct monitoring_processes *monitoring_processes__new(const pid_t *pids, size_t n_pids);
void monitoring_processes__free(struct monitoring_processes *processes); /* NULL is allowed */

/* Begins to watch process PID, which has table NUMBER, if it is not watched yet. 0 or -ENOMEM. */
int monitoring_processes__watch(struct monitoring_processes *processes, uint32_t number, pid_t pid);

/* A descriptor that is readable when monitoring_processes__take() is to be called, at tick NOW; or -1. */
int monitoring_processes__fd(const struct monitoring_processes *processes);
void monitoring_processes__take(struct monitoring_processes *processes, uint64_t now);

/*
 * Until when the process with table NUMBER has run, which is NOW unless it has ended. Returns false if it ended before
 * it was watched, so that nobody knows.
 */
bool monitoring_processes__end(const struct monitoring_processes *processes, uint32_t number, uint64_t now,
			       uint64_t *end);

#endif
