// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/simulated.h"

#include <math.h>
#include <stdlib.h>

#include "unit/test.h"

/* How much a gentle window may slow the program. */
#define GENTLE 0.25

double simulated__random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (double)(*seed >> 11) * 0x1p-53;
}

static double exponential(uint64_t *seed, double mean)
{
	return -mean * log(1 - simulated__random(seed));
}

static double normal(uint64_t *seed)
{
	return sqrt(-2 * log(1 - simulated__random(seed))) * cos(6.283185307179586 * simulated__random(seed));
}

/* The site of the function's entry, or of a landing pad or target of indirect jumps, chosen at random. */
static uint32_t root_site(struct simulated *it, uint8_t reason)
{
	uint32_t found = PLAN_OUT;
	double n = 0;

	for (uint32_t k = 0; k < it->plan->n_roots; k++)
		if (it->plan->cfg->insns[it->plan->roots[k].insn].root & reason &&
		    simulated__random(&it->seed) * ++n < 1)
			found = it->plan->roots[k].site;
	return found;
}

static void enter(struct simulated *it, struct simulated_phase *phase)
{
	phase->site = root_site(it, CFG_ROOT_ENTRY);
	phase->wait_ns += exponential(&it->seed, phase->outside_ns);
}

void simulated__init(struct simulated *it, const struct plan *plan, unsigned n_phases, double edge_ns, uint64_t seed)
{
	*it = (struct simulated){.plan = plan, .n_phases = n_phases, .seed = seed, .price_ns = 500};
	it->truth = calloc((size_t)2 * plan->n_sites, sizeof(*it->truth));
	it->place = calloc(plan->n_sites, sizeof(*it->place));
	for (unsigned p = 0; p < n_phases; p++) {
		struct simulated_phase *phase = &it->phases[p];

		phase->lasts_ns = 1e8;
		phase->outside_ns = edge_ns * 20 * simulated__random(&it->seed);
		phase->taken = calloc(plan->n_sites, sizeof(*phase->taken));
		phase->edge_ns = calloc(plan->n_sites, sizeof(*phase->edge_ns));
		for (uint32_t s = 0; s < plan->n_sites; s++) {
			bool branches = plan->cfg->insns[plan->sites[s].insn].insn.flow == INSN_FLOW_COND;

			phase->taken[s] = branches ? simulated__random(&it->seed) : 0;
			phase->edge_ns[s] = edge_ns * 2 * simulated__random(&it->seed);
		}
		enter(it, phase);
	}
}

void simulated__release(struct simulated *it)
{
	for (unsigned p = 0; p < it->n_phases; p++) {
		free(it->phases[p].taken);
		free(it->phases[p].edge_ns);
	}
	free(it->truth);
	free(it->place);
}

/* The next hit: returns the edge on which control leaves, and finds the site after that. */
static uint32_t hit(struct simulated *it, struct simulated_phase *phase)
{
	uint32_t s = phase->site, taken = simulated__random(&it->seed) < phase->taken[s];
	const struct plan_site *site = &it->plan->sites[s];

	phase->site = site->next[taken];
	phase->wait_ns = exponential(&it->seed, phase->edge_ns[s]);
	if (site->called[taken] && phase->throws > 0 && simulated__random(&it->seed) < phase->throws)
		phase->site = root_site(it, CFG_ROOT_PAD);
	else if (phase->site == PLAN_ANY)
		phase->site = root_site(it, CFG_ROOT_INDIRECT);
	if (phase->site >= it->plan->n_sites)
		enter(it, phase);
	return 2 * s + taken;
}

/* Goes on by AT_MOST_NS, to the next hit or to the end of the phase. Returns the edge departed, or CFG_NONE. */
static uint32_t go_on(struct simulated *it, double at_most_ns, double *passed_ns)
{
	struct simulated_phase *phase = &it->phases[it->phase];
	double least = fmin(at_most_ns, fmin(phase->wait_ns, it->left_ns));

	*passed_ns = least;
	it->left_ns -= least;
	if (least == phase->wait_ns)
		return hit(it, phase);
	phase->wait_ns -= least;
	if (it->left_ns <= 0) {
		it->phase = (it->phase + 1) % it->n_phases;
		it->left_ns = it->phases[it->phase].lasts_ns;
	}
	return CFG_NONE;
}

void simulated__run(struct simulated *it, unsigned cycles)
{
	double cycle = 0, passed;

	for (unsigned p = 0; p < it->n_phases; p++)
		cycle += it->phases[p].lasts_ns;
	for (double rest = cycle * cycles; rest > 0; rest -= passed) {
		uint32_t e = go_on(it, rest, &passed);

		if (e != CFG_NONE)
			it->truth[e] += 1 / (cycle * cycles);
	}
}

void simulated__misprice(struct simulated *it, double common, double place)
{
	it->common = common * normal(&it->seed);
	for (uint32_t s = 0; s < it->plan->n_sites; s++)
		it->place[s] = place * normal(&it->seed);
}

/* Goes to a random moment of the program's own time. */
static void seek(struct simulated *it)
{
	double cycle = 0, at, rest = 2e4 * (1 + simulated__random(&it->seed)), passed;

	for (unsigned p = 0; p < it->n_phases; p++)
		cycle += it->phases[p].lasts_ns;
	at = cycle * simulated__random(&it->seed);
	for (it->phase = 0; at >= it->phases[it->phase].lasts_ns; it->phase++)
		at -= it->phases[it->phase].lasts_ns;
	it->left_ns = it->phases[it->phase].lasts_ns - at;
	for (; rest > 0; rest -= passed)
		go_on(it, rest, &passed);
}

void simulated__window(struct simulated *it, const uint32_t *sites, uint32_t n, double open_ns, double limit_ns,
		       struct window_log *log)
{
	uint64_t *counts = calloc((size_t)2 * n, sizeof(*counts));
	uint32_t *index = calloc(it->plan->n_sites, sizeof(*index));
	double wall = 0, price = 0, passed;

	for (uint32_t i = 0; i < n; i++)
		index[sites[i]] = i + 1;
	seek(it);
	while (wall < open_ns && price < limit_ns) {
		uint32_t e = go_on(it, open_ns - wall, &passed);

		wall += passed;
		if (e == CFG_NONE || !index[e / 2])
			continue;
		counts[2 * (index[e / 2] - 1) + e % 2]++;
		price += it->price_ns;
		wall += it->price_ns * (1 + it->common) * (1 + it->place[e / 2]);
	}
	assert_int_equal(window_log__add(log, &(struct window){.sites = sites,
							       .counts = counts,
							       .n = n,
							       .own_ns = wall - price,
							       .doubt_ns = 0.05 * price,
							       .price_ns = price}),
			 0);
	free(counts);
	free(index);
}

/* The share of the program's own time that hits of site S would take. */
static double load_of(const struct simulated *it, uint32_t s)
{
	return it->price_ns * (it->truth[(size_t)2 * s] + it->truth[2 * s + 1]);
}

static void repeat(struct simulated *it, const uint32_t *sites, uint32_t n_sites, double limit_ns, unsigned n,
		   struct window_log *log)
{
	for (unsigned k = 0; n_sites && k < n; k++)
		simulated__window(it, sites, n_sites, 1e7, limit_ns, log);
}

void simulated__windows(struct simulated *it, unsigned n, struct window_log *log)
{
	uint32_t *sites = calloc(it->plan->n_sites, sizeof(*sites)), n_sites = 0, coolest = CFG_NONE;
	double load = 0, least = 1e9;
	bool violent = false;

	for (uint32_t s = 0; s < it->plan->n_sites; s++) {
		double mine = load_of(it, s);

		if (mine > 0 && mine < least) {
			coolest = s;
			least = mine;
		}
		violent |= mine > GENTLE;
		if (mine > GENTLE)
			continue;
		if (load + mine > GENTLE) {
			repeat(it, sites, n_sites, 1e9, n, log);
			n_sites = 0;
			load = 0;
		}
		sites[n_sites++] = s;
		load += mine;
	}
	repeat(it, sites, n_sites, 1e9, n, log);
	if (least > GENTLE)
		repeat(it, &coolest, 1, 4000 * it->price_ns, n, log);
	for (uint32_t s = 0; s < it->plan->n_sites; s++)
		sites[s] = s;
	repeat(it, sites, violent ? it->plan->n_sites : 0, 4000 * it->price_ns, n, log);
	free(sites);
}
