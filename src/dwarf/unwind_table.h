/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwind_table: the rules by which stacks that go through an object's code are walked, made from its call frame
 * information.
 */
#ifndef LPROF_UNWIND_TABLE_H
#define LPROF_UNWIND_TABLE_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unwind_row.h"

struct unwind_table {
	struct unwind_row
		*rows; /* sorted by address, each address once; the last one ends the code with UNWIND_UNKNOWN */
	size_t n;
	uint64_t base; /* the address (vaddr) to which those of the rows are relative */
};

/*
 * Makes the table of the object that ELF is of: from .eh_frame, and from .debug_frame (of DEBUG, which may be NULL,
 * when ELF has none) for code that .eh_frame does not cover. Code that neither covers has UNWIND_FRAME_POINTER. Of call
 * frame information that is damaged, what can be read is used. Returns 0, -ENOMEM, -EINVAL (not an x86-64 object that
 * can be loaded), or -E2BIG (its code ends more than 4 GiB behind `base`). TABLE is to be released if 0 was returned.
 */
int unwind_table__make(Elf *elf, Elf *debug, struct unwind_table *table);
void unwind_table__release(struct unwind_table *table);

/* The row that holds at vaddr ADDR, borrowed from TABLE; NULL when ADDR is outside of it. */
const struct unwind_row *unwind_table__find(const struct unwind_table *table, uint64_t addr);

/* Whether two rows say the same, whatever their addresses. */
bool unwind_row__is_same(const struct unwind_row *a, const struct unwind_row *b);

#endif
