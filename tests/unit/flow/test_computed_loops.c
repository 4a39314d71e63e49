// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/computed_loops.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { COMPARE = 0, GUARD = 1, INSIDE = 2, BODY = 3, OUTSIDE = 4 };
enum { KEYWORD = 2, ASSIGNMENT = 9, CONDITION = 20 };

/* for (line 2) line 3; line 4: of the loop its first test is left, and code that computes, or a call of memset(). */
static const struct synthetic_insn computed[] = {PLAIN(2), COND(OUTSIDE, 2), PLAIN(2), PLAIN(3), RET(4)};
static const struct synthetic_insn filled[] = {PLAIN(2), COND(OUTSIDE, 2), PLAIN(2), CALL(3), RET(4)};

static void make(struct run *run, const struct synthetic_insn *insns)
{
	run__make(run, insns, COUNT(computed));
	run__straight(run, 0, COUNT(computed) - 1, 5);
	run->code.optimised = true;
	run->lines[COMPARE].column = CONDITION;
	run->lines[GUARD].column = run->lines[INSIDE].column = KEYWORD;
	run->lines[BODY].column = ASSIGNMENT;
	run->cfg->insns[COMPARE].insn.compares = true;
	run->cfg->insns[INSIDE].insn.work = INSN_WORK_COMPUTE;
	if (insns == filled)
		run->cfg->insns[BODY].block_operation = CFG_OPERATION_STORES;
}

static int doubt_all(const struct attribution *a, const struct line_code *code, struct line_hits_list *list)
{
	struct loop_list loops;

	assert_int_equal(loops__find(a->plan->cfg, &loops), 0);
	computed_loops__doubt(a, code, &loops, list);
	loops__release(&loops);
	return 0;
}

static void a_sum_that_became_a_product(void **state)
{
	struct run run;

	(void)state;
	make(&run, computed);
	assert_true(run__is_doubted(&run, doubt_all, 2));
	assert_true(run__is_doubted(&run, doubt_all, 3));
	assert_false(run__is_doubted(&run, doubt_all, 4));
	/* not executed */
	run.counts[GUARD] = 0;
	assert_false(run__is_doubted(&run, doubt_all, 2));
	cfg__free(run.cfg);
}

static void an_if_of_the_source(void **state)
{
	struct run run;

	(void)state;
	make(&run, computed);
	/* Its branch is where its condition is. */
	run.lines[COMPARE].column = KEYWORD;
	assert_false(run__is_doubted(&run, doubt_all, 2));
	run.lines[COMPARE].column = CONDITION;
	/* What it leads to only moves values, or is the next statement's. */
	run.cfg->insns[INSIDE].insn.work = INSN_WORK_MOVE;
	assert_false(run__is_doubted(&run, doubt_all, 2));
	run.cfg->insns[INSIDE].insn.work = INSN_WORK_COMPUTE;
	run.lines[INSIDE].column = CONDITION;
	assert_false(run__is_doubted(&run, doubt_all, 2));
	cfg__free(run.cfg);
}

static void a_loop_that_is_left(void **state)
{
	/* The guard leads to what is computed in front of the loop. */
	const struct synthetic_insn insns[] = {PLAIN(2), COND(5, 2), PLAIN(2), PLAIN(3), COND(3, 2), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, COUNT(insns) - 1, 5);
	run.lines[COMPARE].column = CONDITION;
	run.lines[GUARD].column = run.lines[INSIDE].column = KEYWORD;
	run.cfg->insns[COMPARE].insn.compares = true;
	run.cfg->insns[INSIDE].insn.work = INSN_WORK_COMPUTE;
	assert_false(run__is_doubted(&run, doubt_all, 2));
	cfg__free(run.cfg);
}

static void a_memset_that_was_a_loop(void **state)
{
	struct run run;

	(void)state;
	make(&run, filled);
	/* The number of bytes is moved. */
	run.cfg->insns[INSIDE].insn.work = INSN_WORK_MOVE;
	assert_true(run__is_doubted(&run, doubt_all, 3));
	assert_true(run__is_doubted(&run, doubt_all, 2));
	assert_false(run__is_doubted(&run, doubt_all, 4));
	run.lines[INSIDE].line = 3;
	run.lines[INSIDE].column = ASSIGNMENT;
	assert_true(run__is_doubted(&run, doubt_all, 3));
	assert_false(run__is_doubted(&run, doubt_all, 2));
	run.counts[BODY] = 0;
	assert_false(run__is_doubted(&run, doubt_all, 3));
	cfg__free(run.cfg);
}

static void a_memset_of_the_source(void **state)
{
	struct run run;

	(void)state;
	make(&run, filled);
	run.cfg->insns[INSIDE].insn.work = INSN_WORK_MOVE;
	run.lines[INSIDE].line = 3;
	/* An argument is to the right of it. */
	run.lines[INSIDE].column = ASSIGNMENT + 1;
	assert_false(run__is_doubted(&run, doubt_all, 3));
	/* It is further to the left than the condition that guards it. */
	run.lines[INSIDE].column = ASSIGNMENT;
	run.lines[GUARD].column = ASSIGNMENT + 1;
	assert_false(run__is_doubted(&run, doubt_all, 3));
	/* But what is to the left of it on its line would be the loop's. */
	run.lines[INSIDE].column = KEYWORD;
	assert_true(run__is_doubted(&run, doubt_all, 3));
	run.cfg->insns[BODY].block_operation = CFG_OPERATION_OTHER;
	assert_false(run__is_doubted(&run, doubt_all, 3));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sum_that_became_a_product), cmocka_unit_test(an_if_of_the_source),
		cmocka_unit_test(a_loop_that_is_left),	       cmocka_unit_test(a_memset_that_was_a_loop),
		cmocka_unit_test(a_memset_of_the_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
