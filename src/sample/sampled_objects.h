/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sampled_objects: the object files whose code samples are taken in, each with the rules by which stacks are walked
 * through it. They are kept open, so that their names and lines can be read after the processes have ended.
 */
#ifndef LPROF_SAMPLED_OBJECTS_H
#define LPROF_SAMPLED_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "dwarf/unwind_table.h"
#include "elf/objfile.h"
#include "target/process_code.h"

struct sampled_object {
	char *name;		    /* by which the target knows it; or "[vdso]" */
	char path[32];		    /* opens it, as long as it is among the objects */
	struct target_files *files; /* the target's view of files; a counted reference */
	unsigned long long dev, ino;
	struct objfile *file;
	struct unwind_table table; /* without rows when there is no call frame information that could be read */
	int fd;			   /* what PATH names */
};

struct sampled_objects {
	struct sampled_object *items;
	size_t n;
};

/*
 * Sets *INDEX to the object that MAPPING maps, which is opened if it is new. 0, -ENOENT (the mapping is of no object
 * that could be read), or -ENOMEM.
 */
int sampled_objects__find(struct sampled_objects *objects, const struct code_mapping *mapping, uint32_t *index);
void sampled_objects__release(struct sampled_objects *objects);

#endif
