/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_model: what the live view shows: which figures, in which order, from where on. Pure; who draws it reads the
 * struct, and changes it through these functions only.
 */
#ifndef LPROF_TOP_MODEL_H
#define LPROF_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "profile/source.h"

#define TOP_ROWS 24 /* a screen of this size shows everything */
#define TOP_COLS 80

enum top_sort { TOP_BY_TIME, TOP_BY_LATEST_TIME, TOP_BY_CALLS, TOP_BY_HITS, TOP_BY_NAME, TOP_SORTS };
enum top_order { TOP_LINES_BY_NUMBER, TOP_LINES_BY_TIME, TOP_LINES_BY_HITS, TOP_ORDERS };

enum top_action {
	TOP_NOTHING,
	TOP_QUIT, /* nothing to the model */
	TOP_REDRAW,
	TOP_UP,
	TOP_DOWN,
	TOP_PAGE_UP,
	TOP_PAGE_DOWN,
	TOP_FIRST,
	TOP_LAST,
	TOP_LEFT,
	TOP_RIGHT,
	TOP_NEXT_FUNCTION,
	TOP_PREVIOUS_FUNCTION,
	TOP_HOTTEST_LINE,     /* of the chosen function */
	TOP_HOTTEST_FUNCTION, /* its hottest line */
	TOP_NEXT_SORT,
	TOP_NEXT_ORDER,
	TOP_PAUSE,
	TOP_RESET,
	TOP_HELP,
};

struct top_figures {
	uint64_t calls, hits, time_ns;
};

struct top_line {
	uint32_t line;
	struct top_figures total;  /* since the start, or the last reset */
	struct top_figures latest; /* between the last two profiles */
	bool uncertain;
};

struct top_function {
	const struct profile_function *of; /* its names, borrowed from the newest profile */
	struct top_figures total, latest;
	struct top_line *lines; /* by line number, as profile_function.lines */
	size_t n_lines;
};

struct top_model {
	/* Profiles, owned; one may be in several of these places. NULL: nothing was counted then. */
	struct profile *base;	 /* what is counted from */
	struct profile *before;	 /* the last but one */
	struct profile *now;	 /* what is shown */
	struct profile *pending; /* the newest, while paused */

	struct top_function *functions; /* as sorted */
	size_t n_functions;
	enum top_sort sort;
	size_t chosen;	       /* index of the function whose lines are shown */
	bool picked;	       /* it stays the chosen one */
	size_t first_function; /* that is visible */

	const struct source *source; /* borrowed, of the chosen function; NULL: it cannot be read */
	uint32_t *listed;	     /* the numbers of its lines, as ordered */
	size_t n_listed;
	enum top_order order;
	size_t cursor;	   /* index of the listed line it is on */
	size_t first_line; /* index of the first that is visible */
	int skip;	   /* columns of the source that are scrolled away */

	int rows, cols; /* of the screen */
	bool paused, help;
};

/* NULL when out of memory. */
struct top_model *top_model__new(void);
void top_model__free(struct top_model *model);

/* Takes PROFILE, also when it fails. 0 or -ENOMEM. */
int top_model__update(struct top_model *model, struct profile *profile);
int top_model__act(struct top_model *model, enum top_action action); /* 0 or -ENOMEM */
void top_model__resize(struct top_model *model, int rows, int cols);

/* The function whose lines are shown, or NULL. Its source is to be given whenever it is another one. */
const struct top_function *top_model__chosen(const struct top_model *model);
int top_model__set_source(struct top_model *model, const struct source *source); /* 0 or -ENOMEM */

/* How many functions, and lines, the screen has room for. */
size_t top_model__function_rows(const struct top_model *model);
size_t top_model__line_rows(const struct top_model *model);

/* The figures of line LINE of a function, or NULL when it has no code. */
const struct top_line *top_function__line(const struct top_function *function, uint32_t line);

/* What the functions took together since the base. */
uint64_t top_model__total_ns(const struct top_model *model);

#endif
