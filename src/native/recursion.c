// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/recursion.h"

#include <string.h>

#define MANY_BODIES 64 /* with more of them, looking for what each call leads to would take long */

struct walk {
	const struct body *bodies;
	struct attribution *const *attributions;
	size_t n;
	const bool *own; /* the function's bodies */
	bool *visited;
};

/* The body that begins at ENTRY, or n. */
static size_t body_at(const struct walk *walk, uint64_t entry)
{
	size_t b = 0;

	while (b < walk->n && walk->bodies[b].entry != entry)
		b++;
	return b;
}

/*
 * Whether calls lead from body FROM to another function and from there back. Each body is walked through once, so that
 * this goes no deeper than there are bodies.
 */
static bool comes_back(struct walk *walk, size_t from)
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
		if (called == walk->n)
			continue;
		if (walk->own[called])
			found = !walk->own[from];
		else
			found = !walk->visited[called] && comes_back(walk, called);
	}
	return found;
}

bool recursion__was(const struct body *bodies, struct attribution *const *attributions, size_t n, const bool *own,
		    bool *visited)
{
	struct walk walk = {bodies, attributions, n, own, visited};

	memset(visited, 0, n * sizeof(*visited));
	for (size_t b = 0; n <= MANY_BODIES && b < n; b++)
		if (own[b] && comes_back(&walk, b))
			return true;
	return false;
}
