/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_owners: with whose rights the source of each code object is read. The process that executes it chose its
 * file's name, and is asked who it is as soon as it is known to execute it: it may be gone when the source is wanted.
 */
#ifndef LPROF_PYTHON_OWNERS_H
#define LPROF_PYTHON_OWNERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "files/target_files.h"

struct python_owners {
	struct target_files **items; /* by the code object's ID, less one, of DISTINCT; NULL: nothing was said of it */
	size_t n;
	struct target_files **distinct; /* each of them once: a reference costs two descriptors */
	size_t n_distinct, distinct_capacity;
	const int *known; /* processes that the user named or started, borrowed */
	size_t n_known;
};

/*
 * Notes that process PID executes code object ID. If the process is gone, FILES stand for what it saw, limited to what
 * everybody may read unless the process is a known one. 0 or -ENOMEM.
 */
int python_owners__add(struct python_owners *owners, uint32_t id, pid_t pid, struct target_files *files);

/* How the file of code object ID is to be read, borrowed until the release; NULL: not at all. */
const struct target_files *python_owners__files(const struct python_owners *owners, uint32_t id);
void python_owners__release(struct python_owners *owners);

#endif
