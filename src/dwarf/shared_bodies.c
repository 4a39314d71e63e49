// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/shared_bodies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TAKEN UINT64_MAX /* the body_entry of an instance that was taken away */

struct owner {
	uint64_t entry;
	struct function_candidate *candidate;
	size_t instance;
};

static bool is_selected(const struct function_candidate *candidate, size_t n_selectors)
{
	for (size_t i = 0; i < n_selectors; i++)
		if (candidate->selected[i])
			return true;
	return false;
}

/* By entry; then first who keeps the body. */
static int compare_owners(const void *a, const void *b)
{
	const struct owner *left = a, *right = b;

	if (left->entry != right->entry)
		return left->entry < right->entry ? -1 : 1;
	if (left->candidate->by_symbol != right->candidate->by_symbol)
		return left->candidate->by_symbol ? 1 : -1;
	return (left->candidate > right->candidate) - (left->candidate < right->candidate);
}

static size_t list_owners(struct function_candidate *candidates, size_t n, size_t n_selectors, struct owner *owners)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		const struct debug_function *function = &candidates[i].function;

		for (size_t k = 0; k < function->n_instances && is_selected(&candidates[i], n_selectors); k++) {
			if (function->instances[k].inlined)
				continue;
			if (owners)
				owners[found] = (struct owner){function->instances[k].entry, &candidates[i], k};
			found++;
		}
	}
	return found;
}

/* Takes the body from LOSER. Its instance is emptied; the caller removes it, since the indices of others are in use. */
static int take_body(const struct owner *keeper, const struct owner *loser, size_t n_selectors)
{
	struct debug_function *function = &loser->candidate->function;

	debug_instance__release(&function->instances[loser->instance]);
	function->instances[loser->instance] = (struct debug_instance){.body_entry = TAKEN};
	for (size_t i = 0; i < n_selectors; i++)
		keeper->candidate->selected[i] |= loser->candidate->selected[i];
	return debug_function__add_note(function, "its body is that of %s as well, in whose table it is counted",
					keeper->candidate->function.name);
}

static void remove_empty(struct function_candidate *candidate, size_t n_selectors)
{
	struct debug_function *function = &candidate->function;
	size_t kept = 0;

	if (!function->n_instances)
		return;
	for (size_t k = 0; k < function->n_instances; k++)
		if (function->instances[k].body_entry != TAKEN)
			function->instances[kept++] = function->instances[k];
	function->n_instances = kept;
	if (!kept)
		memset(candidate->selected, 0, n_selectors * sizeof(*candidate->selected));
}

int shared_bodies__settle(struct function_candidate *candidates, size_t n, size_t n_selectors)
{
	size_t n_owners = list_owners(candidates, n, n_selectors, NULL);
	struct owner *owners = calloc(n_owners + 1, sizeof(*owners));
	size_t keeper = 0;
	int err = owners ? 0 : -ENOMEM;

	if (!err) {
		list_owners(candidates, n, n_selectors, owners);
		qsort(owners, n_owners, sizeof(*owners), compare_owners);
	}
	for (size_t i = 1; !err && i < n_owners; i++) {
		if (owners[i].entry == owners[keeper].entry && owners[i].candidate != owners[keeper].candidate)
			err = take_body(&owners[keeper], &owners[i], n_selectors);
		else if (owners[i].entry != owners[keeper].entry)
			keeper = i;
	}
	free(owners);
	for (size_t i = 0; !err && i < n; i++)
		remove_empty(&candidates[i], n_selectors);
	return err;
}
