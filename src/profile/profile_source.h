/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_source: keeps the source text of functions in the profile. There are two reasons:
 *
 *   - A source file may change after profiling; with the texts kept, two profiles can still be compared line by line.
 *   - A report of a saved profile shows only texts that are in the profile. The file names in it may have been chosen
 *     by somebody else, and a reporter that opened these files could show any file that its user can read.
 */
#ifndef LPROF_PROFILE_SOURCE_H
#define LPROF_PROFILE_SOURCE_H

#include "profile/profile.h"
#include "profile/source.h"

/* The text of a line as it is kept in a profile. */
struct profile_source_text {
	char *text; /* owned by the caller */
	size_t len;
};

/*
 * Sets the text of all lines that have none yet and whose file can be opened (see source__open()): of lines with code,
 * and of all others from the function's first to its last in each of its files. If a line that has a text already reads
 * differently in the file, the file has changed: nothing is taken from it, and a note says so. The debuginfod servers
 * are asked for a file that was not found (source__fetch()), unless the profile holds a text of it already. SERVERS is
 * told what takes long; it is NULL where no server is to be asked. Returns 0 or -ENOMEM. A file that cannot be read is
 * not an error; its source_error then says why.
 */
int profile_source__record(struct profile *profile, const struct source_dirs *dirs, const struct diag *servers);

/*
 * The number of the first line of FUNCTION in its file number FILE (see struct profile_line) whose kept text differs
 * from that in SOURCE, or that SOURCE does not have; 0 if there is none.
 */
uint32_t profile_source__first_change(const struct profile_function *function, uint32_t file,
				      const struct source *source);

/*
 * Returns in *out the text of line LINE as it would be kept: made printable, and at most its first 400 bytes. Returns
 * 0, -ENOENT when there is no such line, or -ENOMEM.
 */
int profile_source__text(const struct source *source, uint32_t line, struct profile_source_text *out);

#endif
