/* SPDX-License-Identifier: GPL-2.0-or-later */
/* die_block: blocks within functions. Pure. */
#ifndef LPROF_DIE_BLOCK_H
#define LPROF_DIE_BLOCK_H

#include <dwarf.h>
#include <stdbool.h>

/* Whether a DIE with TAG is a block, of whose function its children are parts. */
static inline bool die_block__is(int tag)
{
	return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

#endif
