/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inexact_hits: what the reports say about hits that are estimates, because the compiled code does not tell how often
 * the line was executed.
 */
#ifndef LPROF_INEXACT_HITS_H
#define LPROF_INEXACT_HITS_H

#include <stdbool.h>

#include "profile/profile.h"

/* The meaning of the mark, for reports that have a mark on the count itself. */
#define INEXACT_HITS_MEANING                                                                                           \
	"the compiled code does not tell how often the line was executed; the count is the best estimate"

/* Whether FUNCTION has lines with inexact hits. */
bool inexact_hits__any(const struct profile_function *function);

/*
 * A sentence that names the lines of FUNCTION with inexact hits, for formats that have notes but no place for a mark.
 * *out is owned by the caller; NULL when there are no such lines. Returns 0 or -ENOMEM.
 */
int inexact_hits__sentence(const struct profile_function *function, char **out);

#endif
