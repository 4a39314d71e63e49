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

static int list_hottest(struct top_model *model, const struct top_function *function)
{
	struct listed_line *lines = calloc(function->n_lines + 1, sizeof(*lines));
	size_t n = 0;

	model->listed = calloc(function->n_lines + 1, sizeof(*model->listed));
	if (!lines || !model->listed) {
		free(lines);
		return -ENOMEM;
	}
	for (size_t i = 0; i < function->n_lines; i++) {
		const struct top_line *line = &function->lines[i];

		if (top_line__may_be_hit(line))
			lines[n++] = (struct listed_line){
				.place = line->place,
				.key = model->order == TOP_LINES_BY_TIME ? line->total.time_ns : line->total.hits,
			};
	}
	qsort(lines, n, sizeof(*lines), compare_listed);
	for (size_t i = 0; i < n; i++)
		model->listed[i] = lines[i].place;
	model->n_listed = n;
	free(lines);
	return 0;
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

static struct file_lines lines_of_file(const struct top_model *model, const struct top_function *function,
				       uint32_t file)
{
	const struct source *source = top_model__source(model, file);
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

static int list_by_number(struct top_model *model, const struct top_function *function)
{
	size_t n = 0, most = function->n_lines + 1;

	for (uint32_t file = 0; file <= function->of->n_others; file++) {
		const struct file_lines lines = lines_of_file(model, function, file);

		most += lines.last >= lines.first ? lines.last - lines.first + 1ul : 0;
	}
	model->listed = calloc(most, sizeof(*model->listed));
	if (!model->listed)
		return -ENOMEM;
	for (uint32_t file = 0; file <= function->of->n_others; file++) {
		const struct file_lines lines = lines_of_file(model, function, file);

		for (uint32_t number = lines.first; number <= lines.last; number++)
			model->listed[n++] = profile_place(file, number);
		for (size_t i = 0; i < lines.n; i++)
			if ((uint32_t)lines.lines[i].place > lines.n_source_lines)
				model->listed[n++] = lines.lines[i].place;
	}
	model->n_listed = n;
	return 0;
}

int top_list__make(struct top_model *model)
{
	const struct top_function *function = top_model__chosen(model);

	free(model->listed);
	model->listed = NULL;
	model->n_listed = 0;
	if (!function)
		return 0;
	return model->order == TOP_LINES_BY_NUMBER ? list_by_number(model, function) : list_hottest(model, function);
}
