// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "budget/turns.h"
#include "unit/test.h"

#define UNITS  5
#define RARE   4 /* the unit that is hardly hit */
#define ROUNDS 400

/* Units of one site each, of which the first is violent. */
static void begin(struct turns *turns)
{
	static const double loads[UNITS] = {20, 0.2, 0.2, 0.25, 0};

	turns__open(turns, 7);
	for (uint32_t i = 0; i < UNITS; i++) {
		const struct window_site site = {i, loads[i]};

		assert_int_equal(window_units__add(&turns->units, &site, 1), 0);
	}
	assert_int_equal(turns__begin(turns), 0);
}

/* Counts how often each unit has its turn in ROUNDS rounds. */
static void go_round(struct turns *turns, unsigned counts[UNITS])
{
	memset(counts, 0, UNITS * sizeof(*counts));
	for (int round = 0; round < ROUNDS;) {
		assert_true(turns__present(turns) < UNITS);
		assert_true(turns->jitter >= 0.5 && turns->jitter < 1.5);
		counts[turns__present(turns)]++;
		round += turns__pass(turns);
	}
}

static void all_have_a_turn_in_each_round(void **state)
{
	struct turns turns;
	unsigned counts[UNITS];

	(void)state;
	begin(&turns);
	for (uint32_t i = 0; i < UNITS; i++)
		turns.units.items[i].load = 0.2;
	go_round(&turns, counts);
	for (int i = 0; i < UNITS; i++)
		assert_int_equal(counts[i], ROUNDS);
	turns__forget(&turns);
}

static void what_is_hardly_hit_misses_rounds(void **state)
{
	struct turns turns;
	unsigned counts[UNITS];

	(void)state;
	begin(&turns);
	turns.units.items[0].load = 0.25;
	go_round(&turns, counts);
	for (int i = 0; i < RARE; i++)
		assert_int_equal(counts[i], ROUNDS);
	assert_int_equal(counts[RARE], ROUNDS / 4);
	turns__forget(&turns);
}

static void others_come_besides(void **state)
{
	unsigned counts[UNITS] = {0};
	struct turns turns;

	(void)state;
	begin(&turns);
	for (int i = 0; i < 3000; i++) {
		size_t present = turns__present(&turns);

		counts[turns__any_gentle(&turns)]++;
		assert_int_equal(turns__present(&turns), present);
	}
	assert_int_equal(counts[0], 0);
	assert_int_equal(counts[RARE], 0);
	for (int i = 1; i < RARE; i++)
		assert_in_range(counts[i], 800, 1200);
	for (uint32_t i = 0; i < UNITS; i++)
		turns.units.items[i].violent = true;
	assert_int_equal(turns__any_gentle(&turns), UNITS);
	turns__forget(&turns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_have_a_turn_in_each_round),
		cmocka_unit_test(what_is_hardly_hit_misses_rounds),
		cmocka_unit_test(others_come_besides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
