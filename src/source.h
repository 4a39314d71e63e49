/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source: the text of source files, for reports.
 */
#ifndef LPROF_SOURCE_H
#define LPROF_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct source;

/*
 * Reads the file FILE, looked for as ROOT/FILE (the target's mount namespace; ROOT may be ""), then as
 * FILE itself. Returns 0 and a new source owned by the caller, or -errno of the last attempt; -EFBIG
 * above 64 MiB, -EINVAL when it is not a regular file.
 */
int source__open(const char *root, const char *file, struct source **out);
void source__close(struct source *source); /* NULL is allowed */

/*
 * Line LINE (from 1) without its line end, borrowed until source__close(); NULL when there is no such
 * line. *len is its length in bytes; the text is not NUL-terminated there and may hold any bytes.
 */
const char *source__line(const struct source *source, uint32_t line, size_t *len);
uint32_t source__n_lines(const struct source *source);

#endif
