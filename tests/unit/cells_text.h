/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cells_text: converts rows of cells to strings, so that tests can compare them. */
#ifndef LPROF_TESTS_CELLS_TEXT_H
#define LPROF_TESTS_CELLS_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/cells.h"

/*
 * The characters of a row in UTF-8 (the locale must be C.UTF-8) without blanks at its end. The caller frees the
 * string.
 */
static inline char *cells_text(const struct cells *cells, int row)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int col = 0; col < cells->cols; col++)
		fprintf(out, "%ls", cells->at[row * cells->cols + col].text);
	fclose(out);
	while (size && text[size - 1] == ' ')
		text[--size] = '\0';
	return text;
}

/* One letter for each cell, according to its ink; a dot for a plain cell. The caller frees the string. */
static inline char *cells_inks(const struct cells *cells, int row, const char *letters)
{
	char *text = calloc(1, (size_t)cells->cols + 1);

	for (int col = 0; text && col < cells->cols; col++)
		text[col] = letters[cells->at[row * cells->cols + col].ink];
	return text;
}

#endif
