// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_absence.h"

#include <sys/resource.h>
#include <time.h>

#include "shim/shim_clock.h"

void shim_absence__begin(struct shim_absence *absence)
{
	struct rusage usage = {0};

	(void)getrusage(RUSAGE_THREAD, &usage);
	absence->n_yielded = usage.ru_nvcsw;
	absence->wall_ns = shim_clock__read_ns(CLOCK_MONOTONIC);
	absence->cpu_ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID);
}

void shim_absence__look(struct shim_absence *absence, struct lprof_shim_times *times)
{
	const struct shim_absence before = *absence;
	uint64_t wall_ns, cpu_ns;

	shim_absence__begin(absence);
	wall_ns = absence->wall_ns - before.wall_ns;
	cpu_ns = absence->cpu_ns - before.cpu_ns;
	if (cpu_ns >= wall_ns)
		return;
	if (absence->n_yielded == before.n_yielded)
		times->waiting_ns += wall_ns - cpu_ns;
	else
		times->blocked_ns += wall_ns - cpu_ns;
}
