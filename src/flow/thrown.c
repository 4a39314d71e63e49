// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. When a call throws, control goes from it to its landing pad, which is an arc like any other: where both are
 * on one line, the line goes on there. The counters tell how often control came to the pad, but not from which call.
 * If all calls that may throw there and were made are of one kind, that is told nevertheless. Otherwise calls that did
 * not come back threw, which the counts tell of all the calls of a block together. Where a block has calls of both
 * kinds, or calls that throw elsewhere, or where not all that came to the pad is found so, nothing tells.
 */
#include "flow/thrown.h"

#include <stddef.h>

/* What was thrown to the pad: by calls of the kind that is asked for, by others, by one or the other. */
struct shares {
	uint64_t own, other, either;
	bool any_own, any_other; /* such calls were made */
};

/* How many calls in BLOCK did not come back. */
static uint64_t count_lost(const struct attribution *a, uint32_t block)
{
	const struct cfg *cfg = a->plan->cfg;
	uint64_t n = 0;

	for (uint32_t i = cfg->blocks[block].first; i <= cfg->blocks[block].last; i++)
		if (cfg->insns[i].insn.lng == INSN_LONG_CALL && a->counts[i] > a->next[i])
			n += a->counts[i] - a->next[i];
	return n;
}

/* Adds the shares of the N calls of one block that may throw, of which CALLS is the first. */
static void add_block(const struct attribution *a, const struct cfg_throw *calls, uint32_t n, uint32_t pad,
		      bool (*is_own)(const void *ctx, uint32_t call), const void *ctx, struct shares *shares)
{
	bool own = false, other = false, elsewhere = false;
	uint64_t lost;

	for (uint32_t k = 0; k < n; k++) {
		bool here = calls[k].pad == pad;

		elsewhere |= !here;
		own |= here && a->counts[calls[k].call] && is_own(ctx, calls[k].call);
		other |= here && a->counts[calls[k].call] && !is_own(ctx, calls[k].call);
	}
	shares->any_own |= own;
	shares->any_other |= other;
	lost = own || other ? count_lost(a, a->plan->cfg->insns[calls->call].block) : 0;
	if (elsewhere || (own && other))
		shares->either += lost;
	else
		*(own ? &shares->own : &shares->other) += lost;
}

struct thrown thrown__count(const struct attribution *attribution, uint32_t block,
			    bool (*is_own)(const void *ctx, uint32_t call), const void *ctx)
{
	const struct cfg *cfg = attribution->plan->cfg;
	uint32_t pad = cfg->blocks[block].first;
	uint64_t n = attribution->rooted[pad];
	struct shares shares = {0};

	if (!cfg->insns[pad].thrown_to || !n)
		return (struct thrown){0, false};
	for (uint32_t from = 0, to; from < cfg->n_throws; from = to) {
		for (to = from + 1; to < cfg->n_throws &&
				    cfg->insns[cfg->throws[to].call].block == cfg->insns[cfg->throws[from].call].block;)
			to++;
		add_block(attribution, &cfg->throws[from], to - from, pad, is_own, ctx, &shares);
	}
	if (!shares.any_own || !shares.any_other)
		return (struct thrown){shares.any_own ? n : 0, false};
	if (shares.own + shares.other == n && !shares.either)
		return (struct thrown){shares.own, false};
	return (struct thrown){n > shares.other ? n - shares.other : 0, true};
}
