/* SPDX-License-Identifier: GPL-2.0-or-later */
/* same_files: one file that processes map by way of several mounts, as the containers of one image do. */
#ifndef LPROF_SAME_FILES_H
#define LPROF_SAME_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "target/target.h"

/*
 * Makes one object of those that are the same inode to the kernel. Otherwise each would get its own probes, all of
 * which sit on that inode, so that each process would be counted once for each object. 0 or -ENOMEM.
 */
int same_files__merge(const struct diag *diag, struct target_objects *objects);

/*
 * Says which processes map a file that is another one by now: overlayfs copies a file when it is first written to, and
 * what was mapped before stays the lower file, which no path of the process opens any more. 0 or -ENOMEM.
 */
int same_files__check(const struct diag *diag, const struct target_objects *objects);

/*
 * Whether one of the first N of OBJECTS is the same inode to the kernel as OBJECT. Where nobody can tell, because a
 * process that mapped it has ended, files of the same number are taken for the same.
 */
bool same_files__has(const struct diag *diag, const struct target_objects *objects, size_t n,
		     const struct target_object *object);

#endif
