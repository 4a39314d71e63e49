// SPDX-License-Identifier: GPL-2.0-or-later
#include "profiler/profiler.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "profiler/frontend.h"

#define MANY_UNKNOWN_FRAMES 1000

/* In this order: an interpreter's object is not searched for native functions, and it costs more to calibrate. */
enum { FRONTEND_PYTHON, FRONTEND_NATIVE, N_FRONTENDS };

static const struct frontend *const frontends[N_FRONTENDS] = {
	[FRONTEND_PYTHON] = &python_frontend,
	[FRONTEND_NATIVE] = &native_frontend,
};

struct profiler {
	struct calibration calibration;
	enum profile_clock clock;
	enum profile_by by;
	bool empty_probe;
	void *states[N_FRONTENDS]; /* NULL: has nothing to do */
	struct session *session;
	bool unfinished; /* the kernel may still have been counting when the counters were read last */
	/* Of the last reading: */
	struct counters counters;
	struct frontend_measurement measurement;
};

void profiler__close(struct profiler *profiler)
{
	if (!profiler)
		return;
	session__close(profiler->session);
	for (size_t i = 0; i < N_FRONTENDS; i++)
		if (profiler->states[i])
			frontends[i]->close(profiler->states[i]);
	counters__release(&profiler->counters);
	free(profiler);
}

/* Of a selector that matches nothing yet. */
static int check_unmatched(struct profiler *profiler, const struct frontend_request *request,
			   const struct selector *selector, const struct diag *diag)
{
	int verdict = 1;

	for (size_t i = 0; verdict > 0 && i < N_FRONTENDS; i++)
		verdict = frontends[i]->may_match(profiler->states[i], request, selector, diag);
	return verdict > 0 ? -ENOENT : verdict;
}

/* The defaults will do where nothing can be measured. */
static void calibrate(struct profiler *profiler, const struct diag *diag)
{
	unsigned what = profiler->by ? CALIBRATE_APART : 0;

	if (profiler->states[FRONTEND_PYTHON])
		what |= CALIBRATE_PYTHON;
	(void)calibrate__get(what, diag, &profiler->calibration);
}

static int prepare_frontends(struct profiler *profiler, struct frontend_request *request, const struct diag *diag)
{
	int err = 0;

	request->matched = calloc(request->n_selectors + 1, sizeof(*request->matched));
	request->search = calloc(request->objects->n + 1, sizeof(*request->search));
	if (!request->matched || !request->search)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < N_FRONTENDS; i++) {
		if (i == FRONTEND_NATIVE)
			calibrate(profiler, diag);
		err = frontends[i]->prepare(request, diag, &profiler->states[i]);
	}
	for (size_t i = 0; !err && i < request->n_selectors; i++)
		if (!request->matched[i])
			err = check_unmatched(profiler, request, request->selectors[i], diag);
	free(request->matched);
	free(request->search);
	return err;
}

static struct frontend_request request_of(const struct profiler_request *request)
{
	return (struct frontend_request){
		.objects = request->objects,
		.interpreters = request->interpreters,
		.selectors = request->selectors,
		.n_selectors = request->n_selectors,
		.pids = request->pids,
		.n_pids = request->n_pids,
		.one_object = request->one_object,
		.every_line = request->every_line,
		.source_dirs = request->source_dirs,
	};
}

int profiler__list_names(const struct profiler_request *request, const struct diag *diag, FILE *out)
{
	struct frontend_request each = request_of(request);
	int err = 0;

	for (size_t i = 0; !err && i < N_FRONTENDS; i++)
		if (frontends[i]->list_names)
			err = frontends[i]->list_names(&each, diag, out);
	return err;
}

int profiler__prepare(const struct profiler_request *request, const struct diag *diag, struct profiler **out)
{
	struct profiler *profiler = calloc(1, sizeof(*profiler));
	struct frontend_request each = request_of(request);
	int err;

	if (!profiler)
		return -ENOMEM;
	profiler->clock = request->clock;
	profiler->by = request->by;
	profiler->empty_probe = request->empty_probe;
	each.calibration = &profiler->calibration;
	err = prepare_frontends(profiler, &each, diag);
	if (err) {
		profiler__close(profiler);
		return err;
	}
	*out = profiler;
	return 0;
}

int profiler__list(struct profiler *profiler, FILE *out)
{
	int err = 0;

	for (size_t i = 0; !err && i < N_FRONTENDS; i++)
		if (profiler->states[i])
			err = frontends[i]->list(profiler->states[i], out);
	return err;
}

int profiler__attach(struct profiler *profiler, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		     const struct diag *diag)
{
	struct session_config config = {
		.pids = pids,
		.n_pids = n_pids,
		.prices = profiler->calibration.prices,
		.by = (enum lprof_by)profiler->by,
		.empty_probe = profiler->empty_probe,
	};
	int err;

	for (size_t i = 0; i < N_FRONTENDS; i++)
		if (profiler->states[i])
			frontends[i]->configure(profiler->states[i], &config);
	err = session__open(&config, diag, &profiler->session);
	for (size_t i = 0; !err && i < N_FRONTENDS; i++)
		if (profiler->states[i])
			err = frontends[i]->attach(profiler->states[i], profiler->session, diag);
	if (err) {
		session__close(profiler->session);
		profiler->session = NULL;
		return err;
	}
	session__start(profiler->session, duration_ns);
	return 0;
}

int profiler__detach(struct profiler *profiler, const struct diag *diag)
{
	int err = session__detach(profiler->session, diag);

	profiler->unfinished = err == -ETIMEDOUT;
	return err == -EPIPE ? err : 0;
}

int profiler__adjust(struct profiler *profiler)
{
	int err = session__adjust(profiler->session);

	for (size_t i = 0; i < N_FRONTENDS; i++)
		if (profiler->states[i] && frontends[i]->adjust)
			frontends[i]->adjust(profiler->states[i]);
	return err;
}

/* The front-end that has a descriptor to wait for, or N_FRONTENDS. */
static size_t find_waiting(const struct profiler *profiler, int *fd)
{
	for (size_t i = 0; i < N_FRONTENDS; i++) {
		*fd = profiler->states[i] && frontends[i]->wake_fd ? frontends[i]->wake_fd(profiler->states[i]) : -1;
		if (*fd >= 0)
			return i;
	}
	return N_FRONTENDS;
}

int profiler__wake_fd(const struct profiler *profiler)
{
	int fd;

	(void)find_waiting(profiler, &fd);
	return fd;
}

void profiler__wake(struct profiler *profiler)
{
	int fd;
	size_t i = find_waiting(profiler, &fd);

	if (i < N_FRONTENDS)
		frontends[i]->wake(profiler->states[i]);
}

/* The relative uncertainty of the dearest doubt among the prices. */
static double price_doubt(const struct calibration *calibration)
{
	double doubt = 0;

	for (int i = 0; i < INSN_PROBE_CLASSES; i++)
		doubt = fmax(doubt, (double)calibration->uncertainty_ns[i] / calibration->price_ns[i]);
	return doubt;
}

static int measure(struct profiler *profiler)
{
	const struct counters_stats *stats = &profiler->counters.stats;
	struct estimate_run *run = &profiler->measurement.run;
	int err;

	counters__release(&profiler->counters);
	err = session__collect(profiler->session, &profiler->counters);
	if (err)
		return err;
	profiler->measurement.counters = &profiler->counters;
	profiler->measurement.clock = profiler->clock;
	*run = (struct estimate_run){
		.cpu_ns = (double)stats->cpu_ns,
		.probe_ns = (double)stats->probe_ns,
		.price_doubt = price_doubt(&profiler->calibration),
		.n_samples = (double)stats->samples,
		.sampled_ns = (double)stats->sampled_ns,
		.sampled_probe_ns = (double)stats->sampled_probe_ns,
	};
	for (size_t i = 0; i < N_FRONTENDS; i++)
		if (profiler->states[i] && frontends[i]->weigh)
			frontends[i]->weigh(profiler->states[i], &profiler->counters, run);
	profiler->measurement.scale = estimate__scale(run);
	return 0;
}

/* Less than a hundredth of the run is not worth a word. */
static int note_overhead(struct profile *profile)
{
	if (profile->probe.overhead_ns <= profile->duration_ns / 100)
		return 0;
	return profile__add_note(profile, "probing took %.3g s of the target's time, %llu hits; it is not in the table",
				 (double)profile->probe.overhead_ns / 1e9, (unsigned long long)profile->probe.hits);
}

/* What was lost, or may be wrong. */
static int note_losses(const struct counters_stats *stats, struct profile *profile)
{
	const struct {
		uint64_t n, most;
		const char *text;
	} losses[] = {
		{stats->missed, 0, "hits were missed by the kernel; hits are too low by as many"},
		{stats->edges_dropped, 0,
		 "hits could not be counted for lack of room for so many processes, threads or lines"},
		{stats->unreadable, 0,
		 "events of an interpreter were not counted: it does not keep its frames where its version does"},
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

int profiler__collect(struct profiler *profiler, struct profile *profile)
{
	const struct frontend_measurement *measurement = &profiler->measurement;
	int err = measure(profiler);

	if (err)
		return err;
	profile->probe.hits = profiler->counters.stats.hits;
	profile->probe.missed = profiler->counters.stats.missed;
	profile->probe.target_ns = profiler->counters.stats.cpu_ns;
	profile->probe.overhead_ns = (uint64_t)(measurement->scale.factor * measurement->run.probe_ns);
	for (size_t i = 0; !err && i < N_FRONTENDS; i++)
		if (profiler->states[i])
			err = frontends[i]->collect(profiler->states[i], measurement, profile);
	if (!err)
		err = note_overhead(profile);
	if (!err && profiler->unfinished)
		err = profile__add_note(profile,
					"so many threads wanted to run that the kernel did not finish taking the "
					"probes out in time: of each thread the last hit may be missing");
	return err ? err : note_losses(&profiler->counters.stats, profile);
}

int profiler__dump(struct profiler *profiler, FILE *out)
{
	int err = measure(profiler);

	for (size_t i = 0; !err && i < N_FRONTENDS; i++)
		if (profiler->states[i] && frontends[i]->dump)
			err = frontends[i]->dump(profiler->states[i], &profiler->measurement, out);
	return err;
}
