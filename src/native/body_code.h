/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body_code: the machine code of one out-of-line function body: its bytes, and the ways into it that are known from
 * elsewhere. It is read once, and then all that is to be known of the body's code is asked of it.
 */
#ifndef LPROF_BODY_CODE_H
#define LPROF_BODY_CODE_H

#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_function.h"
#include "elf/lsda.h"
#include "elf/objfile.h"
#include "elf/pointers.h"
#include "flow/cfg_input.h"

/* What bodies of an object are read from. */
struct body_source {
	struct objfile *obj;
	struct lsda_index *pads;
	struct pointers *pointers;
};

/* A growing list of addresses. */
struct body_addresses {
	uint64_t *items;
	size_t n, capacity;
};

struct body_code {
	struct objfile *obj; /* borrowed */
	uint64_t entry;
	struct cfg_code *ranges; /* sorted; the bytes are borrowed from the object */
	uint64_t *offsets;	 /* per range: where the file has it */
	size_t n_ranges;
	struct body_addresses labels; /* addresses within the body that the object's data holds */
	struct body_addresses pads;   /* landing pads */
	struct body_addresses rows;   /* where the line table says that an instruction begins */
};

/*
 * Reads the code of the body in which the N (at least one) INSTANCES live. Returns 0, -ENODATA when its bytes are not
 * in the file, or -ENOMEM. The object must outlive CODE, which body_code__release() ends.
 */
int body_code__read(const struct body_source *source, const struct debug_instance *const *instances, size_t n,
		    struct body_code *code);
void body_code__release(struct body_code *code);

/* CODE as cfg__build() wants it, borrowed from it. */
struct cfg_input body_code__input(const struct body_code *code);

/* The LEN bytes of the body at ADDR, borrowed, and where the file has them; NULL when they are not all in one range. */
const uint8_t *body_code__at(const struct body_code *code, uint64_t addr, size_t len, uint64_t *offset);

#endif
