/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source: the text of source files, for reports.
 */
#ifndef LPROF_SOURCE_H
#define LPROF_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "files/source_dirs.h"
#include "files/target_files.h"

struct source;

/*
 * The one place that decides which file may be shown as the source that debug information or an interpreter calls FILE:
 * that in a directory of DIRS that the user gave in place of FILE's own; else that which the target itself sees, with
 * its owner's rights (FILES; NULL: of a saved profile, whose names may be anybody's: none); else that found in another
 * directory of DIRS. Returns 0 and a new source owned by the caller; or -errno of target_files__open(), -EFBIG above
 * 64 MiB, or -ENOMEM.
 */
int source__open(const struct source_dirs *dirs, const struct target_files *files, const char *file,
		 struct source **out);
void source__close(struct source *source); /* NULL is allowed */

/*
 * Line LINE (from 1) without its line end, borrowed until source__close(); NULL when there is no such
 * line. *len is its length in bytes; the text is not NUL-terminated there and may hold any bytes.
 */
const char *source__line(const struct source *source, uint32_t line, size_t *len);
uint32_t source__n_lines(const struct source *source);

#endif
