/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loops: the loops of a body's control flow. Pure. */
#ifndef LPROF_LOOPS_H
#define LPROF_LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/cfg.h"

/* The blocks from which control comes back to the head without leaving them. */
struct loop {
	uint32_t head;		/* the only block where control enters it */
	const uint32_t *blocks; /* with the head, ascending */
	uint32_t n;
};

struct loop_list {
	struct loop *items; /* each head once */
	size_t n;
	uint32_t **pieces;   /* private: what owns the blocks */
	uint32_t *innermost; /* private, per block: 1 + the index of the smallest loop that it is in, or 0 */
};

/*
 * Returns 0 or -ENOMEM. Cycles that control can enter at several blocks are left out, and so are some of loops that are
 * too many within each other. To be released in either case.
 */
int loops__find(const struct cfg *cfg, struct loop_list *out);

void loops__release(struct loop_list *list);

/* The smallest loop that BLOCK is in, or NULL. */
const struct loop *loops__innermost(const struct loop_list *list, uint32_t block);

/* Whether LOOP, which is one of LIST, has no other in it. */
bool loops__is_innermost(const struct loop_list *list, const struct loop *loop);

/* Sets inside[b] to IS for each block b of LOOP. */
void loop__mark(const struct loop *loop, bool *inside, bool is);

bool loop__contains(const struct loop *loop, uint32_t block);

#endif
