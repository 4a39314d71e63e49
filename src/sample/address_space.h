/* SPDX-License-Identifier: GPL-2.0-or-later */
/* address_space: where a process has which object's code. */
#ifndef LPROF_ADDRESS_SPACE_H
#define LPROF_ADDRESS_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sample/sample_tree.h"
#include "sample/sampled_objects.h"

/* No object, or none that could be read, is behind a mapping. */
#define ADDRESS_SPACE_NO_OBJECT 0xffffffffu

struct space_mapping {
	uint64_t start, end;
	uint64_t vaddr;	 /* of the object, at START */
	uint32_t object; /* index, or ADDRESS_SPACE_NO_OBJECT */
};

struct address_space {
	struct space_mapping *mappings; /* the executable ones, sorted by address */
	size_t n;
};

/*
 * Reads the mappings of process PID into SPACE, which keeps what it had if that fails. Objects that are new are added
 * to OBJECTS. Returns 0, or -errno as process_code__each() does.
 */
int address_space__read(struct address_space *space, pid_t pid, struct sampled_objects *objects);
void address_space__release(struct address_space *space);

/* Whether the same objects are at the same addresses in both. */
bool address_space__equal(const struct address_space *a, const struct address_space *b);

/* The mapping that holds ADDR, or NULL. */
const struct space_mapping *address_space__find(const struct address_space *space, uint64_t addr);

/* The frame of a stack whose code is at ADDR: SAMPLE_UNKNOWN where no object is. */
struct sample_frame address_space__frame(const struct address_space *space, uint64_t addr);

#endif
