/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shim_clock: the clocks that ticks may be of; see enum lprof_shim_clock. */
#ifndef LPROF_SHIM_CLOCK_H
#define LPROF_SHIM_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "shim/lprof_shim.h"

static inline uint64_t shim_clock__read_ns(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time))
		return 0;
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline uint64_t shim_clock__ticks(uint32_t clock)
{
#ifdef __x86_64__
	if (clock == LPROF_SHIM_TSC)
		return __builtin_ia32_rdtsc();
#endif
	return shim_clock__read_ns(clock == LPROF_SHIM_THREAD_CPU ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC);
}

#endif
