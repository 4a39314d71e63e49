// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Control is taken for a Markov chain over the sites. A conditional jump goes either way with the same
 * probability, with two exceptions (Ball and Larus, "Branch Prediction for Free", 1993, measured how often they hold).
 * Where one way leaves the innermost loop around the jump and the other stays in it, loops are mostly stayed in: 88 %.
 * Where one way leads to a call and the other does not, the call is mostly for what is rare: 78 %. Control comes in at
 * the entries. The frequencies are the solution of x = in + P x. It is found by going over the sites in the order of
 * their addresses again and again: a sweep carries the flow along all forward ways at once, and once round each loop.
 */
#include "flow/site_frequency.h"

#include <errno.h>
#include <stdlib.h>

#include "flow/loops.h"

#define STAYS	 0.88
#define AVOIDS	 0.78 /* calls */
#define SWEEPS	 60
#define BY_ENTRY 1.0
#define BY_OTHER 0.1 /* landing pads, targets of indirect jumps */

struct chain {
	const struct plan *plan;
	double *probability; /* of each edge, when its site is hit */
};

/* Whether the edge stays in LOOP. */
static bool stays(const struct plan *plan, const struct loop *loop, uint32_t next)
{
	return next < plan->n_sites && loop__contains(loop, plan->cfg->insns[plan->sites[next].insn].block);
}

static void guess_ways(struct chain *chain, const struct loop_list *loops)
{
	const struct plan *plan = chain->plan;

	for (uint32_t s = 0; s < plan->n_sites; s++) {
		const struct plan_site *site = &plan->sites[s];
		const struct cfg_insn *insn = &plan->cfg->insns[site->insn];
		const struct loop *loop = loops__innermost(loops, insn->block);
		bool next_stays = loop && stays(plan, loop, site->next[0]);
		bool taken_stays = loop && stays(plan, loop, site->next[1]);
		double taken = 0.5;

		if (insn->insn.flow != INSN_FLOW_COND)
			taken = 0;
		else if (next_stays != taken_stays)
			taken = taken_stays ? STAYS : 1 - STAYS;
		else if (site->called[0] != site->called[1])
			taken = site->called[1] ? 1 - AVOIDS : AVOIDS;
		chain->probability[2 * (size_t)s] = 1 - taken;
		chain->probability[2 * (size_t)s + 1] = taken;
	}
}

static void sweep(const struct chain *chain, const uint32_t *first, const uint32_t *in, double *frequencies)
{
	const struct plan *plan = chain->plan;

	for (uint32_t s = 0; s < plan->n_sites; s++) {
		const struct plan_site *site = &plan->sites[s];
		double sum = site->entry ? BY_ENTRY : site->rooted ? BY_OTHER : 0;

		for (uint32_t k = first[s]; k < first[s + 1]; k++)
			sum += frequencies[in[k] / 2] * chain->probability[in[k]];
		frequencies[s] = sum;
	}
}

int site_frequency__guess(const struct plan *plan, double *frequencies, double *probabilities)
{
	struct chain chain = {plan, calloc(2 * (size_t)plan->n_sites + 1, sizeof(double))};
	uint32_t *first = calloc((size_t)plan->n_sites + 1, sizeof(*first));
	uint32_t *in = calloc(2 * (size_t)plan->n_sites + 1, sizeof(*in));
	struct loop_list loops = {0};
	int err = chain.probability && first && in ? loops__find(plan->cfg, &loops) : -ENOMEM;

	if (!err) {
		guess_ways(&chain, &loops);
		plan__list_in(plan, first, in);
		for (uint32_t s = 0; s < plan->n_sites; s++)
			frequencies[s] = 0;
		for (int i = 0; i < SWEEPS; i++)
			sweep(&chain, first, in, frequencies);
		for (uint32_t e = 0; probabilities && e < 2 * plan->n_sites; e++)
			probabilities[e] = chain.probability[e];
	}
	loops__release(&loops);
	free(chain.probability);
	free(first);
	free(in);
	return err;
}
