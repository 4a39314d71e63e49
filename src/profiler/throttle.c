// SPDX-License-Identifier: GPL-2.0-or-later
#include "profiler/throttle.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "budget/purse.h"
#include "budget/schedule.h"
#include "budget/window_scales.h"
#include "probe/counters.h"
#include "probe/session.h"

#define LEASE_NS       (2 * CLOCK_SECOND_NS) /* probes that stay in go if they were not renewed for so long */
#define SAMPLE_COST_NS 20000 /* what a sample takes of the target: the interrupt, the walk, and caches that are cold */
#define PRICE_DOUBT    0.15  /* relative standard deviation of what hits cost in windows, on a busy machine */
#define CLOCK_DOUBT_NS 2e4   /* how precisely the targets' processor time is known at a window's ends */
#define FIRST_NS       2e6   /* what may be spent before anything was earned */
#define SAVED_NS       0.5e9 /* of processor time: what is earned in it is the most that is saved */
#define IDLE_PART      0.1   /* of the time that passes: it counts for the budget as the targets' if they use less */
#define LEAST_WAIT_NS  1e6
#define MOST_WAIT_NS   2.5e8
#define LOOK_NS	       CLOCK_SECOND_NS /* of processor time: what stays in is looked at when so much has passed */
#define DEAR_PART      0.7 /* of the budget: when the probes that stay in take more, it is decided again which do */

/* How a body was counted. */
struct counted {
	double out_ns;	 /* the targets' own time in which it was out */
	double since_ns; /* the own time until which out_ns is right */
	bool in;
	uint32_t group;	       /* by which the session takes it out */
	uint64_t hits;	       /* of a body that is in, as of the last look at it */
	throttle_listener *fn; /* NULL: its windows are logged */
	void *ctx;
};

struct throttle {
	struct throttle_budget budget;
	struct session *session; /* NULL: it has not begun, or has ended */
	struct schedule *schedule;
	struct purse purse;
	struct window_log *log;
	float *prices_ns; /* of a hit of each site */
	float *least_ns;  /* 2 for each site, as struct throttle_site has them */
	uint32_t n_sites;
	uint64_t *counts; /* of a window */
	struct counted *bodies;
	uint32_t *body_of; /* of each site, 1 + its body's index; 0: it has none */
	int timer;
	uint64_t began_samples, samples; /* stacks sampled before the beginning, and until now */
	uint64_t n_windows;
	double windows_ns;	  /* what hits in windows have cost */
	double besides_ns;	  /* what they have cost more than their hits, by calibration; may be negative */
	double probes_ns;	  /* what all probes have cost, as of the purse's last update */
	double target_ns;	  /* the targets' processor time, as of the purse's last update */
	double idle_ns;		  /* how much more the purse was told, because they have used so little */
	double began_target_ns;	  /* the targets' processor time at the beginning */
	double violent_target_ns; /* of the purse, at the end of the last window that slowed the targets much */
	/* As of the last look at what stays in: */
	double looked_target_ns, looked_steady_ns;
	/* As of the last tick: */
	uint64_t ticked_ns;
	double ticked_target_ns;
	double use; /* how many processors the targets have used lately */
};

struct throttle *throttle__new(const struct throttle_budget *budget, uint32_t n_sites)
{
	struct throttle *throttle = calloc(1, sizeof(*throttle));
	struct schedule_config config = {
		.n_sites = n_sites,
		.share = budget->percent / 100,
		.pause_ns = (double)budget->pause_ns,
		.seed = clock__monotonic_ns(),
	};

	if (!throttle)
		return NULL;
	throttle->budget = *budget;
	throttle->timer = -1;
	throttle->use = 1;
	throttle->n_sites = n_sites;
	throttle->prices_ns = calloc(n_sites + 1ul, sizeof(*throttle->prices_ns));
	throttle->least_ns = calloc(2ul * n_sites + 1, sizeof(*throttle->least_ns));
	throttle->counts = calloc(2ul * n_sites + 1, sizeof(*throttle->counts));
	throttle->body_of = calloc(n_sites + 1ul, sizeof(*throttle->body_of));
	config.prices_ns = throttle->prices_ns;
	throttle->schedule = schedule__new(&config);
	throttle->log = window_log__new(n_sites);
	purse__open(&throttle->purse, config.share, FIRST_NS, config.share * SAVED_NS);
	if (throttle->least_ns && throttle->prices_ns && throttle->counts && throttle->body_of && throttle->schedule &&
	    throttle->log)
		return throttle;
	throttle__free(throttle);
	return NULL;
}

void throttle__free(struct throttle *throttle)
{
	if (!throttle)
		return;
	if (throttle->timer >= 0)
		close(throttle->timer);
	schedule__free(throttle->schedule);
	window_log__free(throttle->log);
	free(throttle->prices_ns);
	free(throttle->least_ns);
	free(throttle->counts);
	free(throttle->body_of);
	free(throttle->bodies);
	free(throttle);
}

/* Notes a body that the schedule is about to be told of. 0 or -ENOMEM. */
static int note_body(struct throttle *throttle, uint32_t first, uint32_t n, const struct throttle_site *sites,
		     const struct counted *body)
{
	size_t index = schedule__n_bodies(throttle->schedule);

	if (grow__counted(&throttle->bodies, index, 1, sizeof(*throttle->bodies)))
		return -ENOMEM;
	throttle->bodies[index] = *body;
	for (uint32_t i = 0; i < n; i++) {
		throttle->body_of[first + i] = (uint32_t)index + 1;
		throttle->prices_ns[first + i] = sites[i].price_ns;
		for (int taken = 0; taken < 2; taken++)
			throttle->least_ns[2 * (first + i) + taken] = sites[i].least_ns[taken];
	}
	return 0;
}

int throttle__add_body(struct throttle *throttle, uint32_t first, uint32_t n, const struct throttle_site *sites)
{
	const struct counted body = {0};

	if (!n)
		return 0;
	return note_body(throttle, first, n, sites, &body) ? -ENOMEM : schedule__add_body(throttle->schedule, first, n);
}

int throttle__add_whole(struct throttle *throttle, uint32_t first, uint32_t n, const struct throttle_site *sites,
			throttle_listener *fn, void *ctx)
{
	const struct counted body = {.fn = fn, .ctx = ctx};

	if (note_body(throttle, first, n, sites, &body))
		return -ENOMEM;
	return schedule__add_whole(throttle->schedule, first, n);
}

/* Brings the purse up to date. */
static void update_purse(struct throttle *throttle)
{
	throttle->probes_ns = (double)session__spent_ns(throttle->session);
	throttle->target_ns = (double)session__target_ns(throttle->session);
	purse__update(&throttle->purse, (uint64_t)(throttle->target_ns + throttle->idle_ns),
		      (uint64_t)(throttle->probes_ns + throttle->besides_ns +
				 (double)(throttle->samples - throttle->began_samples) * SAMPLE_COST_NS));
}

/* The targets' own processor time, as of the purse's last update. */
static double own_ns(const struct throttle *throttle)
{
	return fmax(throttle->target_ns - throttle->purse.spent_ns, 0);
}

/* Brings the account of the body up to date, which goes on as IN says. */
static void count_body(struct throttle *throttle, size_t body, bool in)
{
	struct counted *counted = &throttle->bodies[body];
	double now_ns = own_ns(throttle);

	if (!counted->in)
		counted->out_ns += now_ns - counted->since_ns;
	counted->since_ns = now_ns;
	counted->in = in;
}

/* Makes the descriptor readable in WAIT_NS. */
static void wake_in(struct throttle *throttle, double wait_ns)
{
	uint64_t ns = (uint64_t)fmin(fmax(wait_ns, LEAST_WAIT_NS), MOST_WAIT_NS);
	const struct itimerspec spec = {.it_value = {.tv_nsec = (long)ns}};

	(void)timerfd_settime(throttle->timer, 0, &spec, NULL);
}

static bool renew(struct throttle *throttle)
{
	const struct session_lease lease = {clock__monotonic_ns() + LEASE_NS, throttle->budget.pause_ns};

	return session__renew(throttle->session, &lease);
}

int throttle__begin(struct throttle *throttle, struct session *session, uint64_t samples, const struct diag *diag)
{
	throttle->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (throttle->timer < 0) {
		int err = -errno;

		diag__failure(diag, err, "cannot set a timer");
		return err;
	}
	throttle->session = session;
	throttle->began_samples = throttle->samples = samples;
	throttle->ticked_ns = clock__monotonic_ns();
	throttle->target_ns = throttle->purse.target_ns = (double)session__target_ns(session);
	throttle->began_target_ns = throttle->ticked_target_ns = throttle->target_ns;
	(void)renew(throttle);
	wake_in(throttle, LEAST_WAIT_NS);
	return 0;
}

int throttle__fd(const struct throttle *throttle)
{
	return throttle->timer;
}

/* What the instructions between the hits of the window that is over take at least, by its counts. */
static double executed_in(const struct throttle *throttle, const struct schedule_step *step)
{
	double sum_ns = 0;

	for (size_t i = 0; i < 2 * step->n; i++)
		sum_ns += (double)throttle->counts[i] * (double)throttle->least_ns[2ul * step->sites[i / 2] + i % 2];
	return sum_ns;
}

/* Records what came of a window. */
static int note_window(struct throttle *throttle, const struct schedule_step *step,
		       const struct session_window_result *result)
{
	double least_ns = executed_in(throttle, step);
	const struct window window = {
		.sites = step->sites,
		.counts = throttle->counts,
		.n = (uint32_t)step->n,
		.own_ns = (double)result->cpu_ns - (double)result->probe_ns,
		.doubt_ns = hypot(PRICE_DOUBT * (double)result->probe_ns, CLOCK_DOUBT_NS),
		.price_ns = (double)result->probe_ns,
		.least_ns = least_ns,
	};
	struct schedule_window done = {
		.counts = throttle->counts,
		.cost_ns = (double)result->cost_ns,
		.open_cost_ns = (double)result->probe_ns,
	};
	/* A body with a listener is in windows of its own. */
	const struct counted *body = &throttle->bodies[throttle->body_of[step->sites[0]] - 1];
	int err = 0;

	if (body->fn)
		body->fn(body->ctx, &window);
	else if (result->cpu_ns)
		err = window_log__add(throttle->log, &window);
	done.own_ns = fmax(window.own_ns, least_ns) +
		      fmax(IDLE_PART * (double)(result->closed_ns - result->opened_ns) - (double)result->cpu_ns, 0);
	throttle->n_windows++;
	throttle->windows_ns += (double)result->hits_ns;
	throttle->besides_ns += done.cost_ns - (double)result->hits_ns;
	schedule__window_done(throttle->schedule, &done);
	return err;
}

static int run_window(struct throttle *throttle, const struct schedule_step *step, const struct diag *diag)
{
	const struct session_window window = {
		.sites = step->sites,
		.n = step->n,
		.open_ns = (uint64_t)step->open_ns,
		.limit_ns = (uint64_t)step->limit_ns,
	};
	struct session_window_result result;
	int err = session__window(throttle->session, &window, throttle->counts, &result);

	if (!err)
		err = note_window(throttle, step, &result);
	else if (err != -EPIPE && err != -ESRCH && err != -ENOMEM)
		diag__failure(diag, err, "cannot put probes in");
	update_purse(throttle);
	if (step->apart_ns > 0)
		throttle->violent_target_ns = throttle->purse.target_ns;
	return err;
}

/* How long it is until windows that slow the targets much are far enough apart; in their processor time. */
static double left_apart(const struct throttle *throttle, const struct schedule_step *step)
{
	return step->apart_ns - (throttle->purse.target_ns - throttle->violent_target_ns);
}

/* How long to wait until the window may be, in nanoseconds of the targets' processor time. */
static double wait_for(const struct throttle *throttle, const struct schedule_step *step)
{
	return fmax(purse__wait_ns(&throttle->purse, step->price_ns), left_apart(throttle, step));
}

/* Tells the schedule what bodies that are in have taken since the last look at them. 0 or -errno. */
static int look_at_bodies(struct throttle *throttle, double own_ns)
{
	int err = 0;

	for (size_t b = 0; !err && b < schedule__n_bodies(throttle->schedule); b++) {
		struct counted *body = &throttle->bodies[b];
		uint64_t hits;

		if (!schedule__is_in(throttle->schedule, b))
			continue;
		err = counters__hits(session__skeleton(throttle->session), schedule__first(throttle->schedule, b),
				     schedule__n_sites(throttle->schedule, b), &hits);
		if (!err)
			schedule__note_hits(throttle->schedule, b, (double)(hits - body->hits), own_ns);
		body->hits = hits;
	}
	return err;
}

/* Everything that was to stay in was taken out. */
static int note_all_out(struct throttle *throttle)
{
	int err = look_at_bodies(throttle, fmax(throttle->purse.target_ns - throttle->looked_target_ns, 1));

	throttle->looked_target_ns = throttle->purse.target_ns;
	for (size_t b = 0; b < schedule__n_bodies(throttle->schedule); b++)
		count_body(throttle, b, false);
	schedule__all_out(throttle->schedule);
	wake_in(throttle, LEAST_WAIT_NS);
	return err;
}

static int move_body(struct throttle *throttle, const struct schedule_step *step, const struct diag *diag)
{
	bool in = step->action == SCHEDULE_PUT_IN;
	uint32_t first = schedule__first(throttle->schedule, step->body), group = (uint32_t)step->body;
	int err;

	if (in)
		err = session__put_in(throttle->session, first, schedule__n_sites(throttle->schedule, step->body),
				      &group, diag);
	else
		err = session__take_out(throttle->session, throttle->bodies[step->body].group);
	if (err && err != -ECANCELED)
		return err;
	throttle->bodies[step->body].group = group;
	update_purse(throttle);
	count_body(throttle, step->body, in);
	schedule__body_done(throttle->schedule);
	/* What was in took too much, this body or another, before all of it was in. So everything was taken out. */
	return err && renew(throttle) ? note_all_out(throttle) : 0;
}

/*
 * When what stays in takes too much, finds out which bodies are to blame. To be called when the purse is up to date.
 * 0 or -errno.
 */
static int look_at_steady(struct throttle *throttle)
{
	double steady_ns = throttle->probes_ns - throttle->windows_ns;
	double target_ns = throttle->purse.target_ns - throttle->looked_target_ns;
	double taken_ns = steady_ns - throttle->looked_steady_ns;
	double share = DEAR_PART * throttle->budget.percent / 100;
	int err;

	/* A target that was idle and has work now must not wait for that. */
	if (target_ns < LOOK_NS && taken_ns < share * LOOK_NS)
		return 0;
	throttle->looked_target_ns = throttle->purse.target_ns;
	throttle->looked_steady_ns = steady_ns;
	err = look_at_bodies(throttle, fmax(target_ns - taken_ns, 1));
	if (!err && taken_ns > share * target_ns) {
		schedule__settle(throttle->schedule);
		wake_in(throttle, LEAST_WAIT_NS);
	}
	return err;
}

int throttle__run(struct throttle *throttle, const struct diag *diag)
{
	struct schedule_step step;
	uint64_t expirations;
	double wait_ns;
	int err = 0;

	(void)!read(throttle->timer, &expirations, sizeof(expirations));
	if (!throttle->session)
		return 0;
	update_purse(throttle);
	err = look_at_steady(throttle);
	while (!err) {
		err = schedule__next(throttle->schedule, &step);
		if (err || step.action == SCHEDULE_NOTHING)
			return err;
		if (step.action == SCHEDULE_WINDOW)
			break;
		err = move_body(throttle, &step, diag);
	}
	if (err)
		return err;
	if (left_apart(throttle, &step) > 0)
		schedule__not_yet(throttle->schedule, &step);
	wait_ns = wait_for(throttle, &step);
	if (wait_ns > 0) {
		wake_in(throttle, wait_ns / throttle->use);
		return 0;
	}
	err = run_window(throttle, &step, diag);
	wake_in(throttle, LEAST_WAIT_NS);
	return err;
}

/*
 * How many processors the targets use. Targets that sleep nearly all the time would earn so little that hardly anything
 * could be counted, though nobody notices if each of their rare steps takes a little longer.
 */
static void note_use(struct throttle *throttle)
{
	uint64_t now_ns = clock__monotonic_ns();
	double used_ns = throttle->target_ns - throttle->ticked_target_ns;
	double passed_ns = fmax((double)(now_ns - throttle->ticked_ns), 1);

	throttle->idle_ns += fmax(IDLE_PART * passed_ns - used_ns, 0);
	throttle->use = fmax(used_ns / passed_ns, IDLE_PART);
	throttle->ticked_ns = now_ns;
	throttle->ticked_target_ns = throttle->target_ns;
}

int throttle__tick(struct throttle *throttle, uint64_t samples)
{
	if (!throttle->session)
		return 0;
	throttle->samples = samples;
	update_purse(throttle);
	note_use(throttle);
	if (renew(throttle))
		return note_all_out(throttle);
	return look_at_steady(throttle);
}

void throttle__end(struct throttle *throttle)
{
	if (!throttle->session)
		return;
	update_purse(throttle);
	for (size_t b = 0; b < schedule__n_bodies(throttle->schedule); b++)
		count_body(throttle, b, throttle->bodies[b].in);
	throttle->session = NULL;
}

struct window_log *throttle__log(const struct throttle *throttle, double share)
{
	struct window_log *log = window_log__copy(throttle->log);

	if (log && !window_scales__correct(log, throttle->n_sites, share))
		return log;
	window_log__free(log);
	return NULL;
}

double throttle__windows_only_ns(const struct throttle *throttle, uint32_t first)
{
	const struct counted *counted;

	if (first >= throttle->n_sites || !throttle->body_of[first])
		return 0;
	counted = &throttle->bodies[throttle->body_of[first] - 1];
	return counted->out_ns + (counted->in ? 0 : own_ns(throttle) - counted->since_ns);
}

struct profile_budget throttle__spent(const struct throttle *throttle)
{
	return (struct profile_budget){
		.percent = throttle->budget.percent,
		.pause_ns = throttle->budget.pause_ns,
		.spent_ns = (uint64_t)throttle->purse.spent_ns,
		.target_ns = (uint64_t)(throttle->target_ns - throttle->began_target_ns),
		.windows = throttle->n_windows,
	};
}
