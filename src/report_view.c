// SPDX-License-Identifier: GPL-2.0-or-later
#include "report_view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place_order.h"
#include "profile_source.h"

static bool was_hit(const struct profile_function *function)
{
	for (size_t i = 0; i < function->n_lines; i++) {
		if (function->lines[i].hits)
			return true;
	}
	return false;
}

static int compare_places(const void *a, const void *b)
{
	return place_order__compare_owned(*(const struct profile_function *const *)a,
					  *(const struct profile_function *const *)b);
}

static int compare_times(const void *a, const void *b)
{
	const struct profile_function *x = *(const struct profile_function *const *)a;
	const struct profile_function *y = *(const struct profile_function *const *)b;

	if (x->time_ns != y->time_ns)
		return x->time_ns > y->time_ns ? 1 : -1;
	return compare_places(a, b);
}

static int compare_times_down(const void *a, const void *b)
{
	const struct profile_function *x = *(const struct profile_function *const *)a;
	const struct profile_function *y = *(const struct profile_function *const *)b;

	return x->time_ns == y->time_ns ? compare_places(a, b) : compare_times(b, a);
}

const struct profile_function **report_view__choose(const struct profile *profile, const struct report_style *style,
						    enum report_view_order order, size_t *n)
{
	static int (*const comparers[])(const void *, const void *) = {
		[REPORT_VIEW_BY_PLACE] = compare_places,
		[REPORT_VIEW_LONGEST_LAST] = compare_times,
		[REPORT_VIEW_LONGEST_FIRST] = compare_times_down,
	};
	const struct profile_function **chosen = calloc(profile->n_functions + 1, sizeof(struct profile_function *));

	*n = 0;
	if (!chosen)
		return NULL;
	for (size_t i = 0; i < profile->n_functions; i++) {
		if (!style->skip_zero || was_hit(&profile->functions[i]))
			chosen[(*n)++] = &profile->functions[i];
	}
	qsort(chosen, *n, sizeof(struct profile_function *), comparers[order]);
	return chosen;
}

uint32_t report_view__first_line(const struct profile_function *function)
{
	if (!function->n_lines || (function->line && function->line < function->lines[0].line))
		return function->line;
	return function->lines[0].line;
}

const struct source *report_view__source(struct report_view_source *view, const struct profile_function *function)
{
	const struct profile_function *last = view->of;

	if (last && !strcmp(last->file, function->file) && !strcmp(last->root, function->root))
		return view->source;
	source__close(view->source);
	view->of = function;
	if (source__open(function->root, function->file, &view->source))
		view->source = NULL;
	return view->source;
}

void report_view__close_source(struct report_view_source *view)
{
	source__close(view->source);
	*view = (struct report_view_source){0};
}

struct report_view_rows report_view__rows(const struct profile_function *function, const struct source *source)
{
	uint32_t first = report_view__first_line(function);

	return (struct report_view_rows){
		.function = function,
		.n_source_lines = source ? source__n_lines(source) : 0,
		.next = first ? first : 1,
	};
}

bool report_view__next_row(struct report_view_rows *rows, uint32_t *line, const struct profile_line **measured)
{
	const struct profile_function *function = rows->function;
	const struct profile_line *ahead = rows->i < function->n_lines ? &function->lines[rows->i] : NULL;
	bool before_code = ahead ? rows->next < ahead->line : rows->next <= function->last;

	*measured = NULL;
	if (before_code && rows->next <= rows->n_source_lines) {
		*line = (uint32_t)rows->next++;
		return true;
	}
	if (!ahead)
		return false;
	rows->i++;
	rows->next = ahead->line + 1ull;
	*line = ahead->line;
	*measured = ahead;
	return true;
}

static void __attribute__((format(printf, 2, 3))) say(struct report_view_sentences *sentences, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(sentences->text[sentences->n++], sizeof(sentences->text[0]), format, args);
	va_end(args);
}

static void say_wrong_source(const struct profile_function *function, const struct source *source,
			     struct report_view_sentences *sentences)
{
	uint32_t last = function->n_lines ? function->lines[function->n_lines - 1].line : 0;
	uint32_t changed = source ? profile_source__first_change(function, source) : 0;

	if (changed)
		say(sentences, "line %" PRIu32 " read differently when it was profiled: the file has changed since",
		    changed);
	else if (source && last > source__n_lines(source))
		say(sentences,
		    "the program has code on line %" PRIu32 " but the file has %" PRIu32
		    " lines: it is not the one the program was built from",
		    last, source__n_lines(source));
}

static void say_hidden_time(const struct profile_function *function, double unit,
			    struct report_view_sentences *sentences)
{
	uint64_t hidden_ns = 0;

	for (size_t i = 0; i < function->n_lines; i++)
		hidden_ns += function->lines[i].hits ? 0 : function->lines[i].time_ns;
	/* What rounds to nothing in the table's own unit is not worth a word. */
	if ((double)hidden_ns * 1e-9 >= unit / 20)
		say(sentences, "%g s of the total time belong to lines without a hit", (double)hidden_ns * 1e-9);
}

/* Less than a hundredth is not worth a word. */
void report_view__say_off_time(const struct profile_function *function, struct report_view_sentences *sentences)
{
	if (function->blocked_ns && function->blocked_ns >= function->time_ns / 100)
		say(sentences, "%.1f %% of its time it was off the processor, asleep or waiting for others",
		    100.0 * (double)function->blocked_ns / (double)function->time_ns);
	if (function->waiting_ns && function->waiting_ns >= function->time_ns / 100)
		say(sentences,
		    "%.3g s more it waited for a processor, in part because of the probes; that is not in the table",
		    (double)function->waiting_ns * 1e-9);
}

void report_view__say(const struct profile_function *function, const struct source *source, double unit,
		      struct report_view_sentences *sentences)
{
	say_wrong_source(function, source, sentences);
	say_hidden_time(function, unit, sentences);
}
