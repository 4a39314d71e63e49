/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source: reads source files, for reports. */
#ifndef LPROF_SOURCE_H
#define LPROF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "files/source_dirs.h"
#include "files/target_files.h"

struct source;

/*
 * Opens the source file that debug information or an interpreter calls FILE. This is the only place that decides which
 * file may be shown. It tries, in this order:
 *   1. a directory that the user gave in DIRS as OLD=NEW and that replaces the directory of FILE;
 *   2. the file that the target itself sees under this name, with the rights of the target's owner (FILES). FILES is
 *      NULL for a saved profile, because anybody may have chosen the names in it;
 *   3. another directory in DIRS.
 * Returns 0 and a new source owned by the caller; or -errno of target_files__open(), -EFBIG if the file is larger than
 * 64 MiB, or -ENOMEM.
 */
int source__open(const struct source_dirs *dirs, const struct target_files *files, const char *file,
		 struct source **out);

/*
 * Asks the debuginfod servers for the source file that the debug information of the object with BUILD_ID calls FILE
 * (debuginfod__fetch_source()). What a server has for a build ID is what was built, whoever has chosen the name.
 * Returns 0 and a new source owned by the caller; or -errno as source__open().
 */
int source__fetch(const char *build_id, const char *file, const struct diag *diag, struct source **out);
void source__close(struct source *source); /* NULL is allowed */

/*
 * Line LINE, counted from 1, without its line end; NULL when there is no such line. Borrowed until source__close().
 * *len is its length in bytes. The text is not NUL-terminated and may hold any bytes.
 */
const char *source__line(const struct source *source, uint32_t line, size_t *len);
uint32_t source__n_lines(const struct source *source);

/*
 * Whether the file was modified after the time NS, in nanoseconds since 1970, which is that of another file or of the
 * clock. False if NS is 0, which means that it is not known; and of a file from one of DIRS or from a server, where the
 * time says when it was put there.
 */
bool source__is_newer(const struct source *source, int64_t ns);

#endif
