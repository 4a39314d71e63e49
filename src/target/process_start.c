// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/process_start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define START_FIELD 22 /* of /proc/PID/stat, see proc(5) */

/* Field NUMBER of the text of /proc/PID/stat. Only the name in it, field 2, which may hold anything, is in brackets. */
static const char *find_field(const char *text, int number)
{
	const char *at = strrchr(text, ')');

	for (int i = 2; at && i < number; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at;
}

/* When the process began, in ticks since the machine was started; 0: not known. */
static uint64_t start_ticks(pid_t pid)
{
	char path[64], text[1024];
	const char *field;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	field = find_field(text, START_FIELD);
	return field ? strtoull(field, NULL, 10) : 0;
}

int64_t process_start__ns(pid_t pid)
{
	uint64_t ticks = start_ticks(pid), tick_ns;
	long frequency = sysconf(_SC_CLK_TCK);
	struct timespec up;

	if (!ticks || frequency <= 0 || clock_gettime(CLOCK_BOOTTIME, &up))
		return 0;
	tick_ns = CLOCK_SECOND_NS / (uint64_t)frequency;
	return (int64_t)(clock__realtime_ns() - (uint64_t)up.tv_sec * CLOCK_SECOND_NS - (uint64_t)up.tv_nsec +
			 (ticks + 1) * tick_ns);
}
