// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top.h"

#include <errno.h>
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
	struct source *source; /* source of the chosen function; NULL: it cannot be read */
	char *source_of;       /* file name of SOURCE, also if it cannot be read; NULL: none was tried yet */
	const struct target_files *source_files;
};

/* Opens the source of the chosen function, if it is another one than before, and gives it to the model. */
static int fit_source(struct top *top)
{
	const struct top_function *function = top_model__chosen(top->model);
	char *file;

	if (!function)
		return top_model__set_source(top->model, NULL);
	if (top->source_of && !strcmp(top->source_of, function->of->file) && top->source_files == function->of->files)
		return top_model__set_source(top->model, top->source);
	file = strdup(function->of->file);
	if (!file)
		return -ENOMEM;
	source__close(top->source);
	free(top->source_of);
	top->source_of = file;
	top->source_files = function->of->files;
	if (source__open(top->source_dirs, top->source_files, file, &top->source))
		top->source = NULL;
	return top_model__set_source(top->model, top->source);
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

int top__open(double unit, enum color_when color, const struct source_dirs *source_dirs, const struct diag *diag,
	      struct top **out)
{
	struct top *top = calloc(1, sizeof(*top));
	int err = -ENOMEM;

	if (!top)
		return -ENOMEM;
	top->unit = unit;
	top->source_dirs = source_dirs;
	top->model = top_model__new();
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
	source__close(top->source);
	free(top->source_of);
	free(top);
}
