// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/phases.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/grow.h"
#include "probe/priority.h"
#include "run/estimated_times.h"
#include "run/hottest.h"
#include "run/prepare.h"

/*
 * How long the lines of functions that samples have found are counted, unless there is a budget. Probes slow the target
 * while they are in, and the user has not named these functions.
 */
#define COUNT_NS (2 * CLOCK_SECOND_NS)

enum phase {
	PHASE_NAMED,  /* the functions that the user named are counted */
	PHASE_SEARCH, /* samples are to tell which functions matter */
	PHASE_COUNT,  /* these are counted */
	PHASE_SAMPLE, /* only samples are taken, until the end */
};

struct phases {
	const struct options *options;
	struct phases_config config;
	const pid_t *pids; /* of this phase */
	size_t n_pids;
	const pid_t *alive; /* as phases__set_alive() says */
	size_t n_alive;
	pid_t **taken; /* arrays that phases were of */
	size_t n_taken;
	enum phase phase;
	struct stack_sampler *sampler;
	struct hottest *hottest;    /* NULL: the user named the functions */
	struct profiler *profiler;  /* of this phase */
	struct profiler *counted;   /* of PHASE_COUNT, when that is over; else NULL */
	uint64_t began_ns, ends_ns; /* of the run, by the monotonic clock; 0: it has no end of its own */
	uint64_t counting_ns;	    /* when PHASE_COUNT began, likewise */
	bool attached;
};

void phases__free(struct phases *phases)
{
	if (!phases)
		return;
	profiler__close(phases->profiler);
	profiler__close(phases->counted);
	stack_sampler__free(phases->sampler);
	hottest__free(phases->hottest);
	for (size_t i = 0; i < phases->n_taken; i++)
		free(phases->taken[i]);
	free(phases->taken);
	free(phases);
}

static struct prepare_request request_of(const struct phases *phases)
{
	return (struct prepare_request){
		.options = phases->options,
		.pids = phases->pids,
		.n_pids = phases->n_pids,
		.executed = phases->config.executed,
		.library = phases->config.library,
		.growing = phases->config.growing,
		.sampler = phases->sampler,
	};
}

/* Makes a profiler that only takes samples. */
static int prepare_sampling(const struct phases *phases, const struct diag *diag, struct profiler **out)
{
	const struct prepare_request request = request_of(phases);

	return prepare__profiler(&request, diag, out);
}

static int prepare_named(struct phases *phases, const struct diag *diag)
{
	struct prepare_request request = request_of(phases);

	request.optional = phases->config.optional;
	request.samples = phases->sampler;
	request.selectors = (const struct selector *const *)phases->options->functions;
	request.n_selectors = phases->options->n_functions;
	return prepare__profiler(&request, diag, &phases->profiler);
}

/* Finds the functions by samples. COUNTED: the lines of those that it has found are to be counted then. */
static int prepare_search(struct phases *phases, bool counted, const struct diag *diag)
{
	phases->phase = counted ? PHASE_SEARCH : PHASE_SAMPLE;
	phases->hottest = hottest__new(phases->options);
	return phases->hottest ? prepare_sampling(phases, diag, &phases->profiler) : -ENOMEM;
}

int phases__new(const struct phases_config *config, const struct diag *diag, struct phases **out)
{
	struct phases *phases = calloc(1, sizeof(*phases));
	const struct options *options = config->options;
	bool named = options->n_functions && !options->hottest && !options->no_probes;
	struct prepare_request request;
	int err;

	if (!phases)
		return -ENOMEM;
	phases->config = *config;
	phases->options = options;
	phases->pids = options->pids;
	phases->n_pids = options->n_pids;
	request = request_of(phases);
	request.known = config->known;
	err = prepare__sampler(&request, diag, &phases->sampler);
	if (!err)
		err = named ? prepare_named(phases, diag) : prepare_search(phases, !options->no_probes, diag);
	if (err == -ENODATA)
		err = prepare_search(phases, false, diag);
	if (err) {
		phases__free(phases);
		return err;
	}
	*out = phases;
	return 0;
}

/* How long a phase may last that begins now; 0: as long as it likes. */
static uint64_t remaining_ns(const struct phases *phases)
{
	uint64_t now_ns = clock__monotonic_ns();

	if (!phases->ends_ns)
		return 0;
	return phases->ends_ns > now_ns ? phases->ends_ns - now_ns : 1;
}

static int attach(struct phases *phases, const struct diag *diag)
{
	int err = profiler__attach(phases->profiler, phases->pids, phases->n_pids, remaining_ns(phases), diag);

	phases->attached = !err;
	return err;
}

static int detach(struct phases *phases, const struct diag *diag)
{
	if (!phases->attached)
		return 0;
	phases->attached = false;
	return profiler__detach(phases->profiler, diag);
}

int phases__equip(struct phases *phases, struct target_equipment *equipment, const struct diag *diag)
{
	return profiler__equip(phases->profiler, equipment, diag);
}

int phases__begin(struct phases *phases, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		  const struct diag *diag)
{
	phases->pids = pids;
	phases->n_pids = n_pids;
	phases->began_ns = clock__monotonic_ns();
	if (duration_ns && duration_ns < UINT64_MAX - phases->began_ns)
		phases->ends_ns = phases->began_ns + duration_ns;
	return attach(phases, diag);
}

int phases__adopt(struct phases *phases, pid_t pid)
{
	return phases->attached ? profiler__adopt(phases->profiler, pid) : 0;
}

void phases__executed(struct phases *phases, pid_t pid)
{
	if (phases->attached)
		profiler__executed(phases->profiler, pid);
}

void phases__set_alive(struct phases *phases, const pid_t *pids, size_t n_pids)
{
	phases->alive = pids;
	phases->n_alive = n_pids;
}

/* Has the next phase be of the processes that have not ended. What the earlier phases were of stays. 0 or -ENOMEM. */
static int take_alive(struct phases *phases)
{
	pid_t *copy;

	if (!phases->alive)
		return 0;
	if (!phases->n_alive)
		return -ESRCH; /* none would mean all processes of the machine */
	if (grow__counted(&phases->taken, phases->n_taken, 1, sizeof(*phases->taken)))
		return -ENOMEM;
	copy = calloc(phases->n_alive + 1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < phases->n_alive; i++)
		copy[i] = phases->alive[i];
	phases->taken[phases->n_taken++] = copy;
	phases->pids = copy;
	phases->n_pids = phases->n_alive;
	return 0;
}

/* Notes for how long lines have been counted, while they are. */
static void note_counting(const struct phases *phases)
{
	if (phases->phase == PHASE_COUNT && phases->attached)
		hottest__counted(phases->hottest, phases->counting_ns - phases->began_ns,
				 clock__monotonic_ns() - phases->counting_ns);
}

int phases__end(struct phases *phases, const struct diag *diag)
{
	note_counting(phases);
	return detach(phases, diag);
}

/* Goes on with samples alone. */
static int begin_sampling(struct phases *phases, const struct diag *diag)
{
	int err;

	phases->phase = PHASE_SAMPLE;
	stack_sampler__ignore(phases->sampler, false);
	err = take_alive(phases);
	if (!err)
		err = prepare_sampling(phases, diag, &phases->profiler);
	return err ? err : attach(phases, diag);
}

/* Makes the profiler that counts the lines of the functions that have turned out to be the hottest. */
static int prepare_counting(const struct phases *phases, const struct diag *diag, struct profiler **out)
{
	struct prepare_request request = request_of(phases);
	int err;

	request.optional = true;
	request.selectors = hottest__selectors(phases->hottest, &request.n_selectors);
	if (!request.n_selectors)
		return -ENOENT;
	/* Planning takes a while, at the priority of any other program. */
	priority__lower();
	err = prepare__profiler(&request, diag, out);
	priority__raise();
	return err;
}

/*
 * Puts probes into the functions that have turned out to be the hottest. Where that cannot be done, because the target
 * has just ended for example, samples go on being taken, and the report says so.
 */
static int begin_counting(struct phases *phases, const struct diag *diag)
{
	struct profiler *profiler = NULL;
	int err;

	/* Names are looked up, which may take long, at the priority of any other program. */
	priority__lower();
	err = hottest__choose(phases->hottest, phases->sampler);
	priority__raise();
	phases->phase = PHASE_SAMPLE;
	if (!err)
		err = take_alive(phases);
	if (err)
		return err;
	err = prepare_counting(phases, diag, &profiler);
	if (err)
		return err == -ENOMEM ? err : 0;
	(void)detach(phases, diag);
	profiler__close(phases->profiler);
	phases->profiler = profiler;
	phases->phase = PHASE_COUNT;
	stack_sampler__ignore(phases->sampler, !phases->options->max_overhead);
	err = attach(phases, diag);
	/* To load the programs and to put the probes in has taken a while, on slow machines seconds. */
	phases->counting_ns = clock__monotonic_ns();
	if (!err || err == -ENOMEM)
		return err;
	profiler__close(phases->profiler);
	phases->profiler = NULL;
	return begin_sampling(phases, diag);
}

/* Takes the probes out, and goes on with samples alone. */
static int end_counting(struct phases *phases, const struct diag *diag)
{
	int err = phases__end(phases, diag);

	if (!err)
		err = profiler__keep(phases->profiler);
	phases->counted = phases->profiler;
	phases->profiler = NULL;
	return err ? err : begin_sampling(phases, diag);
}

int phases__tick(struct phases *phases, const struct diag *diag)
{
	uint64_t now_ns = clock__monotonic_ns();
	int err = profiler__adjust(phases->profiler);

	if (err)
		return err;
	if (phases->phase == PHASE_SEARCH &&
	    hottest__is_time(phases->hottest, phases->sampler, now_ns - phases->began_ns))
		return begin_counting(phases, diag);
	if (phases->phase == PHASE_COUNT && !phases->options->max_overhead && now_ns - phases->counting_ns >= COUNT_NS)
		return end_counting(phases, diag);
	return 0;
}

int phases__wake_fd(const struct phases *phases)
{
	return profiler__wake_fd(phases->profiler);
}

void phases__wake(struct phases *phases, const struct diag *diag)
{
	profiler__wake(phases->profiler, diag);
}

bool phases__is_searching(const struct phases *phases)
{
	return phases->phase == PHASE_SEARCH;
}

bool phases__is_certain(const struct phases *phases)
{
	return phases->hottest || !phases->options->n_functions || profiler__is_certain(phases->profiler);
}

bool phases__was_certain(const struct phases *phases)
{
	return phases->hottest || !phases->options->n_functions || profiler__was_certain(phases->profiler);
}

struct profile_budget phases__budget(const struct phases *phases)
{
	return profiler__budget(phases->profiler);
}

/* The part of the run in which lines have been counted. */
static double counted_part(const struct phases *phases, const struct profile *profile)
{
	if (!phases->counting_ns || !profile->duration_ns)
		return 1;
	return fmax(1 - (double)(phases->counting_ns - phases->began_ns) / (double)profile->duration_ns, 0);
}

/* Says that there was nothing to profile. Where stacks cannot be sampled, nobody has looked for processes. */
static int note_unmapped(const struct phases *phases, struct profile *profile)
{
	const struct options *options = phases->options;

	if (!options->file || options->command || options->n_pids || !profile->stacks || profile->probe.hits ||
	    stack_sampler__found(phases->sampler))
		return 0;
	return profile__add_note(profile,
				 "no process was seen that maps %s, so there is nothing to show; profile while a "
				 "program runs that uses it",
				 options->file);
}

int phases__collect(struct phases *phases, struct profile *profile)
{
	int err;

	note_counting(phases);
	err = profiler__collect(phases->counted ? phases->counted : phases->profiler, profile);
	if (!err)
		err = estimated_times__set(profile, counted_part(phases, profile));
	if (!err)
		err = note_unmapped(phases, profile);
	return err || !phases->hottest ? err : hottest__report(phases->hottest, phases->sampler, profile);
}

int phases__list(struct phases *phases, FILE *out)
{
	return profiler__list(phases->profiler, out);
}

int phases__dump(struct phases *phases, FILE *out)
{
	return profiler__dump(phases->profiler, out);
}
