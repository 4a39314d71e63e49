/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source_dirs: the directories that the user gave with --source-dir. By naming a directory the user agrees that its
 * files are shown, so they are read with the profiler's own rights, not with those of the profiled program's owner.
 */
#ifndef LPROF_SOURCE_DIRS_H
#define LPROF_SOURCE_DIRS_H

#include <stdbool.h>
#include <stddef.h>

struct source_dirs {
	struct source_dir *items;
	size_t n;
};

/*
 * Adds the directory "[OLD=]NEW"; TEXT is borrowed. Returns 0, -EINVAL when OLD or NEW is empty, -errno of stat(NEW),
 * -ENOTDIR, -ENAMETOOLONG or -ENOMEM.
 */
int source_dirs__add(struct source_dirs *dirs, const char *text);
void source_dirs__release(struct source_dirs *dirs);

/*
 * Opens the file that debug information calls NAME. With MAPPED, only directories given as OLD=NEW are searched, and
 * NEW replaces OLD at the start of NAME. Without MAPPED, only those given as NEW are searched: for NEW/NAME, then for
 * NAME without its first directory, without its first two, and so on. A ".." in NAME never leads out of NEW. Returns
 * the descriptor of a regular file, or -ENOENT or another -errno.
 */
int source_dirs__open(const struct source_dirs *dirs, const char *name, bool mapped);

#endif
