// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/merged_lines.h"

#include <stdlib.h>

#include "unit/line_run.h"
#include "unit/test.h"

enum { N = 5 };

/* Two calls in one block, and the second one's code after a branch. */
static const struct synthetic_insn insns[N] = {PLAIN(1), PLAIN(1), COND(4, 1), PLAIN(1), RET(1)};

/* The first line that is found, 0 when there is none. The body was executed 7 times, or was not. */
static uint32_t found(const struct merged_code *code, bool executed)
{
	struct run run;
	uint32_t *lines, line;
	size_t n;

	run__make(&run, insns, N);
	run__straight(&run, 0, N - 1, executed ? 7 : 0);
	assert_int_equal(merged_lines__find(&run.attribution, code, &lines, &n), 0);
	line = n ? lines[0] : 0;
	free(lines);
	cfg__free(run.cfg);
	return line;
}

static void a_line_that_one_of_two_calls_lacks(void **state)
{
	const struct merged_code code[N] = {{1, 5}, {2, 6}, {1, 6}};

	(void)state;
	assert_int_equal(found(code, true), 5);
	assert_int_equal(found(code, false), 0);
}

static void a_line_that_both_calls_have(void **state)
{
	/* The second call has the line in another block. */
	const struct merged_code code[N] = {{1, 5}, {2, 6}, {1, 6}, {2, 5}};

	(void)state;
	assert_int_equal(found(code, true), 0);
}

static void calls_in_different_blocks(void **state)
{
	const struct merged_code code[N] = {{1, 5}, {1, 6}, {0, 0}, {2, 6}};

	(void)state;
	assert_int_equal(found(code, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_that_one_of_two_calls_lacks),
		cmocka_unit_test(a_line_that_both_calls_have),
		cmocka_unit_test(calls_in_different_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
