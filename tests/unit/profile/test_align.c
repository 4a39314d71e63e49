// SPDX-License-Identifier: GPL-2.0-or-later
/* The length of a longest common subsequence is compared with that of `diff --minimal`. */
#include "profile/align.h"
#include "unit/scratch.h"

/* Checks that MATCH is a common subsequence; returns its length. */
static size_t length_of(const uint32_t *a, size_t n, const uint32_t *b, size_t m, const size_t *match)
{
	size_t length = 0, next = 0;

	for (size_t i = 0; i < n; i++) {
		if (match[i] == ALIGN_NONE)
			continue;
		assert_in_range(match[i], next, m - 1);
		assert_int_equal(a[i], b[match[i]]);
		next = match[i] + 1;
		length++;
	}
	return length;
}

static size_t align(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
	size_t *match = calloc(n + 1, sizeof(*match)), length;

	assert_non_null(match);
	assert_int_equal(align__sequences(a, n, b, m, match), 0);
	length = length_of(a, n, b, m, match);
	free(match);
	return length;
}

static char *put_lines(struct scratch *scratch, const char *name, const uint32_t *values, size_t n)
{
	char *path = scratch__path(scratch, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	for (size_t i = 0; i < n; i++)
		fprintf(file, "%u\n", values[i]);
	fclose(file);
	return path;
}

/* How many lines `diff --minimal` leaves unchanged. */
static size_t ask_diff(struct scratch *scratch, const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
	char *before = put_lines(scratch, "before", a, n), *after = put_lines(scratch, "after", b, m), *command;
	size_t common;
	FILE *pipe;

	assert_true(
		asprintf(&command,
			 "diff --minimal --unchanged-line-format='=\n' --old-line-format= --new-line-format= '%s' '%s' "
			 "| wc -l",
			 before, after) > 0);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%zu", &common), 1);
	assert_int_equal(pclose(pipe), 0);
	free(command);
	free(before);
	free(after);
	return common;
}

static void as_long_as_diff_says(void **state)
{
	struct scratch *scratch = scratch__new();
	uint32_t a[100], b[100];

	(void)state;
	srand(7);
	for (int round = 0; round < 120; round++) {
		size_t n = (size_t)rand() % 100, m = (size_t)rand() % 100;
		uint32_t kinds = 1 + (uint32_t)rand() % (round % 2 ? 4 : 60);

		for (size_t i = 0; i < n; i++)
			a[i] = (uint32_t)rand() % kinds;
		for (size_t i = 0; i < m; i++)
			b[i] = (uint32_t)rand() % kinds;
		assert_int_equal(align(a, n, b, m), ask_diff(scratch, a, n, b, m));
	}
	scratch__free(scratch);
}

static void nothing_and_everything(void **state)
{
	const uint32_t some[] = {5, 6, 7, 5}, others[] = {1, 2};

	(void)state;
	assert_int_equal(align(NULL, 0, NULL, 0), 0);
	assert_int_equal(align(some, 4, NULL, 0), 0);
	assert_int_equal(align(NULL, 0, some, 4), 0);
	assert_int_equal(align(some, 4, some, 4), 4);
	assert_int_equal(align(some, 4, others, 2), 0);
	assert_int_equal(align(some, 4, some + 1, 3), 3);
	assert_int_equal(align(some + 1, 3, some, 4), 3);
}

#define LARGE 30000

/*
 * Sequences that are too large for a table: lines that occur once serve as anchors, and the parts between them are
 * compared as usual.
 */
static void large_ones_are_cut(void **state)
{
	uint32_t *a = calloc(LARGE, sizeof(*a)), *b = calloc(LARGE + 200, sizeof(*b));
	size_t m = 0, removed = 0;

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	srand(3);
	for (size_t i = 0; i < LARGE; i++)
		a[i] = i % 3 ? (uint32_t)i % 10 : 100 + (uint32_t)i;
	b[m++] = 50; /* so that the sequences differ at both ends */
	for (size_t i = 0; i < LARGE; i++) {
		if (i % 1000 == 999 || i == LARGE - 1) {
			b[m++] = 60 + (uint32_t)(i / 1000 % 10); /* an edited line */
			removed++;
		} else {
			b[m++] = a[i];
		}
	}
	assert_int_equal(align(a, LARGE, b, m), LARGE - removed);

	/* What was moved cannot be matched too. */
	for (size_t i = 0; i < 100; i++)
		b[i] = a[LARGE - 100 + i];
	assert_true(align(a, LARGE, b, m) >= LARGE - removed - 200);
	free(a);
	free(b);
}

/* No line that occurs once, nothing in common at the ends: no more is promised than that it ends. */
static void large_ones_without_an_anchor(void **state)
{
	uint32_t *a = calloc(LARGE, sizeof(*a)), *b = calloc(LARGE, sizeof(*b));

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	for (size_t i = 0; i < LARGE; i++) {
		a[i] = (uint32_t)i % 7;
		b[i] = (uint32_t)(i + 3) % 7;
	}
	(void)align(a, LARGE, b, LARGE);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_long_as_diff_says),
		cmocka_unit_test(nothing_and_everything),
		cmocka_unit_test(large_ones_are_cut),
		cmocka_unit_test(large_ones_without_an_anchor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
