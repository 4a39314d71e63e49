/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_source: what functions' lines said when they were profiled, kept in the profile. A source file changes, and
 * two profiles can then still be compared line by line. And a report shows nothing but what is in the profile: its
 * names are those that somebody else chose, and to open a file because a profile names it would show any file of the
 * reader's.
 */
#ifndef LPROF_PROFILE_SOURCE_H
#define LPROF_PROFILE_SOURCE_H

#include "profile/profile.h"
#include "profile/source.h"

/* A line's text as it is kept. */
struct profile_source_text {
	char *text; /* owned by the caller */
	size_t len;
};

/*
 * Sets the text of all lines that have none yet and whose file can be read (see source__open()): of those with code
 * and of those from the function's first to its last. Where a line that has a text reads differently in the file,
 * nothing of that file is taken, and a note says so. 0 or -ENOMEM; what cannot be read is no error, but the
 * function's source_error.
 */
int profile_source__record(struct profile *profile, const struct source_dirs *dirs);

/* The first line of FUNCTION that was kept and reads differently in SOURCE, or is not there; 0: there is none. */
uint32_t profile_source__first_change(const struct profile_function *function, const struct source *source);

/* Line LINE as it would be kept: printable, and not more than its first 400 bytes. 0, -ENOENT or -ENOMEM. */
int profile_source__text(const struct source *source, uint32_t line, struct profile_source_text *out);

#endif
