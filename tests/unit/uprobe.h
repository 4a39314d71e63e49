/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uprobe: sets a uprobe like other tracers do. Include this after cmocka.h. */
#ifndef LPROF_TESTS_UPROBE_H
#define LPROF_TESTS_UPROBE_H

#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit/test.h"

/* Sets one at OFFSET of the file PATH, in process PID or, for -1, in all. Returns its descriptor, which ends it. */
static inline int uprobe__set(const char *path, uint64_t offset, pid_t pid)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	FILE *type = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	int fd;

	assert_non_null(type);
	assert_int_equal(fscanf(type, "%u", &attr.type), 1);
	fclose(type);
	attr.config1 = (uintptr_t)path;
	attr.config2 = offset;
	fd = (int)syscall(SYS_perf_event_open, &attr, pid, pid < 0 ? 0 : -1, -1, PERF_FLAG_FD_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

#endif
