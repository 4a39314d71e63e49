/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nomatch: says why a selector selected nothing.
 */
#ifndef LPROF_NOMATCH_H
#define LPROF_NOMATCH_H

#include "base/diag.h"
#include "target/selector.h"
#include "target/target.h"

/*
 * One sentence: the function exists in an object without debug information (named, with its build ID),
 * or nothing is called so (with the closest names that the objects' debug information has), or no
 * object has debug information at all.
 */
void nomatch__explain(const struct selector *selector, const struct target_objects *objects, const struct diag *diag);

/*
 * Edit distance between A and B (insertions, deletions, substitutions, swaps of neighbours), or LIMIT
 * when it is not smaller. Strings beyond 127 bytes are LIMIT apart.
 */
unsigned nomatch__distance(const char *a, const char *b, unsigned limit);

#endif
