/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_model: the state of the live view: which figures it shows, in which order and from which row on. Pure. The code
 * that draws it reads the struct directly but changes it only through these functions.
 */
#ifndef LPROF_TOP_MODEL_H
#define LPROF_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "top/top_functions.h"
#include "top/top_list.h"
#include "top/top_sampled.h"

#define TOP_ROWS 24 /* the smallest screen that shows everything */
#define TOP_COLS 80

enum top_action {
	TOP_NOTHING,
	TOP_QUIT, /* not handled by the model; the caller quits */
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
	TOP_HOTTEST_LINE,     /* go to the hottest line of the chosen function */
	TOP_HOTTEST_FUNCTION, /* go to the hottest line of the hottest function */
	TOP_NEXT_SORT,
	TOP_NEXT_ORDER,
	TOP_PAUSE,
	TOP_RESET,
	TOP_HELP,
};

struct top_model {
	/* Profiles, which the model owns. The same profile may be in several of these fields. NULL: not there yet. */
	struct profile *base;	 /* subtracted from all totals: the profile at the last reset */
	struct profile *before;	 /* the previous profile, for the latest figures */
	struct profile *now;	 /* the profile that is shown */
	struct profile *pending; /* while paused: the newest profile */

	struct top_function *functions; /* sorted as SORT says */
	size_t n_functions;
	bool find;
	struct top_sampled sampled; /* with FIND; listed behind these */
	enum top_sort sort;
	size_t chosen;	       /* index of the function whose lines are shown */
	bool picked;	       /* the choice is kept when functions are sorted again */
	size_t first_function; /* index of the first visible function */

	struct top_sources sources; /* of the chosen function */
	uint64_t *listed;	    /* places of the chosen function's lines, sorted as ORDER says */
	size_t n_listed;
	enum top_order order;
	size_t cursor;	   /* index in LISTED of the line that the cursor is on */
	size_t first_line; /* index in LISTED of the first visible line */
	int skip;	   /* number of columns of the source that are scrolled out on the left */

	int rows, cols; /* size of the screen */
	bool paused, help;
};

/*
 * With FIND, functions that were only sampled are listed too, and all get their shares of the samples. NULL when out of
 * memory.
 */
struct top_model *top_model__new(bool find);
void top_model__free(struct top_model *model);

/* Takes ownership of PROFILE, even on failure, and shows it. Returns 0 or -ENOMEM. */
int top_model__update(struct top_model *model, struct profile *profile);
int top_model__act(struct top_model *model, enum top_action action); /* 0 or -ENOMEM */
void top_model__resize(struct top_model *model, int rows, int cols);

/* The chosen function, whose lines are shown, or NULL. Whenever it has changed, the caller must set its sources. */
const struct top_function *top_model__chosen(const struct top_model *model);
int top_model__set_source(struct top_model *model, const struct source *source); /* 0 or -ENOMEM */
int top_model__set_others(struct top_model *model, struct source *const *others, size_t n);

/* How many functions, those known from samples alone included, and how many lines the screen has room for. */
size_t top_model__function_rows(const struct top_model *model);
size_t top_model__line_rows(const struct top_model *model);

/* The time of all functions since the start or the last reset. */
uint64_t top_model__total_ns(const struct top_model *model);

#endif
