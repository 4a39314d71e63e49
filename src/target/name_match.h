/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_match: whether a name that somebody typed means a function. Pure.
 */
#ifndef LPROF_NAME_MATCH_H
#define LPROF_NAME_MATCH_H

#include <stdbool.h>

#include "target/name_style.h"

/*
 * Whether WANT means the function called HAVE, both in the normal form of STYLE. WANT may leave out namespaces and
 * classes at its beginning (not if it is GLOBAL), and everywhere anonymous namespaces, template arguments, and lists of
 * parameters.
 */
bool name_match__is(const char *want, const char *have, const struct name_style *style, bool global);

/*
 * Whether NAME, in its normal form, tells more than names without parameters do: it ends in a list of them, or is of a
 * lambda.
 */
bool name_match__is_specific(const char *name);

#endif
