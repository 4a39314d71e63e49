/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source_dirs: the directories in which the user says that sources are (--source-dir). By naming one the user agrees
 * that its files are shown, so they are read with the profiler's own rights, whatever the target's owner may read.
 */
#ifndef LPROF_SOURCE_DIRS_H
#define LPROF_SOURCE_DIRS_H

#include <stdbool.h>
#include <stddef.h>

struct source_dirs {
	struct source_dir *items;
	size_t n;
};

/* Adds "[OLD=]NEW", whose text is borrowed. 0, -EINVAL when there is no NEW, -errno of its stat(2), or -ENOMEM. */
int source_dirs__add(struct source_dirs *dirs, const char *text);
void source_dirs__release(struct source_dirs *dirs);

/*
 * Opens the file that debug information calls NAME. With MAPPED, in the directories that were given with OLD: NEW in
 * place of OLD. Without, in those that were given without: NEW/NAME, then with leading directories of NAME left out.
 * No ".." in NAME leads out of NEW. Returns a descriptor of a regular file, or -ENOENT or another -errno.
 */
int source_dirs__open(const struct source_dirs *dirs, const char *name, bool mapped);

#endif
