// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "base/key_map.h"
#include "unit/test.h"

/* Keys such as cookies, addresses and IDs: next to each other, far apart, and alike in their lower bits. */
static uint64_t key_at(size_t i)
{
	switch (i % 3) {
	case 0:
		return i + 1;
	case 1:
		return UINT64_C(0x7f0000000000) + (uint64_t)i * 4096;
	default:
		return (uint64_t)i << 44;
	}
}

static void empty(void **state)
{
	struct key_map map = {0};
	size_t value = 7;

	(void)state;
	assert_false(key_map__get(&map, 1, &value));
	assert_false(key_map__get(&map, 0, &value));
	assert_int_equal(value, 7);
	assert_int_equal(key_map__set(&map, 0, 1), -EINVAL);
	assert_int_equal(map.n, 0);
	key_map__clear(&map);
}

static void keeps_what_is_set(void **state)
{
	struct key_map map = {0};
	size_t value;

	(void)state;
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(key_map__set(&map, key_at(i), i), 0);
	assert_int_equal(map.n, 5000);
	assert_true(map.capacity > map.n);
	for (size_t i = 0; i < 5000; i++) {
		assert_true(key_map__get(&map, key_at(i), &value));
		assert_int_equal(value, i);
	}
	assert_true(key_map__get(&map, key_at(1), NULL));
	for (size_t i = 5000; i < 10000; i++)
		assert_false(key_map__get(&map, key_at(i), &value));
	assert_false(key_map__get(&map, 0, NULL));
	key_map__clear(&map);
}

static void replaces(void **state)
{
	struct key_map map = {0};
	size_t value;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(key_map__set(&map, UINT64_MAX, i), 0);
	assert_int_equal(map.n, 1);
	assert_true(key_map__get(&map, UINT64_MAX, &value));
	assert_int_equal(value, 999);
	key_map__clear(&map);
	assert_int_equal(map.n, 0);
	assert_false(key_map__get(&map, UINT64_MAX, &value));
	assert_int_equal(key_map__set(&map, 5, 6), 0); /* it can be used again */
	assert_true(key_map__get(&map, 5, &value));
	key_map__clear(&map);
}

static bool same_number(const void *things, size_t number, const void *item)
{
	return ((const int *)things)[number] == *(const int *)item;
}

/* All numbers have one of two hashes, of which one is 0. */
static void finds_things_that_share_hashes(void **state)
{
	static const int things[] = {10, 21, 30, 41, 50, 61};
	struct key_map map = {0};
	uint64_t found;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_false(key_map__find(&map, (uint64_t)things[i] % 2, same_number, things, &things[i], &found));
		assert_int_equal(key_map__set(&map, found, i), 0);
	}
	assert_int_equal(map.n, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_true(key_map__find(&map, (uint64_t)things[i] % 2, same_number, things, &things[i], &found));
		assert_int_equal(found, i);
	}
	key_map__clear(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(keeps_what_is_set),
		cmocka_unit_test(replaces),
		cmocka_unit_test(finds_things_that_share_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
