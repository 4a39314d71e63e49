// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"

#include <time.h>

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * CLOCK_SECOND_NS + (uint64_t)now.tv_nsec;
}

uint64_t clock__monotonic_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock__realtime_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

double clock__ms_since(uint64_t start_ns)
{
	return (double)(clock__monotonic_ns() - start_ns) / 1e6;
}

void clock__init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int clock__wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t until_ns)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ns / CLOCK_SECOND_NS),
		.tv_nsec = (long)(until_ns % CLOCK_SECOND_NS),
	};

	if (until_ns == CLOCK_NEVER)
		return -pthread_cond_wait(condition, mutex);
	return -pthread_cond_timedwait(condition, mutex, &until);
}
