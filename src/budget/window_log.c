// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Windows with the same sites are a set. When a set is full, every two neighbours are joined, so that each of
 * its sums stands for twice as many windows; from then on, new windows are joined to the last sum until it stands for
 * as many as the others. So the sums of a set stand for equal numbers of windows, except the last, and the set covers
 * the whole run with the same weight everywhere.
 *
 * The rate of a joined sum is the mean of the rates of its windows, for the reason that window_times.c gives: windows
 * that fall where hits are dense cover less of the target's own time than others, so counts and times that are simply
 * added up would make too little of them. A window in which the target ran much less than in others, because it slept,
 * says little and gets less weight.
 *
 * That mean needs the own time of each window. Where it is lost in the doubt of the price, it is what the instructions
 * between hits take; what was measured above the doubt comes to it (window_scales.c has the reasons).
 *
 * The own time of a gentle window is known. That of a violent window is the small difference of its whole time and a
 * price that is known to some per cent, so it may be far off, and negative. The target's own time is not negative; so
 * what is taken for it is the mean of a normal distribution of which only the positive part is left,
 *
 *     time = own + doubt * density(own / doubt) / distribution(own / doubt)
 */
#include "budget/window_log.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/hash.h"

/* How many full sets each site can be in, on average, before sets are forgotten. */
#define SETS_A_SITE 4

/* About what the allocator takes for one allocation. */
#define ALLOCATION 32

/* Times what instructions take at least: what they take. See window_scales.c. */
#define TYPICAL 0.65

#define CERTAIN 4.0 /* times its doubt: a measured own time that is more is the own time */
#define PRICED	4.0 /* times its doubt: with a lower price, the doubt is that of the clocks and not of the price */
#define ABOVE	2.0 /* times its doubt: what is more of a measured own time than that is no chance */

/* Where less is known of a time than this, all that is known is that it is positive. */
#define MOST_DOUBT 3.0

struct logged_set {
	struct window_set set; /* owns its arrays, and the counts of its sums */
	uint64_t hash;
	uint64_t used;	 /* when it had its last window, by the number of windows before */
	double capacity; /* windows that each of its sums may stand for */
};

struct window_log {
	struct logged_set *sets;
	size_t n_sets, sets_capacity;
	size_t bytes, most_bytes; /* of all sets */
	uint64_t added;
};

static size_t sum_bytes(uint32_t n)
{
	return sizeof(struct window_sum) + 2 * sizeof(float) * n + ALLOCATION;
}

static size_t set_bytes(uint32_t n, size_t n_sums)
{
	return sizeof(struct logged_set) + n * sizeof(uint32_t) + 2 * (size_t)ALLOCATION + n_sums * sum_bytes(n);
}

struct window_log *window_log__new(uint32_t n_sites)
{
	struct window_log *log = calloc(1, sizeof(*log));

	if (log)
		log->most_bytes = (n_sites + (size_t)1) * SETS_A_SITE * set_bytes(1, WINDOW_LOG_MOST);
	return log;
}

static void drop_sum(struct window_log *log, struct window_set *set, uint32_t i)
{
	free((void *)set->sums[i].counts);
	log->bytes -= sum_bytes(set->n);
}

static void release_set(struct window_log *log, struct window_set *set)
{
	for (uint32_t i = 0; i < set->n_sums; i++)
		drop_sum(log, set, i);
	log->bytes -= set_bytes(set->n, 0);
	free(set->sums);
	free((void *)set->sites);
}

void window_log__free(struct window_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->n_sets; i++)
		release_set(log, &log->sets[i].set);
	free(log->sets);
	free(log);
}

static uint64_t hash_sites(const struct window *window)
{
	uint64_t hash = HASH_START;

	for (uint32_t i = 0; i < window->n; i++)
		hash = hash__number(hash, window->sites[i]);
	return hash;
}

static bool has_sites(const struct logged_set *it, uint64_t hash, const struct window *window)
{
	return it->hash == hash && it->set.n == window->n &&
	       (!window->n || !memcmp(it->set.sites, window->sites, window->n * sizeof(*window->sites)));
}

/* The set of the window's sites, which may be new. NULL when out of memory. */
static struct logged_set *find_set(struct window_log *log, const struct window *window)
{
	uint64_t hash = hash_sites(window);
	struct logged_set new = {.hash = hash, .capacity = 1};
	uint32_t *sites;

	for (size_t i = 0; i < log->n_sets; i++)
		if (has_sites(&log->sets[i], hash, window))
			return &log->sets[i];
	if (grow__one(&log->sets, &log->sets_capacity, log->n_sets, sizeof(new)))
		return NULL;
	sites = calloc((size_t)window->n + 1, sizeof(*sites));
	if (!sites)
		return NULL;
	memcpy(sites, window->sites, window->n * sizeof(*sites));
	new.set.sites = sites;
	new.set.n = window->n;
	log->bytes += set_bytes(window->n, 0);
	log->sets[log->n_sets] = new;
	return &log->sets[log->n_sets++];
}

/* The mean of a normal variable with the deviation 1 of which it is known that it is larger than -Z. */
static double mean_above(double z)
{
	double density, distribution;

	if (z > 8)
		return 0;
	if (z < -8)
		return -z - 1 / z; /* the distribution is too small for its digits */
	density = exp(-z * z / 2) / sqrt(2 * M_PI);
	distribution = erfc(-z / M_SQRT2) / 2;
	return density / distribution;
}

double window_sum__time_ns(const struct window_sum *sum)
{
	if (sum->judged || sum->doubt_ns <= 0)
		return fmax(0, sum->own_ns);
	return sum->own_ns + sum->doubt_ns * mean_above(sum->own_ns / sum->doubt_ns);
}

/*
 * If a part x of the time is doubtful, the deviation is x as long as x is small. The larger it is, the further below
 * the time is the end of the interval that holds it in 95 of 100 cases, in proportion.
 */
double window_sum__doubt(const struct window_sum *sum)
{
	double ns = window_sum__time_ns(sum), part = ns > 0 ? sum->doubt_ns / ns : 0;

	return fmin(MOST_DOUBT, sum->judged ? part : part * (1 + 2.5 * part));
}

double window_set__windows(const struct window_set *set)
{
	double windows = 0;

	for (uint32_t b = 0; b < set->n_sums; b++)
		windows += set->sums[b].windows;
	return windows;
}

/* The weight of SUM in the mean of rates, when it is joined to another one and both RAN, hits included. */
static double weight(const struct window_sum *sum, double time_ns, double ran)
{
	return fmin(sum->windows, 4 * (time_ns + sum->price_ns) / ran);
}

/* The time by which the rates of windows that are joined are compared. */
static double joining_ns(const struct window_sum *sum)
{
	return sum->executed_ns > 0 ? sum->told_ns : window_sum__time_ns(sum);
}

/* Joins FROM to INTO; there are N counts. */
static void join(struct window_sum *into, const struct window_sum *from, uint32_t n)
{
	double a_ns = joining_ns(into), b_ns = joining_ns(from), a = 1, b = 1;
	double ran = (a_ns + b_ns + into->price_ns + from->price_ns) / (into->windows + from->windows);
	float *counts = (float *)into->counts;

	if (a_ns > 0 && b_ns > 0) {
		double scale;

		a = weight(into, a_ns, ran);
		b = weight(from, b_ns, ran);
		scale = (a_ns + b_ns) / (a + b);
		a *= scale / a_ns;
		b *= scale / b_ns;
	}
	for (uint32_t i = 0; i < n; i++)
		counts[i] = (float)(a * (double)counts[i] + b * (double)from->counts[i]);
	into->own_ns += from->own_ns;
	into->doubt_ns += from->doubt_ns; /* the price is wrong in the same way in both */
	into->price_ns += from->price_ns;
	into->executed_ns += from->executed_ns;
	into->told_ns += from->told_ns;
	into->dense_own_ns += from->dense_own_ns;
	into->dense_doubt_ns += from->dense_doubt_ns;
	into->windows += from->windows;
}

static void join_neighbours(struct window_log *log, struct logged_set *it)
{
	struct window_set *set = &it->set;

	for (uint32_t i = 0; i < set->n_sums / 2; i++) {
		join(&set->sums[(size_t)2 * i], &set->sums[2 * i + 1], 2 * set->n);
		drop_sum(log, set, 2 * i + 1);
		set->sums[i] = set->sums[(size_t)2 * i];
	}
	set->n_sums /= 2;
	it->capacity *= 2;
}

/* Forgets the sets that had no window for the longest until the others fit in. The newest one always stays. */
static void make_room(struct window_log *log)
{
	while (log->n_sets > 1 && log->bytes > log->most_bytes) {
		struct logged_set *oldest = log->sets;

		for (size_t i = 1; i < log->n_sets; i++)
			if (log->sets[i].used < oldest->used)
				oldest = &log->sets[i];
		release_set(log, &oldest->set);
		*oldest = log->sets[--log->n_sets];
	}
}

/* Takes over the counts of SUM. */
static int append(struct window_log *log, struct logged_set *it, const struct window_sum *sum)
{
	if (grow__counted(&it->set.sums, it->set.n_sums, 1, sizeof(*sum)))
		return -ENOMEM;
	it->set.sums[it->set.n_sums++] = *sum;
	log->bytes += sum_bytes(it->set.n);
	make_room(log);
	return 0;
}

static int add_sum(struct window_log *log, struct logged_set *it, const struct window_sum *sum)
{
	struct window_set *set = &it->set;
	int err = 0;

	it->used = ++log->added;
	if (set->n_sums == WINDOW_LOG_MOST && set->sums[set->n_sums - 1].windows >= it->capacity)
		join_neighbours(log, it);
	if (!set->n_sums || set->sums[set->n_sums - 1].windows >= it->capacity) {
		err = append(log, it, sum);
		if (!err)
			return 0;
	} else {
		join(&set->sums[set->n_sums - 1], sum, 2 * set->n);
	}
	free((void *)sum->counts);
	return err;
}

/* A sum of the one window. It has no counts yet. */
static struct window_sum sum_of(const struct window *window)
{
	struct window_sum sum = {
		.own_ns = window->own_ns,
		.doubt_ns = window->doubt_ns,
		.price_ns = window->price_ns,
		.told_ns = fmax(window->own_ns, 0),
		.windows = 1,
	};

	/* A target that sleeps has short windows with a hit or two, whose instructions tell nothing of its time. */
	if (window->price_ns < PRICED * window->doubt_ns)
		return sum;
	sum.executed_ns = TYPICAL * window->least_ns;
	if (window->own_ns > CERTAIN * window->doubt_ns)
		sum.told_ns = window->own_ns;
	else
		sum.told_ns = fmax(window->own_ns - ABOVE * window->doubt_ns, 0) + sum.executed_ns;
	if (window->own_ns < ABOVE * window->doubt_ns) {
		sum.dense_own_ns = window->own_ns;
		sum.dense_doubt_ns = window->doubt_ns;
	}
	return sum;
}

int window_log__add(struct window_log *log, const struct window *window)
{
	struct logged_set *it = find_set(log, window);
	float *counts = it ? calloc((size_t)2 * window->n + 1, sizeof(*counts)) : NULL;
	struct window_sum sum = sum_of(window);

	if (!counts)
		return -ENOMEM;
	sum.counts = counts;
	for (uint32_t i = 0; i < 2 * window->n; i++)
		counts[i] = (float)window->counts[i];
	return add_sum(log, it, &sum);
}

size_t window_log__n_sets(const struct window_log *log)
{
	return log->n_sets;
}

const struct window_set *window_log__set(const struct window_log *log, size_t i)
{
	return &log->sets[i].set;
}

struct window_sum *window_log__sums(struct window_log *log, size_t i)
{
	return log->sets[i].set.sums;
}

static void *copy_of(const void *bytes, size_t size)
{
	void *copy = calloc(1, size + 1);

	return copy && bytes ? memcpy(copy, bytes, size) : copy;
}

/* What could not be copied is NULL, and 0 sums then. Returns whether all could. */
static bool copy_set(const struct window_set *set, struct window_set *copy)
{
	*copy = (struct window_set){
		.n = set->n,
		.sites = copy_of(set->sites, set->n * sizeof(*set->sites)),
		.sums = copy_of(set->sums, set->n_sums * sizeof(*set->sums)),
	};
	while (copy->sums && copy->n_sums < set->n_sums) {
		struct window_sum *sum = &copy->sums[copy->n_sums];

		sum->counts = copy_of(sum->counts, 2ul * set->n * sizeof(*sum->counts));
		if (!sum->counts)
			return false;
		copy->n_sums++;
	}
	return copy->sites && copy->sums;
}

struct window_log *window_log__copy(const struct window_log *log)
{
	struct window_log *copy = calloc(1, sizeof(*copy));
	bool all = copy;

	if (copy)
		copy->sets = calloc(log->n_sets + 1, sizeof(*copy->sets));
	all &= copy && copy->sets;
	while (all && copy->n_sets < log->n_sets) {
		all = copy_set(&log->sets[copy->n_sets].set, &copy->sets[copy->n_sets].set);
		copy->n_sets++;
	}
	if (all)
		return copy;
	window_log__free(copy);
	return NULL;
}
