// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/markless_rounds.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int doubt(const struct attribution *attribution, const struct line_code *code, const struct loop_list *loops,
		 const uint32_t *order, struct line_hits_list *list)
{
	(void)order;
	markless_rounds__doubt(attribution, code, loops, list);
	return 0;
}

static int doubt_in_order(const struct attribution *attribution, const struct line_code *code,
			  struct line_hits_list *list)
{
	return run__doubt_in_order(doubt, attribution, code, list);
}

/* Line 2 destroys the elements of an array: a loop around an inlined call. */
static void a_loop_on_one_line_without_a_mark(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), PLAIN(2), CALL(2), COND(1, 2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 1);
	run__straight(&run, 1, 2, 5);
	run__ran(&run, 3, 5, 4);
	run__straight(&run, 4, 4, 1);
	run.lines[2].call = 1;
	run__mark(&run, 0, 1, 1, false);
	assert_true(run__is_doubted(&run, doubt_in_order, 2));
	assert_false(run__is_doubted(&run, doubt_in_order, 1));
	/* The callee's own loop. */
	run.lines[3].call = 1;
	assert_false(run__is_doubted(&run, doubt_in_order, 2));
	run.lines[3].call = 0;
	/* It went round no more than once. */
	run__ran(&run, 3, 5, 0);
	assert_false(run__is_doubted(&run, doubt_in_order, 2));
	run__ran(&run, 3, 5, 4);
	/* A loop of several lines, and one with a mark, are counted. */
	run.lines[1].line = 4;
	assert_false(run__is_doubted(&run, doubt_in_order, 2));
	run.lines[1].line = 2;
	run__mark(&run, 3, 2, 2, false);
	assert_false(run__is_doubted(&run, doubt_in_order, 2));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loop_on_one_line_without_a_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
