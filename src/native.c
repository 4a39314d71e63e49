// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The front-end for native code: its objects are images, its counters come from one session.
 */
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "estimate.h"
#include "frontend.h"
#include "image.h"
#include "image_report.h"
#include "nomatch.h"
#include "session.h"

#define MANY_UNKNOWN_FRAMES 1000

struct native {
	struct image **images; /* only those that hold a selected function */
	size_t n_images;
	uint32_t n_sites;
	struct calibration calibration;
	enum profile_clock clock;
	enum profile_by by;
	bool empty_probe;
	struct session *session;
	double *static_costs; /* per edge, of all images, one after another */
	/* Of the last reading: */
	struct counters counters;     /* of the same edges */
	struct estimate_run run;      /* what they say of the probes */
	struct estimate_scale scale;  /* of the calibrated prices, in this run */
	struct attribute_edge *edges; /* one owner's, without what the probes cost */
};

/* The selectors that apply to an object. */
struct selection {
	const struct selector **selectors;
	size_t *index; /* of each in the request */
	bool *matched;
	size_t n;
};

static void native_close(void *state)
{
	struct native *native = state;

	if (!native)
		return;
	session__close(native->session);
	for (size_t i = 0; i < native->n_images; i++)
		image__close(native->images[i]);
	free(native->images);
	free(native->static_costs);
	counters__release(&native->counters);
	free(native->edges);
	free(native);
}

/* Opens one object. One that cannot be profiled is no failure unless the user named it. */
static int open_image(struct native *native, const struct frontend_request *request, const struct target_object *object,
		      const struct selection *selection, const struct diag *diag)
{
	struct image_request image_request = {
		.object = object,
		.selectors = selection->selectors,
		.n_selectors = selection->n,
		.matched = selection->matched,
		.must_have_info = request->one_object,
		.prices = native->calibration.price_ns,
		.every_line = request->every_line,
		.pids = request->pids,
		.n_pids = request->n_pids,
	};
	struct image *image;
	int err = image__open(&image_request, diag, &image);

	if (err == -ENOENT && !request->one_object)
		return 0;
	if ((err == -ENOEXEC || err == -EOPNOTSUPP) && !request->one_object)
		return 0;
	if (err == -ENOEXEC || err == -EOPNOTSUPP)
		diag__error(diag, "%s is %s; name an x86-64 executable or shared library", object->name,
			    err == -ENOEXEC ? "not an ELF file" : "not code for this processor");
	if (err)
		return err;
	if (!image->functions.n) {
		image__close(image);
		return 0;
	}
	native->n_sites += image->n_sites;
	native->images[native->n_images++] = image;
	return 0;
}

static int check_matched(const struct frontend_request *request, const bool *matched, const struct diag *diag)
{
	for (size_t i = 0; i < request->n_selectors; i++) {
		if (matched[i])
			continue;
		nomatch__explain(request->selectors[i], request->objects, diag);
		return -ENOENT;
	}
	return 0;
}

static bool is_pattern(const struct selector *selector)
{
	unsigned first, last;

	return !selector__exact_name(selector) && !selector__lines(selector, &first, &last);
}

/* Patterns are about the program itself, and about its libraries when nothing in the program matches. */
static void select_for(const struct frontend_request *request, bool main_object, const bool *matched,
		       struct selection *selection)
{
	selection->n = 0;
	for (size_t i = 0; i < request->n_selectors; i++) {
		if (!main_object && matched[i] && is_pattern(request->selectors[i]))
			continue;
		selection->matched[selection->n] = false;
		selection->index[selection->n] = i;
		selection->selectors[selection->n++] = request->selectors[i];
	}
}

static int open_selected(struct native *native, const struct frontend_request *request, bool *matched,
			 struct selection *selection, const struct diag *diag)
{
	int err = 0;

	for (int main_objects = 1; !err && main_objects >= 0; main_objects--) {
		select_for(request, main_objects, matched, selection);
		for (size_t i = 0; !err && i < request->objects->n; i++) {
			if (request->objects->items[i].main != main_objects || !selection->n)
				continue;
			err = open_image(native, request, &request->objects->items[i], selection, diag);
			for (size_t k = 0; k < selection->n; k++)
				matched[selection->index[k]] |= selection->matched[k];
		}
	}
	return err ? err : check_matched(request, matched, diag);
}

static int open_images(struct native *native, const struct frontend_request *request, const struct diag *diag)
{
	size_t n = request->n_selectors + 1;
	bool *matched = calloc(n, sizeof(*matched));
	struct selection selection = {
		.selectors = calloc(n, sizeof(struct selector *)),
		.index = calloc(n, sizeof(*selection.index)),
		.matched = calloc(n, sizeof(*selection.matched)),
	};
	int err = -ENOMEM;

	if (matched && selection.selectors && selection.index && selection.matched)
		err = open_selected(native, request, matched, &selection, diag);
	free(matched);
	free(selection.selectors);
	free(selection.index);
	free(selection.matched);
	return err;
}

static int prepare_edges(struct native *native)
{
	size_t n = 2 * (size_t)native->n_sites;
	double *costs;

	native->static_costs = costs = calloc(n, sizeof(*native->static_costs));
	native->edges = calloc(n, sizeof(*native->edges));
	if (!native->static_costs || !native->edges)
		return -ENOMEM;
	for (size_t i = 0; i < native->n_images; i++) {
		image__static_costs(native->images[i], costs);
		costs += 2 * (size_t)native->images[i]->n_sites;
	}
	return 0;
}

static int native_prepare(const struct frontend_request *request, const struct diag *diag, void **state)
{
	struct native *native = calloc(1, sizeof(*native));
	int err = -ENOMEM;

	if (!native)
		return -ENOMEM;
	native->clock = request->clock;
	native->by = request->by;
	native->empty_probe = request->empty_probe;
	native->images = calloc(request->objects->n ? request->objects->n : 1, sizeof(struct image *));
	if (native->images) {
		(void)calibrate__get(request->by, diag, &native->calibration); /* the defaults will do */
		err = open_images(native, request, diag);
	}
	if (!err && !native->n_sites) {
		diag__error(diag, "the selected functions have no code that can be probed");
		err = -ENOENT;
	}
	if (!err)
		err = prepare_edges(native);
	if (err) {
		native_close(native);
		return err;
	}
	malloc_trim(0); /* debug information was large, and is not needed any more */
	*state = native;
	return 0;
}

static int open_session(struct native *native, const pid_t *pids, size_t n_pids, const struct diag *diag)
{
	struct lprof_site *sites = calloc(native->n_sites, sizeof(*sites));
	struct session_config config = {
		.sites = sites,
		.n_sites = native->n_sites,
		.pids = pids,
		.n_pids = n_pids,
		.prices = native->calibration.prices,
		.by = (enum lprof_by)native->by,
		.empty_probe = native->empty_probe,
	};
	uint32_t first_site = 0, first_body = 0;
	int err;

	if (!sites)
		return -ENOMEM;
	for (size_t i = 0; i < native->n_images; i++) {
		image__sites(native->images[i], first_site, first_body, native->calibration.kernel_ratio,
			     &sites[first_site]);
		first_site += native->images[i]->n_sites;
		first_body += native->images[i]->n_bodies;
	}
	err = session__open(&config, diag, &native->session);
	free(sites);
	return err;
}

static int native_attach(void *state, const pid_t *pids, size_t n_pids, const struct diag *diag)
{
	struct native *native = state;
	uint32_t first_site = 0;
	int err = open_session(native, pids, n_pids, diag);

	for (size_t i = 0; !err && i < native->n_images; i++) {
		const struct image *image = native->images[i];
		struct session_object object = {
			.name = image->name,
			.path = image->path,
			.offsets = image->offsets,
			.first_site = first_site,
			.n = image->n_sites,
		};

		first_site += image->n_sites;
		err = session__attach(native->session, &object, diag);
	}
	if (err) {
		session__close(native->session);
		native->session = NULL;
		return err;
	}
	session__start(native->session);
	return 0;
}

static void native_detach(void *state, const struct diag *diag)
{
	struct native *native = state;

	session__detach(native->session, diag);
}

static void native_adjust(void *state)
{
	struct native *native = state;

	session__adjust(native->session);
}

/* The relative uncertainty of the dearest doubt among the prices. */
static double price_doubt(const struct calibration *calibration)
{
	double doubt = 0;

	for (int i = 0; i < INSN_PROBE_CLASSES; i++)
		doubt = fmax(doubt, (double)calibration->uncertainty_ns[i] / calibration->price_ns[i]);
	return doubt;
}

static int read_counters(struct native *native)
{
	const struct counters_stats *stats = &native->counters.stats;
	int err;

	counters__release(&native->counters);
	err = session__collect(native->session, &native->counters);
	if (err)
		return err;
	native->run = (struct estimate_run){
		.cpu_ns = (double)stats->cpu_ns,
		.probe_ns = (double)stats->probe_ns,
		.price_doubt = price_doubt(&native->calibration),
		.n_samples = (double)stats->samples,
		.sampled_ns = (double)stats->sampled_ns,
		.sampled_probe_ns = (double)stats->sampled_probe_ns,
	};
	for (size_t i = 0; i < native->counters.n_owners; i++)
		for (size_t e = 0; e < 2 * (size_t)native->n_sites; e++)
			estimate_run__add(&native->run, &native->counters.owners[i].edges[e], native->static_costs[e]);
	native->scale = estimate__scale(&native->run);
	return 0;
}

/* Takes the cost of the probes off an owner's times. */
static void estimate_edges(struct native *native, const struct counters_owner *owner)
{
	for (size_t e = 0; e < 2 * (size_t)native->n_sites; e++)
		native->edges[e] = estimate__edge(&owner->edges[e], native->static_costs[e], &native->run,
						  &native->scale, native->clock == PROFILE_CLOCK_CPU);
}

static bool has_uncertain_line(const struct profile *profile)
{
	for (size_t f = 0; f < profile->n_functions; f++)
		for (size_t i = 0; i < profile->functions[f].n_lines; i++)
			if (profile->functions[f].lines[i].hits &&
			    profile_line__below_resolution(&profile->functions[f].lines[i]))
				return true;
	return false;
}

static double scaled_us(const struct native *native, enum insn_probe class)
{
	return native->scale.factor * native->calibration.price_ns[class] / 1e3;
}

static int note_precision(const struct native *native, struct profile *profile)
{
	int err = 0;

	if (has_uncertain_line(profile))
		err = profile__add_note(profile,
					"~ the time is within the uncertainty of what the probes cost, %.2f us a jump "
					"or call, %.1f us another instruction, give or take %.0f %%",
					scaled_us(native, INSN_PROBE_JCC), scaled_us(native, INSN_PROBE_STEP),
					200 * native->scale.doubt);
	/* Less than a hundredth of the run is not worth a word. */
	if (!err && profile->probe.overhead_ns > profile->duration_ns / 100)
		err = profile__add_note(
			profile, "probing took %.3g s of the target's time, %llu hits; it is not in the table",
			(double)profile->probe.overhead_ns / 1e9, (unsigned long long)profile->probe.hits);
	return err;
}

/* What was lost, or may be wrong. */
static int note_losses(const struct native *native, struct profile *profile)
{
	const struct counters_stats *stats = &native->counters.stats;
	const struct {
		uint64_t n, most;
		const char *text;
	} losses[] = {
		{stats->missed, 0, "hits were missed by the kernel; hits are too low by as many"},
		{stats->edges_dropped, 0,
		 "hits could not be counted for lack of room for so many processes or threads"},
		/* A few are what was running already when profiling began. */
		{stats->frames_unknown, MANY_UNKNOWN_FRAMES,
		 "hits were in frames that are not known: they began before profiling did, or too many were open at "
		 "once; what follows a call there is neither counted nor timed"},
		{stats->frames_dropped, 0, "frames could not be kept for lack of room; their times are too low"},
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(losses) / sizeof(*losses); i++)
		if (losses[i].n > losses[i].most)
			err = profile__add_note(profile, "%llu %s", (unsigned long long)losses[i].n, losses[i].text);
	return err;
}

static int report_owner(struct native *native, const struct counters_owner *owner, struct profile *profile)
{
	struct profile_owner who = {.pid = (int)owner->who.tgid, .tid = (int)owner->who.tid};
	const struct attribute_edge *edges = native->edges;
	int err = 0;

	memcpy(who.comm, owner->who.comm, sizeof(who.comm));
	estimate_edges(native, owner);
	for (size_t i = 0; !err && i < native->n_images; i++) {
		err = image__report(native->images[i], edges, &who, profile);
		edges += 2 * (size_t)native->images[i]->n_sites;
	}
	return err;
}

static int native_collect(void *state, struct profile *profile)
{
	struct native *native = state;
	int err = read_counters(native);

	for (size_t i = 0; !err && i < native->counters.n_owners; i++)
		err = report_owner(native, &native->counters.owners[i], profile);
	if (err)
		return err;
	profile->probe.sites = native->n_sites;
	profile->probe.hits = native->counters.stats.hits;
	profile->probe.missed = native->counters.stats.missed;
	profile->probe.overhead_ns = (uint64_t)(native->scale.factor * native->run.probe_ns);
	err = note_precision(native, profile);
	return err ? err : note_losses(native, profile);
}

static int native_dump(void *state, FILE *out)
{
	struct native *native = state;
	const struct attribute_edge *edges = native->edges;
	int err = read_counters(native);

	if (!err && native->counters.n_owners)
		estimate_edges(native, &native->counters.owners[0]);
	for (size_t i = 0; !err && i < native->n_images; i++) {
		err = image__dump(native->images[i], edges, out);
		edges += 2 * (size_t)native->images[i]->n_sites;
	}
	return err;
}

static int native_list(void *state, FILE *out)
{
	struct native *native = state;
	int err = 0;

	for (size_t i = 0; !err && i < native->n_images; i++)
		err = image__list(native->images[i], native->calibration.price_ns, out);
	return err;
}

const struct frontend native_frontend = {
	.name = "native",
	.prepare = native_prepare,
	.list = native_list,
	.attach = native_attach,
	.detach = native_detach,
	.adjust = native_adjust,
	.collect = native_collect,
	.dump = native_dump,
	.close = native_close,
};
