// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/process_stat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sets LINE to the whole text, or what of it fits in. False when it cannot be read. */
static bool read_line(pid_t pid, char *line, size_t size)
{
	char path[32];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	n = fread(line, 1, size - 1, file);
	fclose(file);
	line[n] = '\0';
	return n;
}

bool process_stat__read(pid_t pid, enum process_stat field, char text[PROCESS_STAT_ROOM])
{
	char line[1024];
	/* The name, field 2, is in parentheses, and may contain anything. No other field has any. */
	const char *at = read_line(pid, line, sizeof(line)) ? strrchr(line, ')') : NULL;

	text[0] = '\0';
	for (int i = 2; at && i < (int)field; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at && sscanf(at, "%31s", text) == 1;
}

bool process_stat__has_ended(pid_t pid)
{
	char state[PROCESS_STAT_ROOM], threads[PROCESS_STAT_ROOM];

	if (!process_stat__read(pid, PROCESS_STAT_STATE, state) ||
	    !process_stat__read(pid, PROCESS_STAT_THREADS, threads))
		return true;
	/* The first thread may have ended before others. */
	return (*state == 'Z' || *state == 'X') && strtol(threads, NULL, 10) <= 1;
}
