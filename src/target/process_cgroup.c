// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/process_cgroup.h"

#include <stdio.h>
#include <string.h>

#include "base/container_name.h"

#define MOST_TEXT 65536 /* a line for each of a dozen hierarchies, each at most as long as a path */

char *process_cgroup__read(pid_t pid)
{
	char path[32], text[MOST_TEXT];
	const char *found;
	FILE *file;
	size_t n;
	int len;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	if (!n)
		return NULL;
	found = container_name__path(text, &len);
	return strndup(found, (size_t)len);
}
