// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shares before and after are independent of each other, so the variance of their difference is the sum of their
 * variances. A change of more than two standard deviations comes by chance once in twenty times.
 */
#include "profile/ranking_diff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profile/ranking.h"

/* A function of one of the profiles, and what makes it the same as another. */
struct item {
	const struct stack_function *function;
	const char *place; /* the name of its file or, of code that has no name, of its object */
	size_t place_length;
	double share;
	bool after;
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static struct item make_item(const struct ranked *ranked, bool after)
{
	const struct stack_function *function = ranked->function;
	struct item item = {.function = function, .place = "", .share = ranked->own_share, .after = after};
	const char *version;

	if (*function->file)
		item.place = last_part(function->file);
	else if (*function->name == '[')
		item.place = last_part(function->object);
	item.place_length = strlen(item.place);
	version = *function->file ? NULL : strstr(item.place, ".so.");
	if (version)
		item.place_length = (size_t)(version - item.place) + strlen(".so");
	return item;
}

static int compare_same(const struct item *a, const struct item *b)
{
	size_t shorter = a->place_length < b->place_length ? a->place_length : b->place_length;
	int order = strcmp(a->function->name, b->function->name);

	/* A file and an object are never the same. */
	if (!order)
		order = (*a->function->file != '\0') - (*b->function->file != '\0');
	if (!order)
		order = memcmp(a->place, b->place, shorter);
	return order ? order : (a->place_length > b->place_length) - (a->place_length < b->place_length);
}

/* Of functions that are the same, those after come first, and there the one with the largest share. */
static int compare_items(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	int order = compare_same(a, b);

	if (!order)
		order = b->after - a->after;
	return order ? order : (a->share < b->share) - (a->share > b->share);
}

static int compare_changes(const void *x, const void *y)
{
	const struct ranking_change *a = x, *b = y;
	double left = fabs(a->change), right = fabs(b->change);

	if (a->beyond_chance != b->beyond_chance)
		return a->beyond_chance ? -1 : 1;
	if (left < right || left > right)
		return left > right ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void finish(struct ranking_change *change, const struct ranking *before, const struct ranking *after)
{
	change->before.uncertainty = ranking__uncertainty(before, change->before.share);
	change->after.uncertainty = ranking__uncertainty(after, change->after.share);
	change->change = change->after.share - change->before.share;
	change->uncertainty = hypot(change->before.uncertainty, change->after.uncertainty);
	change->beyond_chance = fabs(change->change) > change->uncertainty;
}

/* Adds up the N sorted items that are the same. */
static void join(const struct item *items, size_t n, const struct ranking *before, const struct ranking *after,
		 struct ranking_diff *out)
{
	for (size_t i = 0; i < n; i++) {
		struct ranking_change *change;

		if (!i || compare_same(&items[i - 1], &items[i]) != 0)
			out->changes[out->n++] = (struct ranking_change){.name = items[i].function->name,
									 .file = items[i].function->file,
									 .object = items[i].function->object};
		change = &out->changes[out->n - 1];
		if (items[i].after)
			change->after.share += items[i].share;
		else
			change->before.share += items[i].share;
	}
	for (size_t i = 0; i < out->n; i++) {
		finish(&out->changes[i], before, after);
		out->n_beyond_chance += out->changes[i].beyond_chance;
	}
	qsort(out->changes, out->n, sizeof(*out->changes), compare_changes);
}

static int compare_rankings(const struct ranking *before, const struct ranking *after, struct ranking_diff *out)
{
	size_t n = 0;
	struct item *items = calloc(before->n + after->n + 1, sizeof(*items));

	out->changes = calloc(before->n + after->n + 1, sizeof(*out->changes));
	if (!items || !out->changes) {
		free(items);
		return -ENOMEM;
	}
	for (size_t i = 0; i < before->n; i++)
		items[n++] = make_item(&before->functions[i], false);
	for (size_t i = 0; i < after->n; i++)
		items[n++] = make_item(&after->functions[i], true);
	qsort(items, n, sizeof(*items), compare_items);
	join(items, n, before, after, out);
	out->samples_before = before->cpu_samples;
	out->samples_after = after->cpu_samples;
	free(items);
	return 0;
}

int ranking_diff__make(const struct profile *before, const struct profile *after, struct ranking_diff *out)
{
	struct ranking rankings[2];
	int err;

	*out = (struct ranking_diff){.n = 0};
	err = ranking__make(before, &rankings[0]);
	if (err)
		return err;
	err = ranking__make(after, &rankings[1]);
	if (!err && rankings[0].cpu_samples && rankings[1].cpu_samples)
		err = compare_rankings(&rankings[0], &rankings[1], out);
	ranking__release(&rankings[0]);
	if (!err)
		ranking__release(&rankings[1]);
	return err;
}

void ranking_diff__release(struct ranking_diff *diff)
{
	free(diff->changes);
	diff->changes = NULL;
}
