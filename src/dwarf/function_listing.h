/* SPDX-License-Identifier: GPL-2.0-or-later */
/* function_listing: names functions to somebody who only wants to list them, each of them once. */
#ifndef LPROF_FUNCTION_LISTING_H
#define LPROF_FUNCTION_LISTING_H

#include "base/key_map.h"
#include "dwarf/function_candidate.h"

struct function_listing {
	/* What a function is named to; a value that is not zero is an error. NULL: nothing is to be listed. */
	int (*each)(const char *name, const char *file, unsigned line, void *ctx);
	void *ctx;
	struct key_map names; /* private: hashes of what `each` was given; zeros at first */
};

/*
 * Names the function of CANDIDATE, unless one of that name and place was named before, or its line is not known.
 * 0, -ENOMEM, or what `each` returned.
 */
int function_listing__name(struct function_listing *listing, struct function_candidate *candidate);

void function_listing__clear(struct function_listing *listing);

#endif
