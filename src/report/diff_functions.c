// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/diff_functions.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/printable.h"
#include "profile/ranking_diff.h"

#define MOST_ROWS 20

static void put_text(const char *text, FILE *out)
{
	printable__write(text, strlen(text), PRINTABLE_KEEP_TAB, out);
}

static void put_change(const struct ranking_change *change, FILE *out)
{
	const char *place = *change->file ? change->file : change->object;

	fprintf(out, "%9.2f %8.2f %+8.2f %8.2f   ", 100 * change->before.share, 100 * change->after.share,
		100 * change->change, 100 * change->uncertainty);
	put_text(change->name, out);
	if (*place) {
		fputs(" (", out);
		put_text(place, out);
		fputc(')', out);
	}
	fputc('\n', out);
}

static void put_changes(const struct ranking_diff *diff, FILE *out)
{
	size_t n = diff->n_beyond_chance < MOST_ROWS ? diff->n_beyond_chance : MOST_ROWS;

	fprintf(out,
		"Sampled functions whose own share of the processor's time changed by more than chance\n"
		"(%" PRIu64 " samples before, %" PRIu64 " after; a change is off by more than +- once in twenty "
		"times):\n\n"
		"Own %% was       is   Change       +-   Function\n"
		"----------------------------------------------\n",
		diff->samples_before, diff->samples_after);
	for (size_t i = 0; i < n; i++)
		put_change(&diff->changes[i], out);
	if (n < diff->n_beyond_chance)
		fprintf(out, "%zu more changed less.\n", diff->n_beyond_chance - n);
	fputc('\n', out);
}

int diff_functions__write(const struct profile_diff *diff, FILE *out)
{
	struct ranking_diff ranking;
	int err = ranking_diff__make(diff->before, diff->after, &ranking);

	if (!err && ranking.n_beyond_chance)
		put_changes(&ranking, out);
	else if (!err && ranking.n)
		fprintf(out,
			"No sampled function changed its own share of the processor's time by more than chance\n"
			"(%" PRIu64 " samples before, %" PRIu64 " after).\n\n",
			ranking.samples_before, ranking.samples_after);
	ranking_diff__release(&ranking);
	return err;
}
