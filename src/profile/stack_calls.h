/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stack_calls: which functions a line calls, and how much time goes there, from sampled stacks. Pure. */
#ifndef LPROF_STACK_CALLS_H
#define LPROF_STACK_CALLS_H

#include "profile/stacks.h"

struct stack_call {
	uint32_t function, file, line; /* of the caller, as in struct stack_node */
	/* Index of the function called. STACKS_NONE: no call, but the line itself with everything that it calls. */
	uint32_t callee;
	uint32_t owner;
	/* What went through the call. A sample that went through it several times, by recursion, is counted once. */
	uint64_t samples, cpu_ns, blocked_ns;
};

struct stack_calls {
	struct stack_call *calls; /* sorted by the first five members in their order, each combination once */
	size_t n;
};

/* Fills CALLS, which stack_calls__clear() releases afterwards in any case. 0 or -ENOMEM. */
int stack_calls__of(const struct stacks *stacks, struct stack_calls *calls);
void stack_calls__clear(struct stack_calls *calls);

/* The first of the *n calls of a line; borrowed from CALLS. */
const struct stack_call *stack_calls__of_line(const struct stack_calls *calls, uint32_t function, uint32_t file,
					      uint32_t line, size_t *n);

#endif
