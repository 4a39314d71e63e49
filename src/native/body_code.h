/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body_code: the machine code of one out-of-line function body: its bytes, and the ways into it that are known from
 * other data of the object. It is read once; all questions about the body's code are then answered from it.
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

/* An object's data from which its bodies are read. */
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
	uint64_t *offsets;	 /* file offset of each range */
	size_t n_ranges;
	struct body_addresses labels;  /* addresses within the body that are stored in the object's data */
	struct cfg_throwing *throwing; /* landing pads, and the calls that lead to them; sorted */
	size_t n_throwing, throwing_capacity;
	struct body_addresses rows; /* addresses of the line table: an instruction begins at each */
};

/*
 * Reads the code of the body to which the N (at least one) INSTANCES belong. Returns 0, -ENODATA when its bytes are not
 * in the file, or -ENOMEM. body_code__release() frees what CODE holds; the object must live until then.
 */
int body_code__read(const struct body_source *source, const struct debug_instance *const *instances, size_t n,
		    struct body_code *code);
void body_code__release(struct body_code *code);

/* CODE in the form that cfg__build() takes; its arrays are borrowed from CODE. */
struct cfg_input body_code__input(const struct body_code *code);

/* The LEN bytes of the body at ADDR, borrowed, and their file *OFFSET; NULL when they are not all in one range. */
const uint8_t *body_code__at(const struct body_code *code, uint64_t addr, size_t len, uint64_t *offset);

#endif
