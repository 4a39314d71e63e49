// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/sorted.h"
#include "unit/test.h"

#define N_OF(array) (sizeof(array) / sizeof(*(array)))

struct item {
	uint64_t other;
	struct {
		uint64_t wide;
		uint32_t narrow;
	} of;
};

static void none(void **state)
{
	static const uint64_t wanted[] = {0, 1, UINT64_MAX};
	const struct item *items = NULL;

	(void)state;
	for (size_t i = 0; i < N_OF(wanted); i++) {
		assert_int_equal(sorted__from(NULL, 0, SORTED_U64, wanted[i]), 0);
		assert_int_equal(sorted__above(NULL, 0, SORTED_U64, wanted[i]), 0);
		assert_int_equal(sorted__at(NULL, 0, SORTED_U64, wanted[i]), 0);
		assert_int_equal(SORTED_FROM(items, 0, of.narrow, wanted[i]), 0);
		assert_int_equal(SORTED_ABOVE(items, 0, of.wide, wanted[i]), 0);
		assert_int_equal(SORTED_AT(items, 0, of.wide, wanted[i]), 0);
	}
}

static void each_place(void **state)
{
	static const uint64_t numbers[] = {2, 4, 4, 4, 7, UINT32_MAX + 1ull, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX};
	static const struct {
		uint64_t wanted;
		size_t from, above, at;
	} cases[] = {
		{0, 0, 0, 9},
		{1, 0, 0, 9},
		{2, 0, 1, 0},
		{3, 1, 1, 9},
		{4, 1, 4, 1},
		{5, 4, 4, 9},
		{7, 4, 5, 4},
		{UINT32_MAX, 5, 5, 9},
		{UINT32_MAX + 1ull, 5, 6, 5},
		{UINT32_MAX + 8ull, 6, 6, 9}, /* 7 in its lower half */
		{UINT64_MAX - 2, 6, 6, 9},
		{UINT64_MAX - 1, 6, 7, 6},
		{UINT64_MAX, 7, 9, 7},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		assert_int_equal(sorted__from(numbers, 9, SORTED_U64, cases[i].wanted), cases[i].from);
		assert_int_equal(sorted__above(numbers, 9, SORTED_U64, cases[i].wanted), cases[i].above);
		assert_int_equal(sorted__at(numbers, 9, SORTED_U64, cases[i].wanted), cases[i].at);
	}
	/* Behind the last */
	assert_int_equal(sorted__from(numbers, 5, SORTED_U64, 8), 5);
	assert_int_equal(sorted__above(numbers, 5, SORTED_U64, 7), 5);
	assert_int_equal(sorted__above(numbers, 5, SORTED_U64, UINT64_MAX), 5);
	assert_int_equal(sorted__at(numbers, 5, SORTED_U64, UINT64_MAX), 5);
}

static void numbers_of_structures(void **state)
{
	struct item items[5];

	(void)state;
	memset(items, 0xff, sizeof(items)); /* what is beside the numbers is not looked at */
	for (uint32_t i = 0; i < N_OF(items); i++) {
		items[i].of.narrow = UINT32_MAX - 4 + i;
		items[i].of.wide = ((uint64_t)i << 32) + 9 - i;
	}
	for (uint32_t i = 0; i < N_OF(items); i++) {
		assert_int_equal(SORTED_FROM(items, N_OF(items), of.narrow, UINT32_MAX - 4 + i), i);
		assert_int_equal(SORTED_ABOVE(items, N_OF(items), of.narrow, UINT32_MAX - 4 + i), i + 1);
		assert_int_equal(SORTED_AT(items, N_OF(items), of.narrow, UINT32_MAX - 4 + i), i);
		assert_int_equal(SORTED_FROM(items, N_OF(items), of.wide, items[i].of.wide), i);
		assert_int_equal(SORTED_FROM(items, N_OF(items), of.wide, items[i].of.wide + 1), i + 1);
		assert_int_equal(SORTED_ABOVE(items, N_OF(items), of.wide, items[i].of.wide), i + 1);
		assert_int_equal(SORTED_ABOVE(items, N_OF(items), of.wide, items[i].of.wide - 1), i);
		assert_int_equal(SORTED_AT(items, N_OF(items), of.wide, items[i].of.wide), i);
		assert_int_equal(SORTED_AT(items, N_OF(items), of.wide, items[i].of.wide - 1), N_OF(items));
	}
	/* What is wanted may be wider than the numbers. */
	assert_int_equal(SORTED_FROM(items, N_OF(items), of.narrow, UINT64_C(1) << 32), N_OF(items));
	assert_int_equal(SORTED_AT(items, N_OF(items), of.narrow, (UINT64_C(1) << 32) + UINT32_MAX), N_OF(items));
}

/* Arrays of all lengths, so that each way through the halves is taken. */
static void all_lengths(void **state)
{
	uint64_t numbers[40];

	(void)state;
	for (size_t n = 0; n <= N_OF(numbers); n++) {
		for (size_t i = 0; i < n; i++)
			numbers[i] = i / 3 * 2;
		for (uint64_t wanted = 0; wanted < 30; wanted++) {
			size_t from = 0, above = 0;

			while (from < n && numbers[from] < wanted)
				from++;
			while (above < n && numbers[above] <= wanted)
				above++;
			assert_int_equal(sorted__from(numbers, n, SORTED_U64, wanted), from);
			assert_int_equal(sorted__above(numbers, n, SORTED_U64, wanted), above);
			assert_int_equal(sorted__at(numbers, n, SORTED_U64, wanted), from < above ? from : n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none),
		cmocka_unit_test(each_place),
		cmocka_unit_test(numbers_of_structures),
		cmocka_unit_test(all_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
