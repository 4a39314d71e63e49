/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock: what time it is, in nanoseconds, and waiting until a time.
 */
#ifndef LPROF_CLOCK_H
#define LPROF_CLOCK_H

#include <pthread.h>
#include <stdint.h>

#define CLOCK_SECOND_NS UINT64_C(1000000000)
#define CLOCK_NEVER	UINT64_MAX

/* Time since the machine was started, without its suspensions: the clock that the BPF programs read as well. */
uint64_t clock__monotonic_ns(void);

/* Time since 1970, which may go backwards when somebody sets the clock. */
uint64_t clock__realtime_ns(void);

/* How long ago START_NS of clock__monotonic_ns() was, in milliseconds. */
double clock__ms_since(uint64_t start_ns);

/* Makes CONDITION one for clock__wait(). The caller destroys it. */
void clock__init_condition(pthread_cond_t *condition);

/*
 * Waits with MUTEX held, like pthread_cond_wait(), but no longer than until UNTIL_NS of clock__monotonic_ns();
 * CLOCK_NEVER is no limit. Returns 0, also when woken without a cause, or -ETIMEDOUT.
 */
int clock__wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t until_ns);

#endif
