// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/estimated_hits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/rough_count.h"

#define MOST_RELATIVE 10.0 /* a relative uncertainty above this is no figure that is of use to anybody */

bool estimated_hits__any(const struct profile_function *function)
{
	for (size_t i = 0; i < function->n_lines; i++)
		if (function->lines[i].hits_uncertainty)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * Sets *median to the relative uncertainty that half of the estimated lines with hits do not exceed. Returns their
 * number; 0 when out of memory, too, because a sentence less is no failure.
 */
static size_t summarize(const struct profile_function *function, double *median)
{
	double *relative = calloc(function->n_lines + 1, sizeof(*relative));
	size_t n = 0;

	for (size_t i = 0; relative && i < function->n_lines; i++) {
		const struct profile_line *line = &function->lines[i];

		if (line->hits && line->hits_uncertainty)
			relative[n++] = (double)line->hits_uncertainty / (double)line->hits;
	}
	if (n) {
		qsort(relative, n, sizeof(*relative), compare);
		*median = relative[(n - 1) / 2];
	}
	free(relative);
	return n;
}

static void format_percent(double share, char cell[32])
{
	snprintf(cell, 32, 100 * share < 99.5 ? "%.2g" : "%.0f", 100 * share);
}

bool estimated_hits__say_seen(const struct profile_function *function, const char *mark,
			      char sentence[ESTIMATED_HITS_ROOM])
{
	double median;
	char percent[32];

	if (!summarize(function, &median))
		return false;
	if (median > MOST_RELATIVE) {
		snprintf(sentence, ESTIMATED_HITS_ROOM,
			 "%sestimated from counting now and then, and hardly known: the median line may as well have "
			 "been hit ten times as often, or not at all; " ESTIMATED_HITS_ADVICE,
			 mark);
		return true;
	}
	format_percent(median, percent);
	snprintf(sentence, ESTIMATED_HITS_ROOM,
		 "%sestimated from counting now and then, the median line's to +-%s %% (19 times of "
		 "20); " ESTIMATED_HITS_ADVICE,
		 mark, percent);
	return true;
}

bool estimated_hits__say_unseen(const struct profile_function *function, const char *mark,
				char sentence[ESTIMATED_HITS_ROOM])
{
	uint64_t most = 0;

	for (size_t i = 0; i < function->n_lines; i++)
		if (!function->lines[i].hits && function->lines[i].hits_uncertainty > most)
			most = function->lines[i].hits_uncertainty;
	if (most)
		snprintf(sentence, ESTIMATED_HITS_ROOM,
			 "%sno hit was seen, so if the line was executed at all, then fewer than %" PRIu64 " times",
			 mark, rough_count__above(most));
	return most;
}

int estimated_hits__sentence(const struct profile_function *function, char **out)
{
	char sentence[ESTIMATED_HITS_ROOM];

	*out = NULL;
	if (!estimated_hits__say_seen(function, "hits are ", sentence) &&
	    !estimated_hits__say_unseen(function, "lines without hits: ", sentence))
		return 0;
	*out = strdup(sentence);
	return *out ? 0 : -ENOMEM;
}
