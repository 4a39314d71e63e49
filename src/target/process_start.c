// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/process_start.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/process_stat.h"

int64_t process_start__ns(pid_t pid)
{
	char ticks[PROCESS_STAT_ROOM];
	uint64_t tick_ns;
	long frequency = sysconf(_SC_CLK_TCK);
	struct timespec up;

	if (!process_stat__read(pid, PROCESS_STAT_START, ticks) || frequency <= 0 || clock_gettime(CLOCK_BOOTTIME, &up))
		return 0;
	tick_ns = CLOCK_SECOND_NS / (uint64_t)frequency;
	return (int64_t)(clock__realtime_ns() - (uint64_t)up.tv_sec * CLOCK_SECOND_NS - (uint64_t)up.tv_nsec +
			 (strtoull(ticks, NULL, 10) + 1) * tick_ns);
}
