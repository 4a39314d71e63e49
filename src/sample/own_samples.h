/* SPDX-License-Identifier: GPL-2.0-or-later */
/* own_samples: at which instructions of an object threads were interrupted, and for how long they were there. Pure. */
#ifndef LPROF_OWN_SAMPLES_H
#define LPROF_OWN_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "sample/sample_tree.h"

/* Time on a processor that was interrupted at one address. */
struct own_sample {
	uint64_t addr; /* vaddr */
	uint64_t samples, cpu_ns;
};

struct own_samples {
	struct own_sample *items; /* by ascending address, each address once */
	size_t n;
	uint64_t all_ns; /* of all samples, those in other objects and in the kernel included */
};

/*
 * Gathers from TREE the samples of the object with that index; there are none if no object has it. To be released in
 * any case. 0 or -ENOMEM.
 */
int own_samples__gather(const struct sample_tree *tree, uint32_t object, struct own_samples *own);
void own_samples__release(struct own_samples *own);

/* Those at ADDR, or NULL. */
const struct own_sample *own_samples__at(const struct own_samples *own, uint64_t addr);

#endif
