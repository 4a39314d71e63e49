// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_lines.h"

#include <stdlib.h>

#define MORE 4 /* times as often as another line, a line has to be hit to be of more use */

void shim_lines__begin(struct shim_lines *lines, uint32_t n)
{
	lines->items = calloc(n, sizeof(*lines->items));
	lines->n = lines->items ? n : 0;
}

void shim_lines__release(struct shim_lines *lines)
{
	free(lines->items);
	*lines = (struct shim_lines){0};
}

void shim_lines__choose(struct shim_lines *lines, double most)
{
	for (uint32_t i = 0; i < lines->n; i++) {
		if (lines->items[i].hits > most)
			lines->items[i].closed = true;
		lines->items[i].hits = 0;
		lines->items[i].total = 0;
	}
}

uint64_t shim_lines__hits(const struct shim_lines *lines)
{
	uint64_t hits = 0;

	for (uint32_t i = 0; i < lines->n; i++)
		hits += lines->items[i].closed ? 0 : lines->items[i].hits;
	return hits;
}

uint32_t shim_lines__dearest(const struct shim_lines *lines)
{
	uint32_t dearest = SHIM_LINES_NONE, most = 0;

	for (uint32_t i = 0; i < lines->n; i++)
		if (!lines->items[i].closed && lines->items[i].hits > most) {
			dearest = i;
			most = lines->items[i].hits;
		}
	return dearest;
}

void shim_lines__forget_hits(struct shim_lines *lines)
{
	for (uint32_t i = 0; i < lines->n; i++)
		lines->items[i].hits = 0;
}

void shim_lines__forget_all(struct shim_lines *lines)
{
	for (uint32_t i = 0; i < lines->n; i++)
		lines->items[i].hits = lines->items[i].total = 0;
}

void shim_lines__rule_out(struct shim_lines *lines, uint32_t line)
{
	for (uint32_t i = 0; i < lines->n; i++)
		if (lines->items[i].total < MORE * lines->items[line].total)
			lines->items[i].useless = true;
	lines->items[line].useless = true;
}

uint32_t shim_lines__reference(const struct shim_lines *lines, uint64_t least)
{
	uint32_t reference = SHIM_LINES_NONE;

	for (uint32_t i = 0; i < lines->n; i++)
		if (!lines->items[i].closed && !lines->items[i].useless && lines->items[i].total > least) {
			reference = i;
			least = lines->items[i].total;
		}
	return reference;
}
