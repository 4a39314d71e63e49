// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "profile/place_order.h"
#include "unit/test.h"

/* Each row sorts before the next one because of the last field in which they differ. */
static const struct {
	const char *file;
	uint32_t line;
	const char *name, *linkage_name, *object, *build_id;
	int pid, tid;
} rows[] = {
	{"a", 9, "z", "z", "z", "z", 9, 9}, {"b", 1, "z", "z", "z", "z", 9, 9}, {"b", 2, "a", "z", "z", "z", 9, 9},
	{"b", 2, "b", "a", "z", "z", 9, 9}, {"b", 2, "b", "b", "a", "z", 9, 9}, {"b", 2, "b", "b", "b", "a", 9, 9},
	{"b", 2, "b", "b", "b", "b", 1, 9}, {"b", 2, "b", "b", "b", "b", 2, 1}, {"b", 2, "b", "b", "b", "b", 2, 2},
};

#define N_ROWS (sizeof(rows) / sizeof(*rows))

static void add(struct profile *profile, size_t row)
{
	struct profile_function *function =
		profile__add_function(profile, rows[row].name, rows[row].linkage_name, rows[row].file, rows[row].line);

	assert_non_null(function);
	assert_int_equal(profile_function__set_place(function, rows[row].object, rows[row].build_id, NULL), 0);
	function->owner = (struct profile_owner){.pid = rows[row].pid, .tid = rows[row].tid};
	function->calls = row;
}

static void each_difference_counts(void **state)
{
	struct profile *profile = profile__new();
	const struct profile_function **functions;

	(void)state;
	assert_non_null(profile);
	for (size_t i = 0; i < N_ROWS; i++)
		add(profile, (i * 5 + 3) % N_ROWS);
	functions = place_order__functions(profile);
	assert_non_null(functions);
	for (size_t i = 0; i < N_ROWS; i++)
		assert_int_equal(functions[i]->calls, i);
	for (size_t i = 1; i < N_ROWS; i++) {
		int order = place_order__compare(functions[i - 1], functions[i]);

		/* A different owner does not make a different function. */
		if (i < N_ROWS - 2)
			assert_true(order < 0 && place_order__compare(functions[i], functions[i - 1]) > 0);
		else
			assert_int_equal(order, 0);
	}
	free(functions);
	profile__free(profile);
}

static void of_nothing(void **state)
{
	struct profile *profile = profile__new();
	const struct profile_function **functions = place_order__functions(profile);

	(void)state;
	assert_non_null(functions);
	free(functions);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_difference_counts),
		cmocka_unit_test(of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
