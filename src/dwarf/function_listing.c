// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/function_listing.h"

#include <stddef.h>
#include <stdint.h>

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return hash;
}

int function_listing__name(struct function_listing *listing, struct function_candidate *candidate)
{
	const struct debug_function *function = &candidate->function;
	uint64_t hash = hash_text(function->line, function->name);
	int err;

	/* What has no line cannot be profiled. */
	if (candidate->listed || !function->line)
		return 0;
	candidate->listed = true;
	hash = hash_text(hash * 31, function->file) | 1;
	if (key_map__get(&listing->names, hash, NULL))
		return 0;
	err = key_map__set(&listing->names, hash, 0);
	return err ? err : listing->each(function->name, function->file, function->line, listing->ctx);
}

void function_listing__clear(struct function_listing *listing)
{
	key_map__clear(&listing->names);
}
