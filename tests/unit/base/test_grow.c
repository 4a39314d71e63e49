// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/grow.h"
#include "unit/test.h"

/* The address sanitizer ends a program that asks for too much, unless this says otherwise. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void rounds_up_to_powers_of_two(void **state)
{
	static const size_t cases[][2] = {{0, 0}, {1, 1}, {2, 2}, {3, 4}, {4, 4}, {5, 8}, {1023, 1024}, {1025, 2048}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(grow__round(cases[i][0]), cases[i][1]);
	assert_int_equal(grow__round(SIZE_MAX / 2 + 1), SIZE_MAX / 2 + 1);
	assert_int_equal(grow__round(SIZE_MAX / 2), SIZE_MAX / 2 + 1);
	assert_int_equal(grow__round(SIZE_MAX), SIZE_MAX); /* there is none */
}

static void one_by_one(void **state)
{
	size_t room = 0, n_resized = 0;
	unsigned *items = NULL;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		size_t before = room;

		assert_int_equal(grow__one(&items, &room, i, sizeof(*items)), 0);
		n_resized += room != before;
		items[i] = i;
	}
	assert_true(n_resized <= 8);
	assert_int_equal(room, 1024);
	assert_int_equal(grow__to(&items, &room, 5000, sizeof(*items)), 0);
	assert_true(room >= 5000);
	items[4999] = 1;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	free(items);
}

static void without_a_capacity(void **state)
{
	unsigned *items = NULL;
	size_t n = 0;

	(void)state;
	for (size_t more = 0; more < 40; more++) {
		assert_int_equal(grow__counted(&items, n, more, sizeof(*items)), 0);
		for (size_t i = 0; i < more; i++, n++)
			items[n] = (unsigned)n;
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(items[i], i);
	free(items);
}

static void keeps_the_array_when_there_is_no_memory(void **state)
{
	char *items = malloc(1), *before = items;
	volatile size_t huge = SIZE_MAX / 2; /* the compiler is not to know it */
	size_t room = 1;

	(void)state;
	assert_non_null(items);
	*items = 'x';
	assert_int_equal(grow__to(&items, &room, huge, 16), -ENOMEM);
	assert_int_equal(grow__counted(&items, 1, huge, 16), -ENOMEM);
	assert_ptr_equal(items, before);
	assert_int_equal(room, 1);
	assert_int_equal(*items, 'x');
	free(items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_up_to_powers_of_two),
		cmocka_unit_test(one_by_one),
		cmocka_unit_test(without_a_capacity),
		cmocka_unit_test(keeps_the_array_when_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
