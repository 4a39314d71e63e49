/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * estimated_hits: what the reports say about hits and calls that were estimated, because counting all of them would
 * have taken more than the budget allows.
 */
#ifndef LPROF_ESTIMATED_HITS_H
#define LPROF_ESTIMATED_HITS_H

#include <stdbool.h>
#include <stddef.h>

#include "profile/profile.h"

#define ESTIMATED_HITS_ROOM 288

/* How to get exact figures, to end a sentence with. */
#define ESTIMATED_HITS_ADVICE "--max-overhead none counts all of them, a higher one more of them"

/* Whether FUNCTION has lines with estimated hits, those included of which none was seen. */
bool estimated_hits__any(const struct profile_function *function);

/*
 * A sentence about the estimated hits of FUNCTION, of which some were seen. It begins with MARK, which says which these
 * are, such as "* behind hits: ". False: there are none.
 */
bool estimated_hits__say_seen(const struct profile_function *function, const char *mark,
			      char sentence[ESTIMATED_HITS_ROOM]);

/* The same about its lines with estimated hits of which none was seen. */
bool estimated_hits__say_unseen(const struct profile_function *function, const char *mark,
				char sentence[ESTIMATED_HITS_ROOM]);

/*
 * A sentence about all of it, for formats that have notes but no place for a mark. *out is owned by the caller; NULL
 * when there are no such lines. Returns 0 or -ENOMEM.
 */
int estimated_hits__sentence(const struct profile_function *function, char **out);

#endif
