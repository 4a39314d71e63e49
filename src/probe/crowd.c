// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/crowd.h"

#include <stdio.h>
#include <unistd.h>

#define MANY 8 /* runnable threads for each processor */

/* How many threads are running or want to; 0 when the kernel does not tell. */
static long count_runnable(void)
{
	FILE *file = fopen("/proc/loadavg", "re");
	long n = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%*s %*s %*s %ld/", &n) != 1)
		n = 0;
	fclose(file);
	return n;
}

bool crowd__is_there(void)
{
	return crowd__is_beyond(MANY);
}

bool crowd__is_beyond(unsigned n)
{
	return count_runnable() > (long)n * sysconf(_SC_NPROCESSORS_ONLN);
}
