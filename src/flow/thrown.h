/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thrown: how often control came to landing pads from calls of a line. Pure. */
#ifndef LPROF_THROWN_H
#define LPROF_THROWN_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/attribute.h"

struct thrown {
	uint64_t n;
	bool unsure; /* calls of the line threw there, and so did others, and nothing tells how often each did */
};

/* How often control came to BLOCK from those of the calls that may throw there of which IS_OWN(CTX, call) holds. */
struct thrown thrown__count(const struct attribution *attribution, uint32_t block,
			    bool (*is_own)(const void *ctx, uint32_t call), const void *ctx);

#endif
