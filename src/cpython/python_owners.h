/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_owners: with whose rights the source of each code object is read. The process that executes the code has
 * chosen the name of its file, so the file is read with the rights of that process. The process is looked at as soon as
 * it is known, because it may be gone when the source is wanted.
 */
#ifndef LPROF_PYTHON_OWNERS_H
#define LPROF_PYTHON_OWNERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "files/target_files.h"

struct python_owners {
	struct target_files **items; /* that of code object ID is items[ID - 1], one of DISTINCT; NULL: not noted */
	size_t n;
	struct target_files **distinct; /* each of them once, because each costs two descriptors */
	size_t n_distinct, distinct_capacity;
	const int *known; /* processes that the user named or started, borrowed */
	size_t n_known;
	const struct target_files *all; /* how the files of all code objects are to be read, borrowed; NULL: by items */
};

/*
 * Notes that process PID executes code object ID. If the process is gone, its files are taken to be FILES; unless it is
 * a known process, only those of them that everybody may read. 0 or -ENOMEM.
 */
int python_owners__add(struct python_owners *owners, uint32_t id, pid_t pid, struct target_files *files);

/* How the file of code object ID is to be read, borrowed until the release; NULL: not at all. */
const struct target_files *python_owners__files(const struct python_owners *owners, uint32_t id);
void python_owners__release(struct python_owners *owners);

#endif
