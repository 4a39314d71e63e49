// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/inexact_hits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_NAMED 20 /* a sentence that names more lines is of no use to a reader */

static size_t count(const struct profile_function *function)
{
	size_t n = 0;

	for (size_t i = 0; i < function->n_lines; i++)
		n += function->lines[i].hits_inexact;
	return n;
}

bool inexact_hits__any(const struct profile_function *function)
{
	return count(function) > 0;
}

static void put_line(const struct profile_function *function, const struct profile_line *line, const char *before,
		     FILE *out)
{
	fputs(before, out);
	if (line->file)
		fprintf(out, "%s:", profile_function__file(function, line->file));
	fprintf(out, "%" PRIu32, line->line);
}

static void put_sentence(const struct profile_function *function, size_t n, FILE *out)
{
	size_t named = 0;

	fputs(n == 1 ? "the hits of line" : "the hits of lines", out);
	for (size_t i = 0; i < function->n_lines && named < MOST_NAMED; i++)
		if (function->lines[i].hits_inexact)
			put_line(function, &function->lines[i], named++ ? ", " : " ", out);
	if (n > named)
		fprintf(out, " and %zu more", n - named);
	fprintf(out, " are the best estimate%s: the compiled code does not tell how often %s executed",
		n == 1 ? "" : "s", n == 1 ? "it was" : "they were");
}

int inexact_hits__sentence(const struct profile_function *function, char **out)
{
	size_t n = count(function), size;
	FILE *stream;
	bool failed;

	*out = NULL;
	if (!n)
		return 0;
	stream = open_memstream(out, &size);
	if (!stream)
		return -ENOMEM;
	put_sentence(function, n, stream);
	failed = ferror(stream);
	if (!fclose(stream) && !failed)
		return 0;
	free(*out);
	*out = NULL;
	return -ENOMEM;
}
