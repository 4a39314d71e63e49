// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "report/string_table.h"
#include "unit/test.h"

static size_t number_of(struct string_table *table, const char *text)
{
	size_t number = SIZE_MAX;

	assert_int_equal(string_table__add(table, text, &number), 0);
	assert_true(number < table->n);
	assert_string_equal(table->strings[number], text);
	return number;
}

static void each_text_once(void **state)
{
	struct string_table table;
	char text[16] = "a";

	(void)state;
	assert_int_equal(string_table__init(&table), 0);
	assert_int_equal(table.n, 1);
	assert_int_equal(number_of(&table, text), 1);
	text[0] = 'b'; /* it was copied */
	assert_int_equal(number_of(&table, "a"), 1);
	assert_int_equal(number_of(&table, text), 2);
	assert_int_equal(number_of(&table, ""), 0);
	assert_int_equal(table.n, 3);
	string_table__free(&table);
}

static void many(void **state)
{
	struct string_table table;
	char text[16];

	(void)state;
	assert_int_equal(string_table__init(&table), 0);
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 1; i <= 10000; i++) {
			snprintf(text, sizeof(text), "%zu", i * 7919 % 10007);
			assert_int_equal(number_of(&table, text), i);
		}
	}
	assert_int_equal(table.n, 10001);
	string_table__free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_text_once),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
