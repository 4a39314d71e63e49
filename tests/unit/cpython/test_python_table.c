// SPDX-License-Identifier: GPL-2.0-or-later
/* The oracle is CPython itself: what its own code objects say of their lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpython/python_table.h"
#include "unit/test.h"

#define MODULES "argparse dataclasses asyncio.base_events typing json.decoder _pydecimal statistics"

static uint8_t *from_hex(const char *hex, size_t *n)
{
	uint8_t *bytes = malloc(strlen(hex) / 2 + 1);

	assert_non_null(bytes);
	for (*n = 0; hex[2 * *n] && hex[0] != '-'; ++*n) {
		unsigned byte;

		assert_int_equal(sscanf(hex + 2 * *n, "%2x", &byte), 1);
		bytes[*n] = (uint8_t)byte;
	}
	return bytes;
}

/* N numbers, separated by commas; "-" for none. */
static void assert_numbers(const uint32_t *found, size_t n_found, char *expected)
{
	char *rest, *text = strtok_r(expected, ",", &rest);
	size_t n = 0;

	for (; text && strcmp(text, "-") != 0; text = strtok_r(NULL, ",", &rest)) {
		assert_true(n < n_found);
		assert_int_equal(found[n++], strtoul(text, NULL, 10));
	}
	assert_int_equal(n, n_found);
}

static void agrees_with_python(void **state)
{
	FILE *pipe = popen("/usr/bin/python3 tests/python/tables.py " MODULES, "r");
	size_t room = 0, n_codes = 0, n_silent = 0;
	char *line = NULL;

	(void)state;
	assert_non_null(pipe);
	while (getline(&line, &room, pipe) > 0) {
		char *hex = malloc(room), *lines = malloc(room), *each = malloc(room);
		unsigned first_line, entry, first, silent;
		struct python_lines found;
		struct python_units units;
		uint8_t *table;
		size_t size;

		assert_int_equal(
			sscanf(line, "%u %u %s %u %u %s %s", &first_line, &entry, hex, &first, &silent, lines, each),
			7);
		table = from_hex(hex, &size);
		assert_int_equal(python_table__lines(table, size, first_line, entry, &found), 0);
		assert_int_equal(found.first, first);
		assert_int_equal(found.silent, silent);
		assert_numbers(found.lines, found.n, lines);
		assert_int_equal(python_table__units(table, size, first_line, &units), 0);
		assert_numbers(units.lines, units.n, each);
		n_silent += silent;
		n_codes++;
		python_lines__release(&found);
		python_units__release(&units);
		free(table);
		free(hex);
		free(lines);
		free(each);
	}
	free(line);
	assert_int_equal(pclose(pipe), 0);
	assert_true(n_codes > 500 && n_silent > 10);
}

/* Whatever the bytes are, reading ends and stays within them. */
static void survives_damage(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t size = random % 64;
		uint8_t *table = malloc(size + 1);
		struct python_lines found;
		struct python_units units;

		assert_non_null(table);
		for (size_t i = 0; i < size; i++) {
			random = random * 1664525 + 1013904223;
			table[i] = random >> 24;
		}
		random = random * 1664525 + 1013904223;
		assert_int_equal(python_table__lines(table, size, random >> 16, random % 8, &found), 0);
		for (size_t i = 1; i < found.n; i++)
			assert_true(found.lines[i - 1] < found.lines[i]);
		assert_int_equal(python_table__units(table, size, random >> 16, &units), 0);
		assert_true(units.n <= 8 * size);
		python_lines__release(&found);
		python_units__release(&units);
		free(table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_python),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
