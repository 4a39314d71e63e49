/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cfg_input: what must be known of a body to find its control flow: its bytes, the ways into it, and what can be looked
 * up in the object that holds it.
 */
#ifndef LPROF_CFG_INPUT_H
#define LPROF_CFG_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/cfg.h"

struct cfg_code {
	uint64_t addr;
	const uint8_t *bytes; /* borrowed for the duration of cfg__build() */
	size_t size;
};

/* When a call of the code from LO up to HI throws, control goes to PAD. */
struct cfg_throwing {
	uint64_t lo, hi;
	uint64_t pad;
};

struct cfg_input {
	const struct cfg_code *code; /* the body's ranges, sorted by addr, disjoint */
	size_t n_code;
	uint64_t entry;
	/*
	 * Further addresses at which control is known to enter. Any order; what is not an instruction of the
	 * body is ignored. ROOTS are taken for targets of indirect jumps (label tables) and so resolve these,
	 * the landing pads of THROWING are not. A caller who cannot tell may hand all in as ROOTS. THROWING is sorted
	 * by lo, and its ranges are disjoint; where it is not known who throws, they are empty.
	 */
	const uint64_t *roots;
	size_t n_roots;
	const struct cfg_throwing *throwing;
	size_t n_throwing;
	/*
	 * Addresses known from the line table to begin an instruction, in any order: proof of what was decoded
	 * there, and where decoding starts again after bytes that are not an instruction. Pads, the entry and the
	 * ranges' beginnings are taken for that as well; roots, which may be chance values of data, are not.
	 */
	const uint64_t *resync;
	size_t n_resync;
	/* Read-only data of the object at VADDR, or NULL: for jump tables. LEN is 4 or 8. May itself be NULL. */
	const uint8_t *(*read_data)(uint64_t vaddr, size_t len, void *ctx);
	/* Whether a call to TARGET never returns. May be NULL: all return. */
	bool (*is_noreturn)(uint64_t target, void *ctx);
	/* Whether a call to TARGET may return more than once, as setjmp(3) does. May be NULL. */
	bool (*returns_twice)(uint64_t target, void *ctx);
	/* Which operation on memory a call to TARGET is. NULL: none is any. */
	enum cfg_operation (*block_operation)(uint64_t target, void *ctx);
	/* Whether a call to TARGET is for a larger stack, for the function to go on with. NULL: none is. */
	bool (*grows_stack)(uint64_t target, void *ctx);
	void *ctx;
};

/* The byte of the body at ADDR, borrowed, or NULL when ADDR is outside of the body. */
const uint8_t *cfg_input__byte(const struct cfg_input *input, uint64_t addr);

#endif
