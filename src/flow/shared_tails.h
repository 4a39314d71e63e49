/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shared_tails: ends of cases of a `switch` that a compiler found equal, and made one code of. Pure. */
#ifndef LPROF_SHARED_TAILS_H
#define LPROF_SHARED_TAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/attribute.h"
#include "flow/line_code.h"

/* What the marks of a line do not tell. */
struct tail_hits {
	uint32_t line;
	uint64_t hits; /* executions that marks of another case's line stand for */
	bool unsure;   /* there may be others, or too many */
};

struct shared_tails {
	bool *foreign;		/* per way, 2 * block + which: it leads from one case into the tail of another; owned */
	uint64_t *borrowed;	/* per block: how often control came to it on such ways; owned */
	struct tail_hits *hits; /* a line may be there several times; owned */
	size_t n, capacity;
};

/* For code whose statements are marked. Returns 0 or -ENOMEM. To be released in either case. */
int shared_tails__find(const struct attribution *attribution, const struct line_code *code, struct shared_tails *out);

void shared_tails__release(struct shared_tails *tails);

/* What is known of LINE in all. */
struct tail_hits shared_tails__of(const struct shared_tails *tails, uint32_t line);

#endif
