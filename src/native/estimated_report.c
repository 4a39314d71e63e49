// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. How uncertain the hits of a line are cannot be told from the uncertainty of edges alone: a line's hits are a
 * sum over edges that vary together, with rules for loops and copies of code between them (linehits.c). So all lines
 * are computed again from each variant of the edges, and the differences tell (totals.c). Only functions that were
 * counted in windows are computed more than once: an image is made that has nothing but them and the bodies that hold
 * their code.
 */
#include "native/estimated_report.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "budget/speed.h"
#include "budget/totals.h"
#include "flow/attribute.h"
#include "flow/rounded_edges.h"
#include "native/body_samples.h"
#include "native/image_report.h"

/* The image's report from what was counted all the time is one more variant. */
#define EXACT	 TOTALS_VARIANTS
#define VARIANTS (TOTALS_VARIANTS + 1)

struct estimation {
	const struct estimated_report *report;
	const struct profile_owner *owner;
	struct totals_edge **totals; /* per body: its variants, or NULL if it was counted all the time */
	bool *unseen;		     /* per body: it was counted in windows only, and was in none */
	uint32_t *first;	     /* per body: its first site, counted from the image's first */
	bool *wanted;		     /* per body: it holds code of a function that is estimated */
	size_t *functions;	     /* those that are estimated, by number in the image */
	size_t n_functions;
	struct image part; /* only they and the bodies that are wanted; borrows all but its two arrays */
	struct attribute_edge *edges;
	struct profile *variants[VARIANTS]; /* reports of PART; none for TOTALS_BEST */
};

/* What samples tell of the code of BODY. */
static struct speed speed_of(const struct estimated_report *report, const struct totals_body *body)
{
	struct body_samples sum = body_samples__sum(body->plan, report->samples);
	struct speed speed = {.samples = sum.samples};

	if (sum.samples)
		speed.sampled_ns = sum.cpu_ns / (double)report->samples->all_ns * body->own_ns;
	return speed;
}

/* Corrects the estimates of BODY by the time that samples tell of its code. 0 or -ENOMEM. */
static int correct_scale(const struct estimated_report *report, const struct totals_body *body,
			 struct totals_edge *totals)
{
	struct speed speed = speed_of(report, body);
	uint32_t n = 2 * body->plan->n_sites;
	float *least_ns = speed.samples ? calloc(n + 1ul, sizeof(*least_ns)) : NULL;

	if (!speed.samples)
		return 0;
	if (!least_ns)
		return -ENOMEM;
	for (uint32_t e = 0; e < n; e++)
		least_ns[e] = (float)attribute__least_cost(body->plan, e / 2, e % 2);
	speed.least_ns = least_ns;
	speed__correct(&speed, n, totals);
	free(least_ns);
	return 0;
}

static int estimate_body(struct estimation *it, size_t b)
{
	const struct estimated_report *report = it->report;
	const struct totals_body body = {
		.plan = report->image->bodies[b].plan,
		.first_site = report->first_site + it->first[b],
		.own_ns = report->own_ns[b],
	};
	int err;

	if (body.own_ns <= 0)
		return 0;
	it->totals[b] = calloc((size_t)TOTALS_VARIANTS * 2 * body.plan->n_sites + 1, sizeof(**it->totals));
	if (!it->totals[b])
		return -ENOMEM;
	err = report->log ? totals__estimate(&body, report->log, it->totals[b]) : -ENODATA;
	it->unseen[b] = err == -ENODATA;
	if (!err && report->samples)
		err = correct_scale(report, &body, it->totals[b]);
	return it->unseen[b] ? 0 : err;
}

static int estimate_bodies(struct estimation *it)
{
	const struct image *image = it->report->image;
	uint32_t first = 0;
	int err = 0;

	for (size_t b = 0; !err && b < image->n_bodies; b++) {
		it->first[b] = first;
		first += image->bodies[b].plan->n_sites;
		err = estimate_body(it, b);
	}
	return err;
}

/* Whether any code of the function was counted in windows. */
static bool is_estimated(const struct estimation *it, const struct debug_function *info)
{
	for (size_t k = 0; k < info->n_instances; k++) {
		size_t b = image__find_body(it->report->image, info->instances[k].body_entry);

		if (b < it->report->image->n_bodies && it->totals[b])
			return true;
	}
	return false;
}

static void choose_functions(struct estimation *it)
{
	const struct image *image = it->report->image;

	for (size_t f = 0; f < image->functions.n; f++) {
		const struct debug_function *info = &image->functions.items[f];

		if (!is_estimated(it, info))
			continue;
		it->functions[it->n_functions++] = f;
		for (size_t k = 0; k < info->n_instances; k++) {
			size_t b = image__find_body(image, info->instances[k].body_entry);

			if (b < image->n_bodies)
				it->wanted[b] = true;
		}
	}
}

static int make_part(struct estimation *it)
{
	const struct image *image = it->report->image;

	it->part = *image;
	it->part.n_bodies = 0;
	it->part.functions.n = 0;
	it->part.bodies = calloc(image->n_bodies + 1, sizeof(*it->part.bodies));
	it->part.functions.items = calloc(it->n_functions + 1, sizeof(*it->part.functions.items));
	if (!it->part.bodies || !it->part.functions.items)
		return -ENOMEM;
	for (size_t b = 0; b < image->n_bodies; b++)
		if (it->wanted[b])
			it->part.bodies[it->part.n_bodies++] = image->bodies[b];
	for (size_t f = 0; f < it->n_functions; f++)
		it->part.functions.items[it->part.functions.n++] = image->functions.items[it->functions[f]];
	return 0;
}

/* Writes body B's edges in VARIANT to OUT. 0 or -ENOMEM. */
static int fill_body(const struct estimation *it, size_t b, unsigned variant, struct attribute_edge *out)
{
	uint32_t n = 2 * it->report->image->bodies[b].plan->n_sites;
	const struct attribute_edge *exact = it->report->exact + (size_t)2 * it->first[b];
	const struct totals_edge *totals = it->totals[b] ? it->totals[b] + (size_t)variant * n : NULL;

	for (uint32_t e = 0; e < n; e++) {
		out[e] = exact[e];
		if (variant == EXACT || !totals)
			continue;
		out[e].departures += (uint64_t)llround(totals[e].departures);
		out[e].arrivals += (uint64_t)llround(totals[e].arrivals);
	}
	return variant == EXACT || !totals ? 0 : rounded_edges__settle(it->report->image->bodies[b].plan, out);
}

/* Adds the functions to PROFILE: all of them, or only the PART that is estimated. */
static int report_variant(struct estimation *it, bool part, unsigned variant, struct profile *profile)
{
	const struct image *image = it->report->image;
	struct attribute_edge *edges = it->edges;

	for (size_t b = 0; b < image->n_bodies; b++) {
		if (part && !it->wanted[b])
			continue;
		if (fill_body(it, b, variant, edges))
			return -ENOMEM;
		edges += (size_t)2 * image->bodies[b].plan->n_sites;
	}
	return image__report(part ? &it->part : image, it->edges, it->owner, profile);
}

static int report_variants(struct estimation *it)
{
	int err = 0;

	for (unsigned v = TOTALS_BEST + 1; !err && v < VARIANTS; v++) {
		it->variants[v] = profile__new();
		err = it->variants[v] ? report_variant(it, true, v, it->variants[v]) : -ENOMEM;
	}
	return err;
}

/* The uncertainty of a figure, as a whole number. It is not 0 unless the figure is exact. */
static uint64_t uncertainty(const uint64_t figures[VARIANTS])
{
	double values[TOTALS_VARIANTS];
	bool differ = false;

	for (unsigned v = 0; v < TOTALS_VARIANTS; v++) {
		values[v] = (double)figures[v];
		differ |= figures[v] != figures[EXACT];
	}
	return differ ? (uint64_t)fmax(1, ceil(totals__uncertainty(values))) : 0;
}

/* Sets the uncertainties of FUNCTION, which is the estimated function number F. */
static void set_uncertainties(const struct estimation *it, size_t f, struct profile_function *function)
{
	uint64_t figures[VARIANTS];

	for (unsigned v = 0; v < VARIANTS; v++)
		figures[v] = v == TOTALS_BEST ? function->calls : it->variants[v]->functions[f].calls;
	function->estimated = true;
	function->calls_uncertainty = uncertainty(figures);
	for (size_t i = 0; i < function->n_lines; i++) {
		struct profile_line *line = &function->lines[i];

		for (unsigned v = 0; v < VARIANTS; v++) {
			const struct profile_line *same = line;

			if (v != TOTALS_BEST)
				same = profile_function__find(&it->variants[v]->functions[f], function, line);
			figures[v] = same ? same->hits : 0;
		}
		line->hits_uncertainty = uncertainty(figures);
	}
}

/* What there is to say of a function with code that was never in a window. */
static int tell_unseen(const struct estimation *it, size_t f, struct profile_function *function)
{
	const struct debug_function *info = &it->part.functions.items[f];
	bool any = false, all = true;

	for (size_t k = 0; k < info->n_instances; k++) {
		size_t b = image__find_body(it->report->image, info->instances[k].body_entry);
		bool unseen = b < it->report->image->n_bodies && it->unseen[b];

		any |= unseen;
		all &= unseen;
	}
	if (!any)
		return 0;
	if (all && !profile_function__may_be_hit(function)) {
		function->uncounted = true;
		function->estimated = false;
		return 0;
	}
	return profile_function__add_note(function,
					  "some of its code could not be counted all the time within the budget, and "
					  "there was no time yet to count it now and then: its hits are too low");
}

/* Marks lines without hits whose sites were in no window yet, unless they were in to stay: they may have some. */
static void mark_unseen(struct profile_function *function)
{
	for (size_t i = 0; function->estimated && i < function->n_lines; i++)
		function->lines[i].hits_inexact |= !function->lines[i].hits && !function->lines[i].hits_uncertainty;
}

/* Takes the hits out of FUNCTION, which are but a part of what the owner has done. */
static void forget_hits(struct profile_function *function)
{
	function->uncounted = true;
	function->calls = 0;
	for (size_t i = 0; i < function->n_lines; i++)
		function->lines[i].hits = 0;
}

static int estimate_and_report(struct estimation *it, struct profile *profile)
{
	size_t first = profile->n_functions;
	int err = estimate_bodies(it);

	if (!err)
		err = report_variant(it, false, TOTALS_BEST, profile);
	if (err)
		return err;
	choose_functions(it);
	if (!it->n_functions)
		return 0;
	if (it->report->log)
		err = make_part(it);
	if (!err && it->report->log)
		err = report_variants(it);
	for (size_t f = 0; !err && f < it->n_functions; f++) {
		struct profile_function *function = &profile->functions[first + it->functions[f]];

		if (!it->report->log) {
			forget_hits(function);
			continue;
		}
		set_uncertainties(it, f, function);
		err = tell_unseen(it, f, function);
		mark_unseen(function);
	}
	return err;
}

static int init(struct estimation *it, const struct estimated_report *report, const struct profile_owner *owner)
{
	size_t n = report->image->n_bodies + 1;

	*it = (struct estimation){.report = report, .owner = owner};
	it->totals = calloc(n, sizeof(struct totals_edge *));
	it->unseen = calloc(n, sizeof(*it->unseen));
	it->first = calloc(n, sizeof(*it->first));
	it->wanted = calloc(n, sizeof(*it->wanted));
	it->functions = calloc(report->image->functions.n + 1, sizeof(*it->functions));
	it->edges = calloc((size_t)2 * report->image->n_sites + 1, sizeof(*it->edges));
	return it->totals && it->unseen && it->first && it->wanted && it->functions && it->edges ? 0 : -ENOMEM;
}

static void release(struct estimation *it)
{
	for (size_t b = 0; it->totals && b < it->report->image->n_bodies; b++)
		free(it->totals[b]);
	for (unsigned v = 0; v < VARIANTS; v++)
		profile__free(it->variants[v]);
	free(it->totals);
	free(it->unseen);
	free(it->first);
	free(it->wanted);
	free(it->functions);
	free(it->part.bodies);
	free(it->part.functions.items);
	free(it->edges);
}

int estimated_report__add(const struct estimated_report *report, const struct profile_owner *owner,
			  struct profile *profile)
{
	struct estimation it;
	int err = init(&it, report, owner);

	if (!err)
		err = estimate_and_report(&it, profile);
	release(&it);
	return err;
}
