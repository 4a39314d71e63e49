// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/recursion.h"

#define MANY_BODIES 64 /* with more of them only calls of a body by itself are looked for, which takes no time */

struct walk {
	const struct body *bodies;
	struct attribution *const *attributions;
	size_t n;
	size_t wanted; /* the body that is to be reached */
	bool *visited;
};

/* The body that begins at ENTRY, or n. */
static size_t body_at(const struct walk *walk, uint64_t entry)
{
	size_t b = 0;

	if (walk->n > MANY_BODIES)
		return walk->bodies[walk->wanted].entry == entry ? walk->wanted : walk->n;
	while (b < walk->n && walk->bodies[b].entry != entry)
		b++;
	return b;
}

/* Each body is walked through once, so that this goes no deeper than there are bodies. */
static bool reaches(struct walk *walk, size_t from)
{
	const struct cfg *cfg = walk->bodies[from].cfg;
	bool found = false;

	walk->visited[from] = true;
	for (uint32_t i = 0; !found && i < cfg->n_insns; i++) {
		const struct insn *insn = &cfg->insns[i].insn;
		size_t called;

		if (insn->lng != INSN_LONG_CALL || !insn->target || !walk->attributions[from]->counts[i])
			continue;
		called = body_at(walk, insn->target);
		if (called < walk->n)
			found = called == walk->wanted || (!walk->visited[called] && reaches(walk, called));
	}
	return found;
}

bool recursion__was(const struct body *bodies, struct attribution *const *attributions, size_t n, size_t number,
		    bool *visited)
{
	struct walk walk = {bodies, attributions, n, number, visited};

	return reaches(&walk, number);
}
