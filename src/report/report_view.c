// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report_view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/place_order.h"
#include "profile/rough_count.h"
#include "profile/stacks.h"
#include "report/estimated_hits.h"
#include "report/inexact_hits.h"

#define SAMPLED_TIMES_MEANING                                                                                          \
	"samples that found no probe tell how its time is shared among lines; a line without a time was in no sample"
#define ESTIMATED_TIMES_MEANING "its times are those of samples; a line without a time was in no sample"
#define UNCOUNTED_MEANING	"it was sampled, not probed: there are no hits, and a line without a time was in no sample"

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
		if (!style->skip_zero || profile_function__may_be_hit(&profile->functions[i]))
			chosen[(*n)++] = &profile->functions[i];
	}
	qsort(chosen, *n, sizeof(struct profile_function *), comparers[order]);
	return chosen;
}

uint32_t report_view__first_line(const struct profile_function *function)
{
	if (!profile_function__n_own(function) || (function->line && function->line < function->lines[0].line))
		return function->line;
	return function->lines[0].line;
}

struct report_view_rows report_view__rows(const struct profile_function *function)
{
	return (struct report_view_rows){.function = function};
}

bool report_view__next_row(struct report_view_rows *rows, struct report_view_row *row)
{
	const struct profile_function *function = rows->function;
	const struct profile_line *code = rows->i < function->n_lines ? &function->lines[rows->i] : NULL;
	const struct profile_text *between = rows->k < function->n_between ? &function->between[rows->k] : NULL;

	*row = (struct report_view_row){0};
	if (!code && !between)
		return false;
	if (between && (!code || profile_text__place(between) <= profile_line__place(code))) {
		rows->k++;
		row->file = between->file;
		row->line = between->line;
		row->text = profile_function__text_between(function, between);
	}
	if (code && (!between || profile_line__place(code) <= profile_text__place(between))) {
		const char *text = profile_function__text(function, code);

		rows->i++;
		row->file = code->file;
		row->line = code->line;
		row->measured = code;
		row->text = text ? text : row->text;
	}
	return true;
}

struct report_view_missing report_view__missing(const struct profile_function *function, uint32_t file)
{
	static const struct {
		int err;
		struct report_view_missing missing;
	} reasons[] = {
		{0, {"The profile holds no source text of ", ""}},
		{-ENOENT, {"Could not find file ", ""}},
		{-EACCES, {"Could not read file ", " with the rights of the target's owner"}},
		{-EPERM, {"Could not read file ", " with the rights of the target's owner"}},
		{-EINVAL, {"Could not read file ", ", which is not a regular file"}},
		{-ENOTDIR,
		 {"Could not read file ", ", which is inside of an archive; unpack that, and use --source-dir "
					  "ARCHIVE=DIRECTORY"}},
		{-EFBIG, {"Could not read file ", ", which is larger than 64 MiB"}},
		{-EXDEV, {"Could not read file ", ", which is not the same file for all of the processes"}},
	};

	int err = file ? function->others[file - 1].source_error : function->source_error;

	/* Where all code is in other files, there is nothing to show of the function's own. */
	bool none = !file && function->n_others && !profile_function__n_own(function);

	if (none || profile_function__has_text_of(function, file))
		return (struct report_view_missing){NULL, NULL};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].err == err)
			return reasons[i].missing;
	return (struct report_view_missing){"Could not read file ", ""};
}

void report_view__format_hits(const struct profile_line *line, int width, bool as_number, char *cell, size_t size)
{
	const char *mark = line->hits_inexact ? "~" : "";

	if (line->hits_uncertainty && !line->hits && !as_number)
		snprintf(cell, size, "<%" PRIu64, rough_count__above(line->hits_uncertainty));
	else if (line->hits_uncertainty)
		snprintf(cell, size, "%s%" PRIu64, mark, rough_count__rounded(line->hits, line->hits_uncertainty));
	else if (snprintf(cell, size, "%s%" PRIu64, mark, line->hits) > width)
		snprintf(cell, size, "%s%g", mark, (double)line->hits);
}

const char *report_view__mark(const struct report_style *style)
{
	return style->estimate_mark ? style->estimate_mark : "*";
}

static void __attribute__((format(printf, 2, 3))) say(struct report_view_sentences *sentences, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(sentences->text[sentences->n++], sizeof(sentences->text[0]), format, args);
	va_end(args);
}

static void say_hidden_time(const struct profile_function *function, double unit,
			    struct report_view_sentences *sentences)
{
	uint64_t hidden_ns = 0;

	for (size_t i = 0; i < function->n_lines; i++)
		hidden_ns += profile_function__shows(function, &function->lines[i]) ? 0 : function->lines[i].time_ns;
	/* A time that the table would show as 0.0 is not mentioned. */
	if ((double)hidden_ns * 1e-9 >= unit / 20)
		say(sentences, "%g s of the total time belong to lines without a hit", (double)hidden_ns * 1e-9);
}

static bool has_time_without_hits(const struct profile_function *function)
{
	for (size_t i = 0; i < function->n_lines; i++)
		if (!profile_function__knows_hits(function, &function->lines[i]))
			return true;
	return false;
}

static void say_estimates(const struct profile_function *function, const struct report_style *style,
			  struct report_view_sentences *sentences)
{
	char mark[64];

	snprintf(mark, sizeof(mark), "%s behind %s ", report_view__mark(style),
		 style->estimate_mark ? "hits:" : "the numbers of a line: its hits are");
	sentences->n += estimated_hits__say_seen(function, mark, sentences->text[sentences->n]);
	sentences->n += estimated_hits__say_unseen(
		function, style->estimate_mark ? "< before hits: " : "0 with *: ", sentences->text[sentences->n]);
	if (!function->estimated)
		return;
	if (has_time_without_hits(function))
		say(sentences, "a line with a time and no hits was in samples, but never counted");
	say(sentences, ESTIMATED_TIMES_MEANING);
}

/* Times of less than a hundredth of the function's time are not mentioned. */
void report_view__say_off_time(const struct profile_function *function, struct report_view_sentences *sentences)
{
	if (function->blocked_ns && function->blocked_ns >= function->time_ns / 100)
		say(sentences, "off the processor for %.1f %% of its time, asleep or waiting for others",
		    100.0 * (double)function->blocked_ns / (double)function->time_ns);
	if (function->waiting_ns && function->waiting_ns >= function->time_ns / 100)
		say(sentences,
		    "it also waited %.3g s for a processor, in part because of the probes; that is not in the table",
		    (double)function->waiting_ns * 1e-9);
}

void report_view__say(const struct profile_function *function, const struct report_style *style,
		      struct report_view_sentences *sentences)
{
	if (function->uncounted)
		say(sentences, UNCOUNTED_MEANING);
	if (function->sampled_times && !function->estimated)
		say(sentences, SAMPLED_TIMES_MEANING);
	say_estimates(function, style, sentences);
	say_hidden_time(function, style->unit, sentences);
	if (inexact_hits__any(function))
		say(sentences, "~ before the hits: " INEXACT_HITS_MEANING);
}

void report_view__say_flaws(const struct stacks *stacks, struct report_view_sentences *sentences)
{
	const uint64_t n = stacks__total(stacks).own_samples;
	const struct {
		uint64_t n;
		const char *one, *many;
	} flaws[] = {
		/* Fewer than one in a hundred change no Total by as much as it is uncertain anyway. */
		{stacks->cut_samples < n / 100 ? 0 : stacks->cut_samples,
		 "sample could not be followed to the outermost caller, whose Total is too small by it",
		 "samples could not be followed to the outermost caller, whose Total is too small by them"},
		{stacks->lost_samples, "sample was lost for lack of room, and is in no row",
		 "samples were lost for lack of room, and are in no row"},
	};

	for (size_t i = 0; i < sizeof(flaws) / sizeof(*flaws); i++)
		if (flaws[i].n)
			say(sentences, "%" PRIu64 " %s", flaws[i].n, flaws[i].n == 1 ? flaws[i].one : flaws[i].many);
}
