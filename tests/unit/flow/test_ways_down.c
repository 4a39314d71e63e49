// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/ways_down.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { OUTER = 2, INNER = 3 };

static int doubt_all(const struct attribution *a, const struct line_code *code, struct line_hits_list *list)
{
	return run__doubt_in_order(ways_down__doubt, a, code, list);
}

/* The only line of 1 to 8 that is doubted; 0: none is, 9: several are. */
static uint32_t doubted(const struct run *run)
{
	uint32_t only = 0;

	for (uint32_t line = 1; line < 9; line++)
		if (run__is_doubted(run, doubt_all, line))
			only = only ? 9 : line;
	return only;
}

/* if (line 1) line 2; if (line 3) line 4; line 5: from line 2 control comes to 4 or 5, whatever line 3 says. */
static void make_tests(struct run *run, uint32_t to)
{
	const struct synthetic_insn insns[] = {COND(3, 1), PLAIN(2), JUMP(to, 2), COND(5, 3), PLAIN(4), RET(5)};

	run__make(run, insns, COUNT(insns));
	run__ran(run, 0, 10, 4);
	run__straight(run, 1, 1, 6);
	run__ran(run, 2, 6, 6);
	run__ran(run, 3, 4, 2);
	run__straight(run, 4, 5, 8);
	run__mark(run, 0, 1, OUTER, false);
	run__mark(run, 1, 2, INNER, false);
	run__mark(run, 3, 3, OUTER, false);
	run__mark(run, 4, 4, INNER, false);
	run__mark(run, 5, 5, OUTER, false);
}

/* The same, but for line 2, which stands where line 3 does. */
static void make_sequence(struct run *run, uint32_t to)
{
	make_tests(run, to);
	run->marks[1].position = OUTER;
}

static void into_the_branch_of_a_test(void **state)
{
	struct run run;

	(void)state;
	make_sequence(&run, 4);
	assert_int_equal(doubted(&run), 3);
	/* That way was not taken. */
	run.taken[2] = 0;
	assert_int_equal(doubted(&run), 0);
	cfg__free(run.cfg);
	/* From a line in a branch, it may lead to an `else`. */
	make_tests(&run, 4);
	assert_int_equal(doubted(&run), 0);
	cfg__free(run.cfg);
}

static void around_a_test(void **state)
{
	struct run run;

	(void)state;
	make_sequence(&run, 5);
	assert_true(run__is_doubted(&run, doubt_all, 3));
	assert_false(run__is_doubted(&run, doubt_all, 2));
	cfg__free(run.cfg);
}

static void to_equal_code(void **state)
{
	/* if (line 1) { line 2; line 3 } line 4; line 5: what line 2 leads to was merged with line 5. */
	const struct synthetic_insn insns[] = {COND(3, 1), PLAIN(2), JUMP(5, 2), PLAIN(3), PLAIN(4), PLAIN(5), RET(6)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 10, 4);
	run__straight(&run, 1, 1, 6);
	run__ran(&run, 2, 6, 6);
	run__straight(&run, 3, 4, 4);
	run__straight(&run, 5, 6, 10);
	run__mark(&run, 0, 1, OUTER, false);
	run__mark(&run, 1, 2, INNER, false);
	run__mark(&run, 3, 3, INNER, false);
	run__mark(&run, 4, 4, OUTER, false);
	run__mark(&run, 5, 5, OUTER, false);
	assert_int_equal(doubted(&run), 5);
	/* Line 5 is the next of the sequence. */
	run.marks[3].position = INNER;
	assert_int_equal(doubted(&run), 0);
	/* A statement further to the left is between. */
	run.marks[3].position = OUTER - 1;
	assert_int_equal(doubted(&run), 0);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(into_the_branch_of_a_test),
		cmocka_unit_test(around_a_test),
		cmocka_unit_test(to_equal_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
