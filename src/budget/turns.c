// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget/turns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define RARE_LOAD   0.01 /* a unit with less than this part of the greatest load of one has its turn ... */
#define RARE_ROUNDS 4	 /* ... in each so many rounds */

/* A number from 0 to below 1, by chance: xorshift, by Marsaglia. */
static double random_part(struct turns *turns)
{
	uint64_t x = turns->chance;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	turns->chance = x;
	return (double)(x >> 11) / (double)(1ull << 53);
}

void turns__open(struct turns *turns, uint64_t seed)
{
	*turns = (struct turns){.chance = seed | 1};
}

static void shuffle(struct turns *turns)
{
	for (size_t i = turns->units.n; i > 1; i--) {
		size_t k = (size_t)(random_part(turns) * (double)i), other = turns->order[k];

		turns->order[k] = turns->order[i - 1];
		turns->order[i - 1] = other;
	}
	turns->n_done = 0;
}

static void draw_jitter(struct turns *turns)
{
	turns->jitter = 0.5 + random_part(turns);
}

int turns__begin(struct turns *turns)
{
	turns->order = calloc(turns->units.n + 1, sizeof(*turns->order));
	if (!turns->order)
		return -ENOMEM;
	for (size_t i = 0; i < turns->units.n; i++)
		turns->order[i] = i;
	shuffle(turns);
	draw_jitter(turns);
	return 0;
}

void turns__forget(struct turns *turns)
{
	window_units__release(&turns->units);
	free(turns->order);
	*turns = (struct turns){.chance = turns->chance};
}

size_t turns__present(const struct turns *turns)
{
	return turns->order[turns->n_done];
}

/* Whether the unit whose turn it is misses this round. The one with the greatest load never does. */
static bool is_skipped(const struct turns *turns)
{
	double most = 0;

	if (turns->n_rounds % RARE_ROUNDS == 0)
		return false;
	for (size_t i = 0; i < turns->units.n; i++)
		most = fmax(most, turns->units.items[i].load);
	return turns->units.items[turns__present(turns)].load < RARE_LOAD * most;
}

bool turns__pass(struct turns *turns)
{
	bool over = false;

	do {
		if (++turns->n_done < turns->units.n)
			continue;
		shuffle(turns);
		turns->n_rounds++;
		over = true;
	} while (is_skipped(turns));
	draw_jitter(turns);
	return over;
}

size_t turns__any_gentle(struct turns *turns)
{
	size_t found = turns->units.n, n = 0;

	for (size_t i = 0; i < turns->units.n; i++) {
		const struct window_unit *unit = &turns->units.items[i];

		if (unit->violent || unit->load <= RARE_LOAD * WINDOW_UNITS_LOAD)
			continue;
		if (random_part(turns) * (double)++n < 1)
			found = i;
	}
	return found;
}
