// SPDX-License-Identifier: GPL-2.0-or-later
#include "profiler/profiler.h"

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "probe/calibrate.h"
#include "probe/sampler.h"
#include "profile/stacks.h"
#include "profiler/frontend.h"
#include "profiler/profile_time.h"
#include "sample/stack_sampler.h"

#define MANY_UNKNOWN_FRAMES 1000 /* fewer hits in unknown frames are not reported */

#define MOST_FRONTENDS CALIBRATION_KINDS

/* A front-end of this run. */
struct part {
	const struct frontend *ops;
	void *state;		/* NULL: it has nothing to do in this run */
	const uint32_t *ratios; /* the calibrated ratios of its BPF programs, in profiler.calibration */
};

struct profiler {
	struct calibration calibration;
	enum profile_clock clock;
	enum profile_by by;
	bool empty_probe;
	struct throttle_budget budget;
	struct throttle *throttle; /* NULL: nothing bounds what profiling takes */
	int throttle_err;	   /* what it has failed with since it was last asked */
	bool one_object;	   /* the user named the object */
	bool growing;		   /* processes may be added */
	bool was_certain;	   /* profiler__is_certain(), when it was prepared */
	bool equipped;		   /* what the target is to be given is known */
	bool after_exec;	   /* the process is to be sampled once it has executed a command */
	struct part parts[MOST_FRONTENDS];
	size_t n_parts;
	struct session *session;
	struct stack_sampler *sampler; /* borrowed; NULL: no stacks are sampled */
	bool kept;		       /* the counters were read for the last time */
	bool sampling;		       /* it takes samples of the session */
	int no_samples;		       /* why the session has none; as session__sampling() returned it */
	int wake_fd;		       /* an epoll instance of the front-ends' descriptors; -1: they have none */
	bool unfinished; /* detaching took too long: the kernel may still have been counting when counters were read */
	/* Both are of the last reading. */
	struct counters counters;
	struct frontend_measurement measurement;
};

static void stop_watching(struct profiler *profiler)
{
	if (profiler->wake_fd >= 0)
		close(profiler->wake_fd);
	profiler->wake_fd = -1;
}

static void end_samples(struct profiler *profiler)
{
	if (profiler->sampling)
		stack_sampler__end(profiler->sampler);
	profiler->sampling = false;
}

void profiler__close(struct profiler *profiler)
{
	if (!profiler)
		return;
	end_samples(profiler);
	session__close(profiler->session);
	for (size_t i = 0; i < profiler->n_parts; i++)
		if (profiler->parts[i].state)
			profiler->parts[i].ops->close(profiler->parts[i].state);
	stop_watching(profiler);
	throttle__free(profiler->throttle);
	counters__release(&profiler->counters);
	free(profiler);
}

static int find_in(struct profiler *profiler, const struct frontend_request *request, const struct diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < profiler->n_parts; i++)
		err = profiler->parts[i].ops->find(request, diag, &profiler->parts[i].state);
	return err;
}

/* Asks the front-ends about a selector that matches nothing yet. 0 if it may match later, or -errno. */
static int check_unmatched(struct profiler *profiler, const struct frontend_request *request,
			   const struct selector *selector, const struct diag *diag)
{
	int verdict = 1;

	for (size_t i = 0; verdict > 0 && i < profiler->n_parts; i++)
		verdict = profiler->parts[i].ops->may_match(profiler->parts[i].state, request, selector, diag);
	return verdict > 0 ? -ENOENT : verdict;
}

static bool has_found(const struct profiler *profiler)
{
	for (size_t i = 0; i < profiler->n_parts; i++)
		if (profiler->parts[i].state)
			return true;
	return false;
}

bool profiler__is_certain(const struct profiler *profiler)
{
	for (size_t i = 0; i < profiler->n_parts; i++) {
		const struct part *part = &profiler->parts[i];

		if (part->state && (!part->ops->is_certain || part->ops->is_certain(part->state)))
			return true;
	}
	return false;
}

/* OPTIONAL: some selectors may select nothing. */
static int find(struct profiler *profiler, struct frontend_request *request, bool optional, const struct diag *diag)
{
	int err = -ENOMEM;

	request->matched = calloc(request->n_selectors + 1, sizeof(*request->matched));
	request->search = calloc(request->objects->n + 1, sizeof(*request->search));
	if (request->matched && request->search)
		err = find_in(profiler, request, diag);
	for (size_t i = 0; !err && !optional && i < request->n_selectors; i++)
		if (!request->matched[i])
			err = check_unmatched(profiler, request, request->selectors[i], diag);
	free(request->matched);
	free(request->search);
	return err || !optional || has_found(profiler) ? err : -ENOENT;
}

/* Calibrates for the front-ends that have found something. If nothing can be measured, there are default prices. */
static void calibrate(struct profiler *profiler, const struct diag *diag)
{
	struct calibration_request request = {
		.apart = profiler->by != PROFILE_BY_NOTHING,
		.budgeted = profiler->budget.percent > 0,
	};

	for (size_t i = 0; i < profiler->n_parts; i++) {
		struct part *part = &profiler->parts[i];

		if (!part->state || !part->ops->calibrated)
			continue;
		part->ratios = profiler->calibration.kind_ratios[request.n_kinds];
		request.kinds[request.n_kinds++] = part->ops->calibrated;
	}
	(void)calibrate__get(&request, diag, &profiler->calibration);
}

static int plan(struct profiler *profiler, const struct diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < profiler->n_parts; i++) {
		struct part *part = &profiler->parts[i];

		if (part->state)
			err = part->ops->plan(part->state, &profiler->calibration, part->ratios, diag);
	}
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
		.command = request->command,
		.executed = request->executed,
		.one_object = request->one_object,
		.every_line = request->every_line,
		.budget = request->budget,
		/* What is estimated within a budget needs the counts of all sites. */
		.all_jumps = request->all_jumps || request->budget.percent > 0,
		.samples = request->samples,
		.source_dirs = request->source_dirs,
	};
}

int profiler__list_names(const struct profiler_request *request, const struct diag *diag, FILE *out)
{
	struct frontend_request each = request_of(request);
	int err = 0;

	for (size_t i = 0; !err && i < request->n_frontends; i++)
		if (request->frontends[i]->list_names)
			err = request->frontends[i]->list_names(&each, diag, out);
	return err;
}

int profiler__prepare(const struct profiler_request *request, const struct diag *diag, struct profiler **out)
{
	struct frontend_request each = request_of(request);
	struct profiler *profiler;
	int err;

	if (request->n_frontends > MOST_FRONTENDS)
		return -E2BIG;
	profiler = calloc(1, sizeof(*profiler));
	if (!profiler)
		return -ENOMEM;
	profiler->wake_fd = -1;
	profiler->clock = request->clock;
	profiler->by = request->by;
	profiler->empty_probe = request->empty_probe;
	profiler->budget = request->budget;
	profiler->one_object = request->one_object;
	profiler->growing = request->growing;
	profiler->after_exec = request->command && !request->executed;
	profiler->sampler = request->sampler;
	for (size_t i = 0; i < request->n_frontends; i++)
		profiler->parts[profiler->n_parts++].ops = request->frontends[i];
	err = find(profiler, &each, request->optional, diag);
	if (!err) {
		calibrate(profiler, diag);
		err = plan(profiler, diag);
	}
	if (err) {
		profiler__close(profiler);
		return err;
	}
	profiler->was_certain = profiler__is_certain(profiler);
	*out = profiler;
	return 0;
}

bool profiler__was_certain(const struct profiler *profiler)
{
	return profiler->was_certain;
}

int profiler__list(struct profiler *profiler, FILE *out)
{
	int err = 0;

	for (size_t i = 0; !err && i < profiler->n_parts; i++)
		if (profiler->parts[i].state)
			err = profiler->parts[i].ops->list(profiler->parts[i].state, out);
	return err;
}

int profiler__equip(struct profiler *profiler, struct target_equipment *equipment, const struct diag *diag)
{
	int err = 0;

	profiler->equipped = true;
	for (size_t i = 0; !err && i < profiler->n_parts; i++) {
		const struct part *part = &profiler->parts[i];

		if (part->state && part->ops->equip)
			err = part->ops->equip(part->state, profiler->clock, profiler->by, equipment, diag);
	}
	return err;
}

/* Opens the session with the parts that the front-ends want. */
static int open_session(struct profiler *profiler, const pid_t *pids, size_t n_pids, const struct diag *diag)
{
	struct session_part parts[MOST_FRONTENDS] = {0};
	struct session_config config = {
		.parts = parts,
		.pids = pids,
		.n_pids = n_pids,
		.prices = profiler->calibration.prices,
		.by = (enum lprof_by)profiler->by,
		.growing = profiler->growing && n_pids,
		.after_exec = profiler->after_exec,
		.sampled = profiler->sampler && stack_sampler__count(profiler->sampler),
		.n_unwind_rows = profiler->sampler ? stack_sampler__rows(profiler->sampler) : 0,
		.own = !profiler->one_object,
		.empty_probe = profiler->empty_probe,
		.budgeted = profiler->budget.percent > 0,
	};

	for (size_t i = 0; i < profiler->n_parts; i++) {
		const struct part *part = &profiler->parts[i];

		if (!part->state)
			continue;
		part->ops->configure(part->state, &config, &parts[config.n_parts]);
		config.n_parts += parts[config.n_parts].kind != NULL;
	}
	return session__open(&config, diag, &profiler->session);
}

static int watch_fd(struct profiler *profiler, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (profiler->wake_fd < 0)
		profiler->wake_fd = epoll_create1(EPOLL_CLOEXEC);
	return profiler->wake_fd < 0 || epoll_ctl(profiler->wake_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Joins the descriptors that the front-ends wait for into one, wake_fd. */
static int watch(struct profiler *profiler, const struct diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < profiler->n_parts; i++) {
		const struct part *part = &profiler->parts[i];
		int fd = part->state && part->ops->wake_fd ? part->ops->wake_fd(part->state) : -1;

		if (fd >= 0)
			err = watch_fd(profiler, fd);
	}
	if (!err && profiler->sampling)
		err = watch_fd(profiler, stack_sampler__fd(profiler->sampler));
	if (!err && profiler->throttle)
		err = watch_fd(profiler, throttle__fd(profiler->throttle));
	if (err)
		diag__error(diag, "cannot wait for messages of the BPF programs: %s", strerror(-err));
	return err;
}

/* Begins to take samples. If the session has none, functions that -f names are counted all the same. */
static int begin_samples(struct profiler *profiler, const pid_t *pids, size_t n_pids, const struct diag *diag)
{
	char reason[256];
	int err;

	/* Otherwise the program is none that is profiled, but may start one. */
	if (!profiler->sampler || (has_found(profiler) && !profiler->was_certain))
		return 0;
	profiler->no_samples = session__sampling(profiler->session);
	if (!profiler->no_samples) {
		err = stack_sampler__begin(profiler->sampler, profiler->session, pids, n_pids, diag);
		profiler->sampling = !err;
		return err;
	}
	if (has_found(profiler))
		return 0;
	sampler__explain(profiler->no_samples, reason, sizeof(reason));
	diag__error(diag,
		    "no stacks can be sampled here, so only functions that -f names can be profiled, without "
		    "--no-probes and --functions: %s",
		    reason);
	return profiler->no_samples;
}

static int attach_part(struct profiler *profiler, const struct part *part, const struct diag *diag)
{
	if (!part->state)
		return 0;
	if (profiler->throttle && part->ops->submit)
		return part->ops->submit(part->state, profiler->session, profiler->throttle, diag);
	return part->ops->attach(part->state, profiler->session, diag);
}

/* Attaches the front-ends, or has a throttle put their probes in and out. */
static int attach_parts(struct profiler *profiler, const struct diag *diag)
{
	int err = 0;

	if (profiler->budget.percent > 0 && has_found(profiler)) {
		profiler->throttle = throttle__new(&profiler->budget, session__n_sites(profiler->session));
		if (!profiler->throttle)
			return -ENOMEM;
	}
	for (size_t i = 0; !err && i < profiler->n_parts; i++)
		err = attach_part(profiler, &profiler->parts[i], diag);
	return err ? err : session__check_processes(profiler->session, diag);
}

static uint64_t count_samples(const struct profiler *profiler)
{
	return profiler->sampling ? stack_sampler__count(profiler->sampler) : 0;
}

/* Begins to count. */
static int start(struct profiler *profiler, uint64_t duration_ns, const struct diag *diag)
{
	int err;

	session__start(profiler->session, duration_ns);
	err = profiler->throttle ? throttle__begin(profiler->throttle, profiler->session, count_samples(profiler), diag)
				 : 0;
	return err ? err : watch(profiler, diag);
}

int profiler__attach(struct profiler *profiler, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		     const struct diag *diag)
{
	int err = profiler->equipped ? 0 : profiler__equip(profiler, NULL, diag);

	if (!err)
		err = open_session(profiler, pids, n_pids, diag);
	if (!err)
		err = begin_samples(profiler, pids, n_pids, diag);
	if (!err)
		err = attach_parts(profiler, diag);
	if (!err)
		err = start(profiler, duration_ns, diag);
	/* Planning and loading took and freed much memory. An agent that runs for weeks gives it back. */
	malloc_trim(0);
	if (!err)
		return 0;
	stop_watching(profiler);
	end_samples(profiler);
	throttle__free(profiler->throttle);
	profiler->throttle = NULL;
	session__close(profiler->session);
	profiler->session = NULL;
	return err;
}

int profiler__adopt(struct profiler *profiler, pid_t pid)
{
	return session__adopt(profiler->session, pid);
}

void profiler__executed(struct profiler *profiler, pid_t pid)
{
	for (size_t i = 0; i < profiler->n_parts; i++)
		if (profiler->parts[i].state && profiler->parts[i].ops->executed)
			profiler->parts[i].ops->executed(profiler->parts[i].state, pid);
}

int profiler__detach(struct profiler *profiler, const struct diag *diag)
{
	int err;

	for (size_t i = 0; i < profiler->n_parts; i++)
		if (profiler->parts[i].state && profiler->parts[i].ops->stop)
			profiler->parts[i].ops->stop(profiler->parts[i].state);
	if (profiler->throttle)
		throttle__end(profiler->throttle);
	err = session__detach(profiler->session, diag);
	stop_watching(profiler);
	end_samples(profiler);
	profiler->unfinished = err == -ETIMEDOUT;
	return err == -EPIPE ? err : 0;
}

/* Looks after the budget. 0, or what the throttle has failed with since the last time. */
static int throttle(struct profiler *profiler)
{
	int err = profiler->throttle_err;

	if (!err)
		err = throttle__tick(profiler->throttle, count_samples(profiler));
	/* The end of a process is seen elsewhere. */
	return err == -ESRCH ? 0 : err;
}

int profiler__adjust(struct profiler *profiler)
{
	int err = session__adjust(profiler->session);

	if (!err && profiler->throttle)
		err = throttle(profiler);
	if (profiler->sampling)
		stack_sampler__take(profiler->sampler);
	for (size_t i = 0; i < profiler->n_parts; i++)
		if (profiler->parts[i].state && profiler->parts[i].ops->adjust)
			profiler->parts[i].ops->adjust(profiler->parts[i].state);
	return err;
}

int profiler__wake_fd(const struct profiler *profiler)
{
	return profiler->wake_fd;
}

void profiler__wake(struct profiler *profiler, const struct diag *diag)
{
	if (profiler->throttle && !profiler->throttle_err)
		profiler->throttle_err = throttle__run(profiler->throttle, diag);
	if (profiler->sampling)
		stack_sampler__take(profiler->sampler);
	for (size_t i = 0; i < profiler->n_parts; i++)
		if (profiler->parts[i].state && profiler->parts[i].ops->wake)
			profiler->parts[i].ops->wake(profiler->parts[i].state);
}

/* The largest relative uncertainty among the prices. */
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

	if (profiler->kept)
		return 0;
	counters__release(&profiler->counters);
	err = session__collect(profiler->session, &profiler->counters);
	if (err)
		return err;
	profiler->measurement.counters = &profiler->counters;
	profiler->measurement.clock = profiler->clock;
	profiler->measurement.apart = profiler->by != PROFILE_BY_NOTHING;
	profiler->measurement.throttle = profiler->throttle;
	profiler->measurement.sampler = profiler->sampler;
	*run = (struct estimate_run){
		.cpu_ns = (double)stats->cpu_ns,
		.probe_ns = (double)stats->probe_ns,
		.price_doubt = price_doubt(&profiler->calibration),
	};
	/* Within a budget, probes are in and out, and a thread is sampled when none is in as well. */
	if (!profiler->throttle) {
		run->n_samples = (double)stats->samples;
		run->sampled_ns = (double)stats->sampled_ns;
		run->sampled_probe_ns = (double)stats->sampled_probe_ns;
	}
	for (size_t i = 0; !err && i < profiler->n_parts; i++)
		if (!profiler->throttle && profiler->parts[i].state && profiler->parts[i].ops->weigh)
			err = profiler->parts[i].ops->weigh(profiler->parts[i].state, &profiler->counters, run);
	profiler->measurement.scale = estimate__scale(run);
	return err;
}

int profiler__keep(struct profiler *profiler)
{
	int err = measure(profiler);

	profiler->kept = !err;
	return err;
}

/* Notes what a budget would give where probing took nearly all of the target's time. */
static int note_budget(struct profile *profile)
{
	double share = (double)profile->probe.overhead_ns / (double)profile->probe.target_ns;

	if (!profile->probe.target_ns || share <= 0.9)
		return 0;
	return profile__add_note(
		profile,
		"probing took %.0f %% of the target's time and left little of it to measure; with --max-overhead 5 the "
		"target would run nearly as fast as without probes, and hits of the busiest functions would be "
		"estimated, their times sampled",
		100 * fmin(share, 1));
}

/*
 * Notes how much time probing took, unless that is less than a hundredth of the run, or there is a budget: then reports
 * say themselves what was taken of it.
 */
static int note_overhead(struct profile *profile)
{
	int err;

	if (profile->budget.percent > 0 || profile->probe.overhead_ns <= profile->duration_ns / 100)
		return 0;
	err = profile__add_note(profile, "probing took %.3g s of the target's time, %llu hits; it is not in the table",
				(double)profile->probe.overhead_ns / 1e9, (unsigned long long)profile->probe.hits);
	return err ? err : note_budget(profile);
}

/* Notes what was lost, and which figures are wrong for that reason. */
static int note_losses(const struct counters_stats *stats, struct profile *profile)
{
	const struct {
		uint64_t n, most;
		const char *text;
	} losses[] = {
		{stats->missed, 0, "hits were missed by the kernel: the hits in the table are too low by that many"},
		{stats->edges_dropped, 0,
		 "hits were not counted, because there was no room for so many processes, threads or lines: hits and "
		 "times are too low; profile fewer functions or processes"},
		{stats->unreadable, 0,
		 "events of an interpreter were not counted, because it does not keep its frames where its version "
		 "usually does: hits and times of its functions are too low"},
		/* A few are normal: they are in frames that began before counting did. */
		{stats->frames_unknown, MANY_UNKNOWN_FRAMES,
		 "hits were in calls that are not known, because they began before profiling did or because too many "
		 "were open at once: what follows a call there is neither counted nor timed"},
		{stats->frames_dropped, 0,
		 "calls could not be followed, because there was no room for so many at once: their times are too low"},
		{stats->goroutine_calls, 0,
		 "calls of goroutines had not returned at the end: their time up to then is in the table, which is too "
		 "much where a panic had ended them"},
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(losses) / sizeof(*losses); i++)
		if (losses[i].n > losses[i].most)
			err = profile__add_note(profile, "%llu %s", (unsigned long long)losses[i].n, losses[i].text);
	return err;
}

/*
 * Notes which functions were busy for longer than all threads together lasted. Either they are called again while they
 * run in ways that nothing else tells (through pointers, or through other functions that are profiled), or the program
 * goes on with other calls while one of them waits.
 */
static int note_overlaps(const struct counters_stats *stats, struct profile *profile)
{
	int err = 0;

	for (size_t i = 0; !err && i < profile->n_functions; i++) {
		struct profile_function *function = &profile->functions[i];
		/* What the probes took is known to a few per cent. */
		double most_ns = 1.05 * (double)stats->elapsed_ns;

		if (!function->sampled_times && !function->uncounted && !function->timed_inside &&
		    !profile_time__overlaps(function) &&
		    (double)function->time_ns + (double)function->waiting_ns > most_ns)
			err = profile_function__add_note(
				function,
				"calls of it overlapped in a thread, as those of goroutines do, and those within which "
				"others call it again: times, and what it waited, " TIMES_OVERLAP);
	}
	return err;
}

/*
 * Says if the throttle has failed, and so has not put probes in since. That the targets have ended is no failure. 0 or
 * -ENOMEM, also when it was lack of memory that it failed with.
 */
static int note_throttle(const struct profiler *profiler, struct profile *profile)
{
	int err = profiler->throttle_err;

	if (!err || err == -ESRCH || err == -EPIPE)
		return 0;
	if (err == -ENOMEM)
		return err;
	return profile__add_note(
		profile,
		"from some moment on no more probes could be put in (%s): hits are missing, or rest on "
		"what was counted before; profile again",
		strerror(-err));
}

/* Says why there are no sampled stacks. */
static int note_no_samples(const struct profiler *profiler, struct profile *profile)
{
	char reason[256];

	sampler__explain(profiler->no_samples, reason, sizeof(reason));
	return profile__add_note(profile,
				 "no stacks were sampled, so neither callers nor functions other than those in the "
				 "tables are known: %s",
				 reason);
}

/* Adds the sampled stacks to PROFILE. */
static int add_stacks(const struct profiler *profiler, struct profile *profile)
{
	const struct counters_stats *stats = &profiler->counters.stats;
	int err;

	if (profiler->no_samples)
		return note_no_samples(profiler, profile);
	if (profiler->sampling)
		stack_sampler__take(profiler->sampler);
	err = stack_sampler__stacks(profiler->sampler, &profile->stacks);
	if (err)
		return err;
	profile->stacks->lost_samples += stats->samples_lost;
	if (profile->stacks->period_ns)
		profile->stacks->probed_samples = stats->sampled_probe_ns / profile->stacks->period_ns;
	return 0;
}

struct profile_budget profiler__budget(const struct profiler *profiler)
{
	return profiler->throttle ? throttle__spent(profiler->throttle) : (struct profile_budget){0};
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
	profile->budget = profiler__budget(profiler);
	for (size_t i = 0; !err && i < profiler->n_parts; i++)
		if (profiler->parts[i].state)
			err = profiler->parts[i].ops->collect(profiler->parts[i].state, measurement, profile);
	if (!err)
		err = note_overlaps(&profiler->counters.stats, profile);
	if (!err && profiler->sampler)
		err = add_stacks(profiler, profile);
	if (!err)
		err = session__note_processes(profiler->session, profile);
	if (!err)
		err = note_overhead(profile);
	if (!err)
		err = note_throttle(profiler, profile);
	if (!err && profiler->unfinished)
		err = profile__add_note(profile,
					"so many threads wanted to run that the kernel did not finish taking the "
					"probes out in time: the last hit of each thread may be missing");
	return err ? err : note_losses(&profiler->counters.stats, profile);
}

int profiler__dump(struct profiler *profiler, FILE *out)
{
	int err = measure(profiler);

	for (size_t i = 0; !err && i < profiler->n_parts; i++)
		if (profiler->parts[i].state && profiler->parts[i].ops->dump)
			err = profiler->parts[i].ops->dump(profiler->parts[i].state, &profiler->measurement, out);
	return err;
}
