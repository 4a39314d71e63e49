// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/native.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "flow/attribute.h"
#include "native/body_samples.h"
#include "native/estimated_report.h"
#include "native/image.h"
#include "native/image_plan.h"
#include "native/image_report.h"
#include "native/native_names.h"
#include "native/nomatch.h"
#include "native/owner_edges.h"
#include "probe/sites.h"
#include "sample/stack_sampler.h"

struct native {
	struct image **images; /* the objects that hold a selected function */
	size_t n_images;
	uint32_t n_sites;
	uint32_t n_probes; /* sites that carry one */
	bool every_line, all_jumps;
	const struct calibration *calibration; /* NULL before planning */
	const pid_t *pids;		       /* borrowed: processes that were running already */
	size_t n_pids;
	struct lprof_site *sites;
	struct sites part;	  /* the data of our session_part */
	struct owner_edges edges; /* of one owner at a time */
};

/* The selectors that apply to an object. */
struct selection {
	const struct selector **selectors;
	size_t *index; /* of each selector in the request */
	bool *matched;
	size_t n;
};

static void native_close(void *state)
{
	struct native *native = state;

	if (!native)
		return;
	for (size_t i = 0; i < native->n_images; i++)
		image__close(native->images[i]);
	free(native->images);
	free(native->sites);
	owner_edges__release(&native->edges);
	free(native);
}

/* Opens an image. Its debug information may be large, so the line of status tells the user what takes so long. */
static int open_with_progress(const struct image_request *request, const struct diag *diag, struct image **out)
{
	char what[PATH_MAX + 64];
	int err;

	snprintf(what, sizeof(what), "reading debug information of %s", request->object->name);
	status__begin(diag->status, what);
	err = image__open(request, diag, out);
	status__end(diag->status);
	return err;
}

/* Opens one object. If it cannot be profiled, that is an error only if the user named the object. */
static int open_image(struct native *native, const struct frontend_request *request, size_t index,
		      const struct selection *selection, const struct diag *diag)
{
	const struct target_object *object = &request->objects->items[index];
	bool named = request->one_object && request->search[index] == FRONTEND_ANY;
	struct image_request image_request = {
		.object = object,
		.selectors = selection->selectors,
		.n_selectors = selection->n,
		.matched = selection->matched,
		.must_have_info = named,
	};
	struct image *image;
	int err = open_with_progress(&image_request, diag, &image);

	if ((err == -ENOENT || err == -ENOEXEC || err == -EOPNOTSUPP) && !named)
		return 0;
	if (err == -ENOEXEC || err == -EOPNOTSUPP)
		diag__error(diag, "%s is %s; name an x86-64 executable or shared library", object->name,
			    err == -ENOEXEC ? "not an ELF file" : "not a program or library for this processor");
	if (err)
		return err;
	if (!image->functions.n) {
		image__close(image);
		return 0;
	}
	native->images[native->n_images++] = image;
	return 0;
}

static bool is_pattern(const struct selector *selector)
{
	unsigned first, last;

	return !selector__exact_name(selector) && !selector__lines(selector, &first, &last);
}

/*
 * Fills SELECTION with the selectors that apply to an object. A pattern applies to the main object, and to libraries
 * only if it matches nothing in the main object. HAD tells which selectors had matched before this pass over objects.
 */
static void select_for(const struct frontend_request *request, size_t object, const bool *had,
		       struct selection *selection)
{
	bool no_patterns = request->search[object] == FRONTEND_NAMED,
	     main_object = request->objects->items[object].main;

	selection->n = 0;
	for (size_t i = 0; i < request->n_selectors; i++) {
		if (is_pattern(request->selectors[i]) && (no_patterns || (!main_object && had[i])))
			continue;
		selection->matched[selection->n] = false;
		selection->index[selection->n] = i;
		selection->selectors[selection->n++] = request->selectors[i];
	}
}

static int open_selected(struct native *native, const struct frontend_request *request, bool *had,
			 struct selection *selection, const struct diag *diag)
{
	int err = 0;

	for (int main_objects = 1; !err && main_objects >= 0; main_objects--) {
		memcpy(had, request->matched, request->n_selectors * sizeof(*had));
		for (size_t i = 0; !err && i < request->objects->n; i++) {
			if (request->objects->items[i].main != main_objects || request->search[i] == FRONTEND_NONE)
				continue;
			select_for(request, i, had, selection);
			if (!selection->n)
				continue;
			err = open_image(native, request, i, selection, diag);
			for (size_t k = 0; k < selection->n; k++)
				request->matched[selection->index[k]] |= selection->matched[k];
		}
	}
	return err;
}

static int open_images(struct native *native, const struct frontend_request *request, const struct diag *diag)
{
	size_t n = request->n_selectors + 1;
	bool *had = calloc(n, sizeof(*had));
	struct selection selection = {
		.selectors = calloc(n, sizeof(struct selector *)),
		.index = calloc(n, sizeof(*selection.index)),
		.matched = calloc(n, sizeof(*selection.matched)),
	};
	int err = -ENOMEM;

	if (had && selection.selectors && selection.index && selection.matched)
		err = open_selected(native, request, had, &selection, diag);
	free(had);
	free(selection.selectors);
	free(selection.index);
	free(selection.matched);
	return err;
}

/* Makes the array of all sites that the BPF program reads. */
static int prepare_sites(struct native *native)
{
	uint32_t first_site = 0, first_body = 0;

	native->sites = calloc(native->n_sites, sizeof(*native->sites));
	if (!native->sites)
		return -ENOMEM;
	for (size_t i = 0; i < native->n_images; i++) {
		image__sites(native->images[i], first_site, first_body, native->calibration->kernel_ratio,
			     &native->sites[first_site]);
		first_site += native->images[i]->n_sites;
		first_body += native->images[i]->n_bodies;
	}
	return 0;
}

static int native_find(const struct frontend_request *request, const struct diag *diag, void **state)
{
	struct native *native = calloc(1, sizeof(*native));
	int err = -ENOMEM;

	*state = NULL;
	if (!native)
		return -ENOMEM;
	native->every_line = request->every_line;
	native->all_jumps = request->all_jumps;
	native->pids = request->pids;
	native->n_pids = request->n_pids;
	native->images = calloc(request->objects->n + 1, sizeof(struct image *));
	if (native->images)
		err = open_images(native, request, diag);
	if (!err && native->n_images) {
		*state = native;
		return 0;
	}
	native_close(native);
	return err;
}

static int plan_with_progress(struct image *image, const struct image_planning *planning, const struct diag *diag)
{
	char what[PATH_MAX + 64];
	int err;

	snprintf(what, sizeof(what), "planning the probes in %s", image->name);
	status__begin(diag->status, what);
	err = image__plan(image, planning, diag);
	status__end(diag->status);
	return err;
}

static int plan_images(struct native *native, const struct diag *diag)
{
	const struct image_planning planning = {
		.prices = native->calibration->price_ns,
		.every_line = native->every_line,
		.all_jumps = native->all_jumps,
		.pids = native->pids,
		.n_pids = native->n_pids,
	};
	int err = 0;

	for (size_t i = 0; !err && i < native->n_images; i++) {
		err = plan_with_progress(native->images[i], &planning, diag);
		native->n_sites += native->images[i]->n_sites;
		native->n_probes += native->images[i]->n_probes;
	}
	if (!err && !native->n_sites) {
		diag__error(diag, "the selected functions have no code that can be probed");
		err = -ENOTSUP;
	}
	return err;
}

static int native_plan(void *state, const struct calibration *calibration, const uint32_t *ratios,
		       const struct diag *diag)
{
	struct native *native = state;
	int err;

	(void)ratios;
	native->calibration = calibration;
	err = plan_images(native, diag);
	if (!err)
		err = owner_edges__init(&native->edges, native->images, native->n_images, native->n_sites);
	if (!err)
		err = prepare_sites(native);
	return err;
}

static int native_may_match(void *state, const struct frontend_request *request, const struct selector *selector,
			    const struct diag *diag)
{
	(void)state;
	nomatch__explain(selector, request, diag);
	return -ENOENT;
}

static void native_configure(void *state, const struct session_config *config, struct session_part *part)
{
	struct native *native = state;

	(void)config;
	native->part = (struct sites){
		.items = native->sites,
		.n = native->n_sites,
		.some_spared = native->n_probes < native->n_sites,
	};
	*part = (struct session_part){&sites__kind, &native->part};
}

/* Gives each image's sites to ADD, which is session__attach() or session__add_object(). */
static int add_objects(struct native *native, struct session *session, const struct diag *diag,
		       int (*add)(struct session *, const struct session_object *, const struct diag *))
{
	uint32_t first_site = 0;
	int err = 0;

	for (size_t i = 0; !err && i < native->n_images; i++)
		err = image__check(native->images[i], native->pids, native->n_pids, diag);
	for (size_t i = 0; !err && i < native->n_images; i++) {
		const struct image *image = native->images[i];
		struct session_object object = {
			.kind = &sites__kind,
			.name = image->name,
			.path = image->path,
			.offsets = image->offsets,
			.count_program = SESSION_COUNT,
			.first_site = first_site,
			.n = image->n_probes,
			.sites = image->n_probes < image->n_sites ? image->probed : NULL,
		};

		first_site += image->n_sites;
		err = add(session, &object, diag);
	}
	return err;
}

static int native_attach(void *state, struct session *session, const struct diag *diag)
{
	return add_objects(state, session, diag, session__attach);
}

/* What THROTTLE is told of the sites of a body. */
static void describe_sites(const struct native *native, const struct plan *plan, struct throttle_site *sites)
{
	for (uint32_t s = 0; s < plan->n_sites; s++) {
		sites[s].price_ns =
			(float)native->calibration->price_ns[plan->cfg->insns[plan->sites[s].insn].insn.probe];
		for (int taken = 0; taken < 2; taken++)
			sites[s].least_ns[taken] = (float)attribute__least_cost(plan, s, taken);
	}
}

static int submit_bodies(const struct native *native, const struct image *image, uint32_t first_site,
			 struct throttle *throttle)
{
	struct throttle_site *sites = calloc(image->n_sites + 1ul, sizeof(*sites));
	int err = sites ? 0 : -ENOMEM;

	for (size_t b = 0; !err && b < image->n_bodies; b++) {
		const struct plan *plan = image->bodies[b].plan;

		describe_sites(native, plan, sites);
		err = throttle__add_body(throttle, first_site, plan->n_sites, sites);
		first_site += plan->n_sites;
	}
	free(sites);
	return err;
}

static int native_submit(void *state, struct session *session, struct throttle *throttle, const struct diag *diag)
{
	struct native *native = state;
	uint32_t first_site = 0;
	int err = add_objects(native, session, diag, session__add_object);

	for (size_t i = 0; !err && i < native->n_images; i++) {
		err = submit_bodies(native, native->images[i], first_site, throttle);
		first_site += native->images[i]->n_sites;
	}
	return err;
}

static int native_weigh(void *state, const struct counters *counters, struct estimate_run *run)
{
	struct native *native = state;
	int err = 0;

	for (size_t i = 0; !err && i < counters->n_owners; i++) {
		err = owner_edges__count(&native->edges, counters, &counters->owners[i]);
		if (!err)
			owner_edges__weigh(&native->edges, &counters->owners[i], run);
	}
	return err;
}

/* Fills native->edges with an owner's edges, without the cost of the probes. */
static int estimate_edges(struct native *native, const struct frontend_measurement *measurement,
			  const struct counters_owner *owner)
{
	int err = owner_edges__count(&native->edges, measurement->counters, owner);

	return err ? err
		   : owner_edges__time(&native->edges, owner, &measurement->run, &measurement->scale,
				       measurement->clock == PROFILE_CLOCK_CPU);
}

/* What a throttle has to do with the report of an image. */
struct throttled {
	const struct throttle *throttle;
	const struct window_log *log;
	uint32_t first_site;		     /* the image's first site in the run */
	const struct stack_sampler *sampler; /* NULL: nothing was sampled */
};

/* Adds an image's functions that a throttle put in and out. 0 or -ENOMEM. */
static int report_throttled(const struct image *image, const struct attribute_edge *edges,
			    const struct throttled *throttled, const struct profile_owner *who, struct profile *profile)
{
	double *own_ns = calloc(image->n_bodies + 1, sizeof(*own_ns));
	struct own_samples samples = {0};
	const struct estimated_report report = {
		.image = image,
		.exact = edges,
		.own_ns = own_ns,
		.log = who->pid ? NULL : throttled->log,
		.first_site = throttled->first_site,
		.samples = throttled->sampler ? &samples : NULL,
	};
	uint32_t site = throttled->first_site;
	int err = 0;

	if (!own_ns)
		return -ENOMEM;
	for (size_t b = 0; b < image->n_bodies; b++) {
		own_ns[b] = throttle__windows_only_ns(throttled->throttle, site);
		site += image->bodies[b].plan->n_sites;
	}
	if (throttled->sampler && report.log)
		err = stack_sampler__own(throttled->sampler, image->dev, image->ino, &samples);
	if (!err)
		err = estimated_report__add(&report, who, profile);
	own_samples__release(&samples);
	free(own_ns);
	return err;
}

static int report_owner(struct native *native, const struct frontend_measurement *measurement,
			const struct window_log *log, const struct counters_owner *owner, struct profile *profile)
{
	const struct profile_owner who = frontend__owner(owner);
	struct throttled throttled = {
		.throttle = measurement->throttle,
		.log = log,
		.sampler = measurement->sampler,
	};
	int err = 0;

	for (size_t i = 0; !err && i < native->n_images; i++) {
		const struct image *image = native->images[i];
		const struct attribute_edge *edges = native->edges.items + 2 * (size_t)throttled.first_site;

		err = throttled.throttle ? report_throttled(image, edges, &throttled, &who, profile)
					 : image__report(image, edges, &who, profile);
		throttled.first_site += image->n_sites;
	}
	return err;
}

/* The part of their time that the targets spend in those of the image's bodies that are counted in windows only. */
static int add_share(const struct image *image, uint32_t site, const struct frontend_measurement *measurement,
		     double *share)
{
	struct own_samples samples = {0};
	int err = stack_sampler__own(measurement->sampler, image->dev, image->ino, &samples);

	for (size_t b = 0; !err && samples.all_ns && b < image->n_bodies; b++) {
		const struct plan *plan = image->bodies[b].plan;

		if (throttle__windows_only_ns(measurement->throttle, site) > 0)
			*share += body_samples__sum(plan, &samples).cpu_ns / (double)samples.all_ns;
		site += plan->n_sites;
	}
	own_samples__release(&samples);
	return err;
}

/* What the windows have counted, and how long they were. 0 or -ENOMEM. */
static int read_log(const struct native *native, const struct frontend_measurement *measurement,
		    struct window_log **out)
{
	uint32_t site = 0;
	double share = 0;
	int err = 0;

	for (size_t i = 0; !err && measurement->sampler && i < native->n_images; i++) {
		err = add_share(native->images[i], site, measurement, &share);
		site += native->images[i]->n_sites;
	}
	*out = err ? NULL : throttle__log(measurement->throttle, share);
	return *out ? 0 : -ENOMEM;
}

static int report_owners(struct native *native, const struct frontend_measurement *measurement, struct profile *profile)
{
	const struct counters *counters = measurement->counters;
	struct window_log *log = NULL;
	int err = measurement->throttle ? read_log(native, measurement, &log) : 0;

	for (size_t i = 0; !err && i < counters->n_owners; i++) {
		err = estimate_edges(native, measurement, &counters->owners[i]);
		if (!err)
			err = report_owner(native, measurement, log, &counters->owners[i], profile);
	}
	window_log__free(log);
	return err;
}

static double scaled_us(const struct native *native, const struct estimate_scale *scale, enum insn_probe class)
{
	return scale->factor * native->calibration->price_ns[class] / 1e3;
}

/* Says what a hit costs, and how uncertain that is, if that matters for any function from index FIRST on. */
static int note_prices(const struct native *native, const struct estimate_scale *scale, size_t first,
		       struct profile *profile)
{
	if (!profile__is_uncertain(profile, first))
		return 0;
	return profile__add_note(profile,
				 "~ the time is within the uncertainty of what the probes cost, %.2f us a jump "
				 "or call, %.1f us another instruction, give or take %.0f %%",
				 scaled_us(native, scale, INSN_PROBE_JCC), scaled_us(native, scale, INSN_PROBE_STEP),
				 200 * scale->doubt);
}

/* Says why hits are missing where owners are told apart. */
static int note_apart(const struct native *native, const struct frontend_measurement *measurement,
		      struct profile *profile)
{
	uint32_t first_site = 0;
	double out_ns = 0;

	if (!measurement->throttle || !measurement->apart)
		return 0;
	for (size_t i = 0; i < native->n_images; i++)
		for (size_t b = 0; b < native->images[i]->n_bodies; b++) {
			out_ns += throttle__windows_only_ns(measurement->throttle, first_site);
			first_site += native->images[i]->bodies[b].plan->n_sites;
		}
	if (out_ns <= 0)
		return 0;
	return profile__add_note(profile, "within the budget, some functions are hit too often to be counted all the "
					  "time, and what is counted now and then is not told apart by process or "
					  "thread: they have no hits; add --max-overhead none for all hits");
}

static int native_collect(void *state, const struct frontend_measurement *measurement, struct profile *profile)
{
	struct native *native = state;
	size_t first = profile->n_functions;
	int err = report_owners(native, measurement, profile);

	profile->probe.sites += native->n_probes;
	if (!err)
		err = note_apart(native, measurement, profile);
	return err ? err : note_prices(native, &measurement->scale, first, profile);
}

static int native_dump(void *state, const struct frontend_measurement *measurement, FILE *out)
{
	struct native *native = state;
	const struct attribute_edge *edges = native->edges.items;
	int err = 0;

	if (measurement->counters->n_owners)
		err = estimate_edges(native, measurement, &measurement->counters->owners[0]);
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
		err = image_plan__list(native->images[i], native->calibration->price_ns, out);
	return err;
}

const struct frontend native_frontend = {
	.name = "native",
	.kind = &sites__kind,
	.find = native_find,
	.plan = native_plan,
	.may_match = native_may_match,
	.list_names = native_names__list,
	.list = native_list,
	.configure = native_configure,
	.attach = native_attach,
	.submit = native_submit,
	.weigh = native_weigh,
	.collect = native_collect,
	.dump = native_dump,
	.close = native_close,
};
