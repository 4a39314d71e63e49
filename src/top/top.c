// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/terminal.h"
#include "top/top_keys.h"
#include "top/top_layout.h"

struct top {
	struct terminal *terminal;
	struct top_model *model;
	struct cells cells;
	double unit;
	const struct source_dirs *source_dirs;
	struct source *source;	/* of the chosen function's own file; NULL: it cannot be read */
	struct source **others; /* the same of each other file of the function */
	size_t n_others;
	char *sources_of; /* the names of these files; NULL: none was tried yet */
	const struct target_files *source_files;
};

static void close_sources(struct top *top)
{
	source__close(top->source);
	for (size_t i = 0; i < top->n_others; i++)
		source__close(top->others[i]);
	free(top->others);
	free(top->sources_of);
	top->source = NULL;
	top->others = NULL;
	top->n_others = 0;
	top->sources_of = NULL;
}

/* The names of all files of the function, as one string. Owned by the caller; NULL when out of memory. */
static char *name_files(const struct profile_function *function)
{
	char *names = NULL;
	size_t size;
	FILE *out = open_memstream(&names, &size);

	if (!out)
		return NULL;
	for (uint32_t file = 0; file <= function->n_others; file++)
		fprintf(out, "%s\n", profile_function__file(function, file));
	if (!fclose(out))
		return names;
	free(names);
	return NULL;
}

static struct source *open_source(const struct top *top, const char *file)
{
	struct source *source;

	return source__open(top->source_dirs, top->source_files, file, &source) ? NULL : source;
}

/* Opens the sources of FUNCTION, whose files are called NAMES. Takes ownership of NAMES, also on failure. */
static int open_sources(struct top *top, const struct profile_function *function, char *names)
{
	close_sources(top);
	top->sources_of = names;
	top->source_files = function->files;
	top->source = open_source(top, function->file);
	top->others = calloc(function->n_others + 1, sizeof(*top->others));
	if (!top->others)
		return -ENOMEM;
	for (size_t i = 0; i < function->n_others; i++)
		top->others[top->n_others++] = open_source(top, function->others[i].name);
	return 0;
}

/* Opens the sources of the chosen function, if its files are others than before, and gives them to the model. */
static int fit_source(struct top *top)
{
	const struct top_function *function = top_model__chosen(top->model);
	char *names;
	int err = 0;

	if (!function)
		return top_model__set_source(top->model, NULL);
	names = name_files(function->of);
	if (!names)
		return -ENOMEM;
	if (top->sources_of && !strcmp(top->sources_of, names) && top->source_files == function->of->files)
		free(names);
	else
		err = open_sources(top, function->of, names);
	if (!err)
		err = top_model__set_others(top->model, top->others, top->n_others);
	return err ? err : top_model__set_source(top->model, top->source);
}

static int draw(struct top *top)
{
	int rows, cols, err = 0;

	terminal__size(top->terminal, &rows, &cols);
	if (rows != top->cells.rows || cols != top->cells.cols)
		err = cells__resize(&top->cells, rows, cols);
	if (err)
		return err;
	top_model__resize(top->model, rows, cols);
	top_layout__draw(top->model, top->unit, &top->cells);
	terminal__draw(top->terminal, &top->cells);
	return 0;
}

int top__open(double unit, enum color_when color, const struct source_dirs *source_dirs, bool find,
	      const struct diag *diag, struct top **out)
{
	struct top *top = calloc(1, sizeof(*top));
	int err = -ENOMEM;

	if (!top)
		return -ENOMEM;
	top->unit = unit;
	top->source_dirs = source_dirs;
	top->model = top_model__new(find);
	if (top->model)
		err = terminal__open(color, diag, &top->terminal);
	if (!err)
		err = draw(top);
	if (err)
		top__close(top);
	else
		*out = top;
	return err;
}

int top__fd(const struct top *top)
{
	return terminal__fd(top->terminal);
}

int top__update(struct top *top, struct profile *profile)
{
	int err = top_model__update(top->model, profile);

	if (!err)
		err = fit_source(top);
	return err ? err : draw(top);
}

int top__keys(struct top *top)
{
	int key, err = 0;

	while (!err && (key = terminal__key(top->terminal)) >= 0) {
		enum top_action action = top_keys__action(key);

		if (action == TOP_QUIT)
			return 0;
		if (action == TOP_REDRAW)
			terminal__redraw(top->terminal);
		err = top_model__act(top->model, action);
		if (!err)
			err = fit_source(top);
	}
	if (!err)
		err = draw(top);
	return err ? err : 1;
}

int top__resize(struct top *top)
{
	return draw(top);
}

void top__close(struct top *top)
{
	if (!top)
		return;
	terminal__close(top->terminal);
	top_model__free(top->model);
	cells__release(&top->cells);
	close_sources(top);
	free(top);
}
