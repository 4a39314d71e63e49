// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/process_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_ROOM 1024

/*
 * Sets LINE to the whole text, or what of it fits in. 0, or -errno: -ESRCH when there is no such process. Takes no
 * memory, so that a lack of it is never taken for the end of the process.
 */
static int read_line(pid_t pid, char line[LINE_ROOM])
{
	char path[32];
	ssize_t n;
	int fd, err;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, line, LINE_ROOM - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	line[err ? 0 : n] = '\0';
	return err;
}

/* Sets TEXT to a field of LINE. */
static bool find_field(const char *line, enum process_stat field, char text[PROCESS_STAT_ROOM])
{
	/* The name, field 2, is in parentheses, and may contain anything. No other field has any. */
	const char *at = strrchr(line, ')');

	text[0] = '\0';
	for (int i = 2; at && i < (int)field; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at && sscanf(at, "%31s", text) == 1;
}

bool process_stat__read(pid_t pid, enum process_stat field, char text[PROCESS_STAT_ROOM])
{
	char line[LINE_ROOM];

	text[0] = '\0';
	return !read_line(pid, line) && find_field(line, field, text);
}

bool process_stat__has_ended(pid_t pid)
{
	char line[LINE_ROOM], state[PROCESS_STAT_ROOM], threads[PROCESS_STAT_ROOM];
	int err = read_line(pid, line);

	if (err)
		return err == -ESRCH;
	if (!find_field(line, PROCESS_STAT_STATE, state) || !find_field(line, PROCESS_STAT_THREADS, threads))
		return false;
	/* The first thread may have ended before others. */
	return (*state == 'Z' || *state == 'X') && strtol(threads, NULL, 10) <= 1;
}
