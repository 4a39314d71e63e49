// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/merged_tails.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { FIRST = 1, TAIL = 2, SECOND = 4 };

/* if (...) { line 3; line 4 } else { line 5; and line 4's code, for an equal statement on line 6 } */
static const struct synthetic_insn insns[] = {COND(SECOND, 2), PLAIN(3), PLAIN(4), RET(7), PLAIN(5), JUMP(TAIL, 5)};

static void make(struct run *run)
{
	run__make(run, insns, COUNT(insns));
	run__ran(run, 0, 10, 4);
	run__straight(run, FIRST, FIRST, 6);
	run__straight(run, TAIL, TAIL + 1, 10);
	run__straight(run, SECOND, SECOND, 4);
	run__ran(run, SECOND + 1, 4, 4);
	run__mark(run, 0, 2, 1, false);
	run__mark(run, FIRST, 3, 2, false);
	run__mark(run, TAIL, 4, 3, false);
	run__mark(run, SECOND, 5, 4, false);
}

static int doubt_all(const struct attribution *a, const struct line_code *code, struct line_hits_list *list)
{
	return run__doubt_in_order(merged_tails__doubt, a, code, list);
}

static void a_way_upwards_that_is_no_loop(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	assert_true(run__is_doubted(&run, doubt_all, 4));
	assert_false(run__is_doubted(&run, doubt_all, 3));
	assert_false(run__is_doubted(&run, doubt_all, 5));
	/* It was not taken. */
	run.taken[SECOND + 1] = 0;
	assert_false(run__is_doubted(&run, doubt_all, 4));
	cfg__free(run.cfg);
}

static void a_way_downwards(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run.marks[2].line = 6;
	assert_false(run__is_doubted(&run, doubt_all, 6));
	cfg__free(run.cfg);
}

static void code_without_a_mark_counts_if_its_line_has_none(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run.marks[2] = run.marks[3];
	run.code.n_marks = 3;
	assert_true(run__is_doubted(&run, doubt_all, 4));
	/* It was moved there. */
	run__mark(&run, SECOND, 4, 5, true);
	run.marks[3] = run.marks[2];
	run.marks[2] = (struct statement_mark){.insn = FIRST, .line = 4, .position = 5};
	assert_false(run__is_doubted(&run, doubt_all, 4));
	cfg__free(run.cfg);
}

static void the_step_of_a_loop(void **state)
{
	/* for (...) on line 2: its step stands where `continue` on line 4 and the rest on line 5 lead to */
	const struct synthetic_insn loop[] = {PLAIN(1), COND(4, 3), PLAIN(4), JUMP(5, 4), PLAIN(5), COND(1, 2), RET(6)};
	struct run run;

	(void)state;
	run__make(&run, loop, COUNT(loop));
	run__straight(&run, 0, 0, 1);
	run__ran(&run, 1, 10, 4);
	run__straight(&run, 2, 2, 6);
	run__ran(&run, 3, 6, 6);
	run__straight(&run, 4, 4, 4);
	run__ran(&run, 5, 10, 9);
	run__straight(&run, 6, 6, 1);
	run__mark(&run, 0, 1, 1, false);
	run__mark(&run, 1, 3, 2, false);
	run__mark(&run, 2, 4, 3, false);
	run__mark(&run, 4, 5, 4, false);
	run__mark(&run, 5, 2, 5, false);
	for (uint32_t line = 1; line < 7; line++)
		assert_false(run__is_doubted(&run, doubt_all, line));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_way_upwards_that_is_no_loop),
		cmocka_unit_test(a_way_downwards),
		cmocka_unit_test(code_without_a_mark_counts_if_its_line_has_none),
		cmocka_unit_test(the_step_of_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
