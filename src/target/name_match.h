/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_match: whether a name that somebody typed means a function. Pure.
 */
#ifndef LPROF_NAME_MATCH_H
#define LPROF_NAME_MATCH_H

#include <stdbool.h>

#include "target/name_style.h"

/* A parameter of a template or a generic function. */
struct name_generic {
	const char *name; /* in the source; borrowed */
	char *value;	  /* what it is for the function, in the normal form; NULL: not known */
};

/* How names are to be compared. All is borrowed. */
struct name_reading {
	const struct name_style *style;
	const struct name_generic *generics; /* of the function, up to one without a name; NULL: none is known */
	bool global;
};

/*
 * Whether WANT means the function called HAVE, both in the normal form of the style. WANT may leave out namespaces and
 * classes at its beginning (not if it is global), and everywhere anonymous namespaces, template arguments, and lists of
 * parameters. It may have the name of a generic in place of what that is.
 */
bool name_match__is(const char *want, const char *have, const struct name_reading *reading);

/*
 * Whether NAME, in its normal form, tells more than names without parameters do: it ends in a list of them, or is of a
 * lambda.
 */
bool name_match__is_specific(const char *name);

#endif
