// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * Nothing is known of a target at first, so every site is tried: in pieces, each in a window that ends as soon as it
 * has cost a little. Then it is known what each body costs if its probes stay in. The cheapest bodies stay in, as many
 * as a part of the budget allows; they are exact. The others are divided into the units of window_units.c, which are
 * put in for windows, one after the other, for the rest of the budget.
 *
 * Rates change while the target runs. Each window tells its sites' rates anew, older windows count for less and less,
 * and from time to time it is decided again which bodies stay in. A body that was too dear must have become much
 * cheaper before it stays in, so that bodies do not go to and fro.
 *
 * Windows are paid for twice: by hits, and by putting the sites in and taking them out. Where the latter is dear, a
 * gentle window is open for longer, until its hits have cost as much. Units that are hardly ever hit have their turn
 * in few of the rounds. And while a violent unit waits for its turn, others have windows besides.
 */
#include "budget/schedule.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/grow.h"
#include "budget/turns.h"
#include "budget/window_units.h"

#define STEADY_PART	 0.4  /* of the budget, for bodies that stay in */
#define RETURN_PART	 0.5  /* of what a body may cost, for one that was too dear before */
#define STEADY_FACTOR	 1.4  /* what a probe that follows frames costs, to one that only counts */
#define VIOLENT_PART	 0.35 /* of the budget: the part of the time in which targets may be slowed to a crawl */
#define TRIAL_OPEN_NS	 5e6
#define TRIAL_LIMIT_NS	 0.8e6
#define GENTLE_OPEN_NS	 6e6
#define GENTLE_MOST_NS	 25e6 /* no samples are taken meanwhile */
#define GENTLE_LIMIT_NS	 1.2e6
#define VIOLENT_OPEN_NS	 10e6
#define VIOLENT_LIMIT_NS 0.8e6
#define PAUSE_PART	 0.2 /* of what may be taken in one piece, for the open window; putting in and out takes more */
#define MEMORY		 0.8 /* what an older window counts for when there is a newer one */
#define PEAK_MEMORY	 0.95	/* the same for the greatest load of a site */
#define SETUP_SITES	 100	/* what it costs the targets to put so many sites in and out, ... */
#define SETUP_NS	 1e6	/* ... as long as that is not known */
#define MOST_LOAD	 1000	/* a greater load of a site is not told apart */
#define MOST_GROWTH	 1.6	/* of the load of a gentle unit, before the units are made anew */
#define TRIED_NS	 1e6	/* the own time after which it is known whether a body is cheap */
#define TRIED_HITS	 50	/* ... or the hits in less time, after which it is known that it is not */
#define FEWEST_TRIALS	 8	/* windows that each body is in, if all sites fit into one */
#define MOST_TRIALS	 40	/* ... or the windows, if the targets hardly run */
#define ROUND		 32	/* windows after which it is decided again what may stay in */
#define UNKNOWN		 (-1.0) /* a load that nobody has told yet */

enum state {
	STATE_NEW,	/* not all of its sites have been tried */
	STATE_OUT,	/* too dear to stay in */
	STATE_WANTED,	/* to be put in */
	STATE_IN,	/* it stays in */
	STATE_UNWANTED, /* to be taken out */
};

struct body {
	uint32_t first, n;
	enum state state;
	bool whole;   /* its sites are put in together, also for windows, and with no others */
	bool was_out; /* it has been too dear before */
	double load;  /* of a body that is in: what it takes, per processor time of the targets' own; or UNKNOWN */
};

struct site {
	double hits, own_ns; /* newer windows count for more */
	double peak;	     /* the greatest load that was seen in a window, long ago counts for less */
	uint32_t windows;
};

struct schedule {
	struct schedule_config config;
	struct site *sites;
	struct body *bodies;
	size_t n_bodies;
	bool settled; /* it has been decided what stays in */
	struct turns turns;
	size_t unit;		      /* of the present window */
	bool besides;		      /* it is not its turn */
	size_t since;		      /* windows since it was decided what stays in */
	double setup_sites, setup_ns; /* sites, and what it cost to put them in and out; newer windows count for more */
	bool has_step;
	struct schedule_step step;
	uint32_t *trial; /* the sites of a trial */
};

struct schedule *schedule__new(const struct schedule_config *config)
{
	struct schedule *schedule = calloc(1, sizeof(*schedule));

	if (!schedule)
		return NULL;
	schedule->config = *config;
	schedule->setup_sites = SETUP_SITES;
	schedule->setup_ns = SETUP_NS;
	turns__open(&schedule->turns, config->seed);
	schedule->sites = calloc(config->n_sites + 1ul, sizeof(*schedule->sites));
	schedule->trial = calloc(config->n_sites + 1ul, sizeof(*schedule->trial));
	if (schedule->sites && schedule->trial)
		return schedule;
	schedule__free(schedule);
	return NULL;
}

/* What it probably costs to put N sites in and out. */
static double setup_of(const struct schedule *schedule, size_t n)
{
	return (double)n * schedule->setup_ns / schedule->setup_sites;
}

void schedule__free(struct schedule *schedule)
{
	if (!schedule)
		return;
	turns__forget(&schedule->turns);
	free(schedule->sites);
	free(schedule->trial);
	free(schedule->bodies);
	free(schedule);
}

int schedule__add_body(struct schedule *schedule, uint32_t first, uint32_t n)
{
	if (grow__counted(&schedule->bodies, schedule->n_bodies, 1, sizeof(*schedule->bodies)))
		return -ENOMEM;
	schedule->bodies[schedule->n_bodies++] = (struct body){.first = first, .n = n, .load = UNKNOWN};
	return 0;
}

int schedule__add_whole(struct schedule *schedule, uint32_t first, uint32_t n)
{
	int err = schedule__add_body(schedule, first, n);

	if (!err)
		schedule->bodies[schedule->n_bodies - 1].whole = true;
	return err;
}

/*
 * What hits of the site take, per processor time of the targets' own, with a probe that only counts. Programs work in
 * phases, and a site that is not hit now may be hot in the next: so the greatest load of late counts.
 */
static double site_load(const struct schedule *schedule, uint32_t site)
{
	return schedule->sites[site].peak;
}

/* What the body takes, or would take, if it stays in. */
static double body_load(const struct schedule *schedule, const struct body *body)
{
	double load = 0;

	if (body->load >= 0)
		return body->load;
	for (uint32_t i = 0; i < body->n; i++)
		load += STEADY_FACTOR * site_load(schedule, body->first + i);
	return body->was_out ? load / RETURN_PART : load;
}

/*
 * In how many windows, at random moments, each site is to be at least: programs work in phases, and what is not hit in
 * one of them may be the hottest in another. Where there are many sites, that would take too long.
 */
static uint32_t fewest_trials(const struct schedule *schedule)
{
	uint32_t pieces = 1 + schedule->config.n_sites / WINDOW_UNITS_SITES;

	return pieces < FEWEST_TRIALS ? FEWEST_TRIALS / pieces : 1;
}

static bool is_site_tried(const struct schedule *schedule, uint32_t index)
{
	const struct site *site = &schedule->sites[index];

	return site->windows >= fewest_trials(schedule) &&
	       (site->own_ns >= TRIED_NS || site->hits >= TRIED_HITS || site->windows >= MOST_TRIALS);
}

/*
 * Whether it is known what the body costs. A window that also had the sites of a hot loop was short, and tells nothing
 * of bodies that were not hit in it.
 */
static bool is_tried(const struct schedule *schedule, const struct body *body)
{
	double hits = 0;
	bool all = true;

	for (uint32_t i = 0; i < body->n; i++) {
		hits += schedule->sites[body->first + i].hits;
		all &= is_site_tried(schedule, body->first + i);
	}
	return all || (hits >= TRIED_HITS && schedule->sites[body->first].windows >= fewest_trials(schedule));
}

/* The next piece of sites to be tried: whole bodies, as far as they fit. */
static void begin_trial(struct schedule *schedule)
{
	struct schedule_step *step = &schedule->step;
	double limit_ns = fmin(TRIAL_LIMIT_NS, PAUSE_PART * schedule->config.pause_ns);

	*step = (struct schedule_step){
		.action = SCHEDULE_WINDOW,
		.sites = schedule->trial,
		.open_ns = TRIAL_OPEN_NS,
		.limit_ns = limit_ns,
	};
	for (size_t b = 0; b < schedule->n_bodies; b++) {
		const struct body *body = &schedule->bodies[b];

		if (body->state != STATE_NEW || (step->n && (body->whole || step->n + body->n > WINDOW_UNITS_SITES)))
			continue;
		for (uint32_t i = 0; i < body->n && step->n < WINDOW_UNITS_SITES; i++)
			if (body->whole || !is_site_tried(schedule, body->first + i))
				schedule->trial[step->n++] = body->first + i;
		if (body->whole)
			break;
	}
	step->price_ns = limit_ns + setup_of(schedule, step->n);
}

struct ranked {
	size_t body;
	double load;
};

static int compare_ranked(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	if (a->load != b->load)
		return a->load < b->load ? -1 : 1;
	return (a->body > b->body) - (a->body < b->body);
}

/* Returns whether that changes where the body is. */
static bool choose(struct body *body, bool stays)
{
	enum state before = body->state;

	if (stays)
		body->state = before == STATE_IN ? STATE_IN : STATE_WANTED;
	else
		body->state = before == STATE_IN ? STATE_UNWANTED : STATE_OUT;
	body->was_out |= !stays;
	return body->state != before;
}

/*
 * Whether the units may stay as they are, though rates have changed. Windows with the same sites can be compared with
 * each other, so it is better to keep them.
 */
static bool units_hold(const struct schedule *schedule)
{
	for (size_t i = 0; i < schedule->turns.units.n; i++) {
		const struct window_unit *unit = &schedule->turns.units.items[i];
		double load = 0;

		for (uint32_t k = 0; k < unit->n; k++)
			load += site_load(schedule, unit->sites[k]);
		if (!unit->violent && unit->n > 1 && load > MOST_GROWTH * fmax(unit->load, WINDOW_UNITS_LOAD))
			return false;
		if (unit->violent && load < WINDOW_UNITS_LOAD)
			return false;
	}
	return schedule->turns.order;
}

/* Decides what stays in: the cheapest bodies. 0 or -ENOMEM. */
static int settle(struct schedule *schedule)
{
	struct ranked *ranked = calloc(schedule->n_bodies + 1, sizeof(*ranked));
	bool changed = false;
	double sum = 0;
	size_t n = 0;

	if (!ranked)
		return -ENOMEM;
	for (size_t b = 0; b < schedule->n_bodies; b++)
		ranked[n++] = (struct ranked){b, body_load(schedule, &schedule->bodies[b])};
	qsort(ranked, n, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < n; i++) {
		sum += ranked[i].load;
		changed |= choose(&schedule->bodies[ranked[i].body], sum <= STEADY_PART * schedule->config.share);
	}
	free(ranked);
	if (changed || !units_hold(schedule))
		turns__forget(&schedule->turns);
	schedule->settled = true;
	schedule->since = 0;
	return 0;
}

/* Whether the sites of the body may be in different windows. */
static bool is_divided(const struct body *body)
{
	return body->state == STATE_OUT && !body->whole;
}

/* Makes the one unit of a body. SITES has room for its sites. */
static int add_whole_unit(struct schedule *schedule, const struct body *body, struct window_site *sites)
{
	for (uint32_t i = 0; i < body->n; i++)
		sites[i] = (struct window_site){body->first + i, site_load(schedule, body->first + i)};
	return window_units__add(&schedule->turns.units, sites, body->n);
}

/* Makes the units of all bodies that are out. SITES has room for all sites. */
static int add_units(struct schedule *schedule, struct window_site *sites)
{
	uint32_t n = 0;
	int err;

	for (size_t b = 0; b < schedule->n_bodies; b++) {
		const struct body *body = &schedule->bodies[b];

		for (uint32_t i = 0; is_divided(body) && i < body->n; i++)
			sites[n++] = (struct window_site){body->first + i, site_load(schedule, body->first + i)};
	}
	err = window_units__make(&schedule->turns.units, sites, n);
	for (size_t b = 0; !err && b < schedule->n_bodies; b++)
		if (schedule->bodies[b].whole && schedule->bodies[b].state == STATE_OUT)
			err = add_whole_unit(schedule, &schedule->bodies[b], sites);
	return err;
}

static int make_units(struct schedule *schedule)
{
	struct window_site *sites = calloc(schedule->config.n_sites + 1ul, sizeof(*sites));
	int err = sites ? add_units(schedule, sites) : -ENOMEM;

	free(sites);
	return err ? err : turns__begin(&schedule->turns);
}

/* How long a window of the unit may be open. */
static double open_time(const struct window_unit *unit, double setup_ns)
{
	if (unit->violent)
		return VIOLENT_OPEN_NS;
	return fmin(fmax(setup_ns / fmax(unit->load, WINDOW_UNITS_LOAD / MOST_LOAD), GENTLE_OPEN_NS), GENTLE_MOST_NS);
}

/* A window for unit number INDEX. */
static void begin_window(struct schedule *schedule, size_t index)
{
	const struct window_unit *unit = &schedule->turns.units.items[index];
	double setup_ns = unit->setup_ns > 0 ? unit->setup_ns : setup_of(schedule, unit->n);
	double open_ns = open_time(unit, setup_ns);
	double limit_ns = fmin(unit->violent ? VIOLENT_LIMIT_NS : fmax(GENTLE_LIMIT_NS, setup_ns),
			       PAUSE_PART * schedule->config.pause_ns);
	double price_ns = fmin(unit->load / (1 + unit->load) * open_ns, limit_ns) + setup_ns;

	schedule->unit = index;
	schedule->besides = false;
	schedule->step = (struct schedule_step){
		.action = SCHEDULE_WINDOW,
		.sites = unit->sites,
		.n = unit->n,
		.open_ns = open_ns,
		.limit_ns = limit_ns,
		.price_ns = schedule->turns.jitter * price_ns,
	};
	if (unit->violent)
		schedule->step.apart_ns =
			schedule->turns.jitter * (limit_ns + setup_ns) / (VIOLENT_PART * schedule->config.share);
}

/* The next body in STATE; n_bodies when there is none. */
static size_t find_state(const struct schedule *schedule, enum state state)
{
	size_t b = 0;

	while (b < schedule->n_bodies && schedule->bodies[b].state != state)
		b++;
	return b;
}

static bool begin_moving(struct schedule *schedule, enum state state, enum schedule_action action)
{
	size_t b = find_state(schedule, state);

	if (b == schedule->n_bodies)
		return false;
	schedule->step = (struct schedule_step){.action = action, .body = b};
	return true;
}

static int find_step(struct schedule *schedule)
{
	int err = 0;

	if (begin_moving(schedule, STATE_UNWANTED, SCHEDULE_TAKE_OUT))
		return 0;
	if (find_state(schedule, STATE_NEW) < schedule->n_bodies) {
		begin_trial(schedule);
		return 0;
	}
	if (!schedule->settled) {
		err = settle(schedule);
		if (err || begin_moving(schedule, STATE_UNWANTED, SCHEDULE_TAKE_OUT))
			return err;
	}
	if (begin_moving(schedule, STATE_WANTED, SCHEDULE_PUT_IN))
		return 0;
	if (!schedule->turns.order)
		err = make_units(schedule);
	if (!err && schedule->turns.units.n)
		begin_window(schedule, turns__present(&schedule->turns));
	else
		schedule->step = (struct schedule_step){.action = SCHEDULE_NOTHING};
	return err;
}

int schedule__next(struct schedule *schedule, struct schedule_step *step)
{
	int err = schedule->has_step ? 0 : find_step(schedule);

	schedule->has_step = !err && schedule->step.action != SCHEDULE_NOTHING;
	*step = schedule->step;
	return err;
}

void schedule__not_yet(struct schedule *schedule, struct schedule_step *step)
{
	size_t unit = turns__any_gentle(&schedule->turns);

	if (unit == schedule->turns.units.n)
		return;
	begin_window(schedule, unit);
	schedule->besides = true;
	*step = schedule->step;
}

static void note_site(struct site *site, uint64_t hits, double own_ns, double price_ns)
{
	double taken_ns = (double)hits * price_ns;

	site->hits = MEMORY * site->hits + (double)hits;
	site->own_ns = MEMORY * site->own_ns + own_ns;
	site->windows++;
	site->peak *= PEAK_MEMORY;
	/* Where the probes take nearly all of the time, their price does not tell what is left. */
	if (hits)
		site->peak = fmax(site->peak, taken_ns / fmax(own_ns, taken_ns / MOST_LOAD));
}

/* A trial is over: bodies whose cost is known are out until it is decided what stays in. */
static void end_trial(struct schedule *schedule)
{
	for (size_t b = 0; b < schedule->n_bodies; b++)
		if (schedule->bodies[b].state == STATE_NEW && is_tried(schedule, &schedule->bodies[b]))
			schedule->bodies[b].state = STATE_OUT;
}

/* What it cost to put the window's sites in and out. */
static void note_setup(struct schedule *schedule, const struct schedule_window *window, bool trial)
{
	double setup_ns = fmax(window->cost_ns - window->open_cost_ns, 0), *known_ns;

	schedule->setup_sites = MEMORY * schedule->setup_sites + (double)schedule->step.n;
	schedule->setup_ns = MEMORY * schedule->setup_ns + setup_ns;
	if (trial)
		return;
	known_ns = &schedule->turns.units.items[schedule->unit].setup_ns;
	*known_ns = *known_ns > 0 ? (*known_ns + setup_ns) / 2 : setup_ns;
}

void schedule__window_done(struct schedule *schedule, const struct schedule_window *window)
{
	const struct schedule_step *step = &schedule->step;
	bool trial = step->sites == schedule->trial, over;

	schedule->has_step = false;
	for (size_t i = 0; i < step->n; i++)
		note_site(&schedule->sites[step->sites[i]], window->counts[2 * i] + window->counts[2 * i + 1],
			  window->own_ns, schedule->config.prices_ns[step->sites[i]]);
	note_setup(schedule, window, trial);
	if (trial) {
		end_trial(schedule);
		return;
	}
	schedule->since++;
	over = !schedule->besides && turns__pass(&schedule->turns);
	if (over && schedule->since >= ROUND)
		schedule->settled = false;
}

void schedule__body_done(struct schedule *schedule)
{
	struct body *body = &schedule->bodies[schedule->step.body];

	schedule->has_step = false;
	body->state = schedule->step.action == SCHEDULE_PUT_IN ? STATE_IN : STATE_OUT;
	body->load = UNKNOWN;
}

/* The body that takes most of those that are in; n_bodies when none is. */
static size_t find_dearest(const struct schedule *schedule)
{
	size_t dearest = schedule->n_bodies;

	for (size_t b = 0; b < schedule->n_bodies; b++)
		if (schedule__is_in(schedule, b) &&
		    (dearest == schedule->n_bodies || schedule->bodies[b].load > schedule->bodies[dearest].load))
			dearest = b;
	return dearest;
}

/* The body was in, and is out: for good if it is TOO_DEAR, otherwise until it is put in again. */
static void put_out(struct schedule *schedule, struct body *body, bool too_dear)
{
	for (uint32_t i = 0; too_dear && i < body->n; i++) {
		struct site *site = &schedule->sites[body->first + i];

		site->peak = fmax(site->peak, body->load / body->n);
	}
	body->was_out |= too_dear;
	body->state = too_dear ? STATE_OUT : STATE_WANTED;
	body->load = UNKNOWN;
}

void schedule__all_out(struct schedule *schedule)
{
	size_t dearest = find_dearest(schedule);

	schedule->has_step = false;
	turns__forget(&schedule->turns);
	for (size_t b = 0; b < schedule->n_bodies; b++) {
		struct body *body = &schedule->bodies[b];

		if (b != dearest && schedule__is_in(schedule, b))
			put_out(schedule, body, body->load > STEADY_PART * schedule->config.share);
	}
	if (dearest < schedule->n_bodies)
		put_out(schedule, &schedule->bodies[dearest], true);
}

void schedule__note_hits(struct schedule *schedule, size_t body, double hits, double own_ns)
{
	struct body *it = &schedule->bodies[body];
	double price_ns = 0;

	for (uint32_t i = 0; i < it->n; i++)
		price_ns += schedule->config.prices_ns[it->first + i];
	it->load = own_ns > 0 && it->n ? STEADY_FACTOR * hits * price_ns / it->n / own_ns : UNKNOWN;
}

void schedule__settle(struct schedule *schedule)
{
	schedule->settled = false;
	schedule->has_step = false;
}

size_t schedule__n_bodies(const struct schedule *schedule)
{
	return schedule->n_bodies;
}

bool schedule__is_in(const struct schedule *schedule, size_t body)
{
	return schedule->bodies[body].state == STATE_IN || schedule->bodies[body].state == STATE_UNWANTED;
}

bool schedule__is_settled(const struct schedule *schedule)
{
	return schedule->settled && find_state(schedule, STATE_WANTED) == schedule->n_bodies;
}

uint32_t schedule__first(const struct schedule *schedule, size_t body)
{
	return schedule->bodies[body].first;
}

uint32_t schedule__n_sites(const struct schedule *schedule, size_t body)
{
	return schedule->bodies[body].n;
}
