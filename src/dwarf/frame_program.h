/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame_program: executes the instructions of a frame description entry (DWARF 5, 6.4), as far as they concern the
 * registers that a stack is walked with. Pure.
 */
#ifndef LPROF_FRAME_PROGRAM_H
#define LPROF_FRAME_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "elf/frame_entries.h"

/* DWARF numbers of registers of x86-64. */
#define FRAME_RBX 3
#define FRAME_RBP 6
#define FRAME_RSP 7
#define FRAME_RIP 16

enum frame_rule_kind {
	FRAME_UNSPECIFIED, /* nothing was said of it */
	FRAME_SAME,
	FRAME_UNDEFINED,
	FRAME_OFFSET,	  /* stored at the CFA + offset; of the CFA itself: what register REG holds + offset */
	FRAME_EXPRESSION, /* stored where the expression says; of the CFA itself: what the expression says */
	FRAME_OTHER,	  /* something else */
};

struct frame_rule {
	uint8_t kind; /* enum frame_rule_kind */
	uint64_t reg; /* of the CFA, with FRAME_OFFSET */
	int64_t offset;
	const uint8_t *expression; /* borrowed from the section */
	size_t length;
};

/* The registers of a frame that are followed. */
enum frame_place { FRAME_CFA, FRAME_SAVED_RBX, FRAME_SAVED_RBP, FRAME_RETURN, FRAME_PLACES };

struct frame_state {
	struct frame_rule rules[FRAME_PLACES]; /* by enum frame_place */
};

/*
 * Executes the program of ENTRY, and calls FN with what holds in each piece [lo, hi) of its code, in ascending order
 * and without gaps. STATE is NULL for a piece of which nothing is known, because the program is damaged. Stops at and
 * returns the first value of FN that is not zero, otherwise 0.
 */
int frame_program__run(const struct frame_entry *entry, const struct frame_cie *cie,
		       int (*fn)(const struct frame_state *state, uint64_t lo, uint64_t hi, void *ctx), void *ctx);

#endif
