// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/lost_returns.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LOOP = 1, END = 3, JUMP_TO_END = 5 };

static int doubt_all(const struct attribution *a, const struct line_code *code, struct line_hits_list *list)
{
	lost_returns__doubt(a, code, list);
	return 0;
}

/* for (...) on line 2, and `return x;` on line 4, which has a jump to the end where the loop was not entered. */
static const struct synthetic_insn insns[] = {COND(4, 2), PLAIN(3), COND(1, 2), RET(5), PLAIN(1), JUMP(END, 4)};

static void make(struct run *run)
{
	run__make(run, insns, COUNT(insns));
	run__straight(run, 0, COUNT(insns) - 1, 10);
	run->counts[JUMP_TO_END] = 1;
	run__mark(run, 0, 2, 1, false);
	run__mark(run, LOOP, 3, 2, false);
	run__mark(run, JUMP_TO_END, 4, 3, false);
}

static void a_return_of_which_one_way_has_the_mark(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	assert_true(run__is_doubted(&run, doubt_all, 4));
	assert_false(run__is_doubted(&run, doubt_all, 2));
	/* Control came to the end by the jump alone. */
	run.counts[JUMP_TO_END] = 10;
	assert_false(run__is_doubted(&run, doubt_all, 4));
	cfg__free(run.cfg);
}

static void other_statements_at_a_jump(void **state)
{
	struct run run;

	(void)state;
	/* `break;`: a statement comes behind it */
	make(&run);
	run.code.n_marks = 1;
	run__mark(&run, END, 5, 4, false);
	run__mark(&run, JUMP_TO_END, 6, 3, false);
	assert_false(run__is_doubted(&run, doubt_all, 6));
	cfg__free(run.cfg);
	/* The statement has code of its own. */
	make(&run);
	run.code.n_marks = 2;
	run__mark(&run, JUMP_TO_END - 1, 4, 3, false);
	assert_false(run__is_doubted(&run, doubt_all, 4));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_return_of_which_one_way_has_the_mark),
		cmocka_unit_test(other_statements_at_a_jump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
