/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug_dirs: the directories that the user gave with --debug-dir. By naming a directory the user says that its files
 * may be read, so that happens with the profiler's own rights, not with those of the profiled program's owner.
 */
#ifndef LPROF_DEBUG_DIRS_H
#define LPROF_DEBUG_DIRS_H

#include <stddef.h>

struct debug_dirs {
	const char **items; /* borrowed strings */
	size_t n;
};

/* Adds the directory PATH, which is borrowed. Returns 0, -errno of stat(2), -ENOTDIR or -ENOMEM. */
int debug_dirs__add(struct debug_dirs *dirs, const char *path);
void debug_dirs__release(struct debug_dirs *dirs);

#endif
