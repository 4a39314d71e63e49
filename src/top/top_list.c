// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_list.h"

#include <errno.h>
#include <stdlib.h>

struct listed_line {
	uint64_t place;
	uint64_t key;
};

static int compare_listed(const void *x, const void *y)
{
	const struct listed_line *a = x, *b = y;
	int order = (a->key < b->key) - (a->key > b->key);

	return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int list_hottest(const struct top_function *function, enum top_order order, uint64_t **places, size_t *n)
{
	struct listed_line *lines = calloc(function->n_lines + 1, sizeof(*lines));

	*places = calloc(function->n_lines + 1, sizeof(**places));
	if (!lines || !*places) {
		free(lines);
		return -ENOMEM;
	}
	for (size_t i = 0; i < function->n_lines; i++) {
		const struct top_line *line = &function->lines[i];

		if (top_function__shows(function, line))
			lines[(*n)++] = (struct listed_line){
				.place = line->place,
				.key = order == TOP_LINES_BY_TIME ? line->total.time_ns : line->total.hits,
			};
	}
	qsort(lines, *n, sizeof(*lines), compare_listed);
	for (size_t i = 0; i < *n; i++)
		(*places)[i] = lines[i].place;
	free(lines);
	return 0;
}

const struct source *top_sources__of(const struct top_sources *sources, uint32_t file)
{
	if (!file)
		return sources->own;
	return file <= sources->n_others ? sources->others[file - 1] : NULL;
}

/* The lines of a function in one of its files: those with code, and the numbers of all that are to be listed. */
struct file_lines {
	uint32_t file;
	const struct top_line *lines;
	size_t n;
	uint32_t first, last; /* in the source; none if LAST is less than FIRST */
	uint32_t n_source_lines;
};

static uint32_t file_of(const struct top_line *line)
{
	return (uint32_t)(line->place >> 32);
}

static struct file_lines lines_of_file(const struct top_function *function, const struct top_sources *sources,
				       uint32_t file)
{
	const struct source *source = top_sources__of(sources, file);
	struct file_lines found = {.file = file, .lines = function->lines, .first = 1};
	const struct top_line *end = function->lines + function->n_lines;

	while (found.lines != end && file_of(found.lines) < file)
		found.lines++;
	while (found.lines + found.n != end && file_of(&found.lines[found.n]) == file)
		found.n++;
	if (found.n) {
		found.first = (uint32_t)found.lines[0].place;
		found.last = (uint32_t)found.lines[found.n - 1].place;
	}
	if (!file && function->of->line && function->of->line < found.first)
		found.first = function->of->line;
	if (!file && function->of->last > found.last)
		found.last = function->of->last;
	found.n_source_lines = source ? source__n_lines(source) : 0;
	if (found.last > found.n_source_lines)
		found.last = found.n_source_lines;
	return found;
}

static int list_by_number(const struct top_function *function, const struct top_sources *sources, uint64_t **places,
			  size_t *n)
{
	size_t most = function->n_lines + 1;

	for (uint32_t file = 0; file <= function->of->n_others; file++) {
		const struct file_lines lines = lines_of_file(function, sources, file);

		most += lines.last >= lines.first ? lines.last - lines.first + 1ul : 0;
	}
	*places = calloc(most, sizeof(**places));
	if (!*places)
		return -ENOMEM;
	for (uint32_t file = 0; file <= function->of->n_others; file++) {
		const struct file_lines lines = lines_of_file(function, sources, file);

		for (uint32_t number = lines.first; number <= lines.last; number++)
			(*places)[(*n)++] = profile_place(file, number);
		for (size_t i = 0; i < lines.n; i++)
			if ((uint32_t)lines.lines[i].place > lines.n_source_lines)
				(*places)[(*n)++] = lines.lines[i].place;
	}
	return 0;
}

int top_list__make(const struct top_function *function, const struct top_sources *sources, enum top_order order,
		   uint64_t **places, size_t *n)
{
	*places = NULL;
	*n = 0;
	return order == TOP_LINES_BY_NUMBER ? list_by_number(function, sources, places, n)
					    : list_hottest(function, order, places, n);
}
