/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lsda: which code has an exception table, and the landing pads in it: where control goes when a call throws. Reads
 * .eh_frame and the language-specific data areas that it names.
 */
#ifndef LPROF_LSDA_H
#define LPROF_LSDA_H

#include <libelf.h>
#include <stdint.h>

#include "elf/objfile.h"

struct lsda_index;

/* Reads .eh_frame of OBJ, if it has one. Returns 0 and an index owned by the caller, or -ENOMEM. */
int lsda_index__new(const struct objfile *obj, struct lsda_index **out);
void lsda_index__free(struct lsda_index *index); /* NULL is allowed */

/* Where control goes when a call of the code from LO up to HI throws. */
struct lsda_site {
	uint64_t lo, hi;
	uint64_t pad;
};

/*
 * Calls FN with each call site that has a landing pad (C++ exceptions), of the function whose frame description entry
 * covers VADDR, as its language-specific data area in OBJ lists them. Returns 0, or the first non-zero value of FN;
 * -ENOENT when the function has no exception table.
 */
int lsda_index__each_pad(const struct lsda_index *index, const struct objfile *obj, uint64_t vaddr,
			 int (*fn)(const struct lsda_site *site, void *ctx), void *ctx);

#endif
