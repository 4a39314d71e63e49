// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/swallowed_loops.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { FILL = 3 };

static bool is_doubted(const struct run *run, uint32_t line)
{
	return run__is_doubted(run, swallowed_loops__doubt, line);
}

/* line 1; for (line 2) line 3; line 4: of the loop its first test and a call of memset() are left. */
static const struct synthetic_insn insns[] = {PLAIN(1), COND(4, 2), PLAIN(3), CALL(3), RET(4)};

static void make(struct run *run)
{
	run__make(run, insns, COUNT(insns));
	run__straight(run, 0, COUNT(insns) - 1, 1);
	run->cfg->insns[FILL].block_operation = CFG_OPERATION_STORES;
	run__mark(run, 0, 1, 1, false);
	run__mark(run, 1, 2, 2, true);
	run__mark(run, 1, 2, 3, false);
}

static void an_operation_whose_mark_is_lost(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run__mark(&run, 4, 4, 4, false);
	assert_true(is_doubted(&run, 3));
	assert_true(is_doubted(&run, 2));
	assert_false(is_doubted(&run, 1));
	assert_false(is_doubted(&run, 4));
	/* any other call */
	run.cfg->insns[FILL].block_operation = CFG_OPERATION_NONE;
	assert_false(is_doubted(&run, 3));
	run.cfg->insns[FILL].insn.store = INSN_STORE_VECTOR;
	assert_true(is_doubted(&run, 3));
	run.cfg->insns[FILL].insn.store = INSN_STORE_VALUE;
	assert_false(is_doubted(&run, 3));
	/* not executed */
	run.cfg->insns[FILL].block_operation = CFG_OPERATION_STORES;
	run.counts[FILL] = 0;
	assert_false(is_doubted(&run, 3));
	assert_false(is_doubted(&run, 2));
	cfg__free(run.cfg);
}

static void an_operation_of_the_source(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run__mark(&run, 2, 3, 4, false);
	assert_false(is_doubted(&run, 3));
	assert_false(is_doubted(&run, 2));
	cfg__free(run.cfg);
}

static void an_operation_in_the_line_of_its_loop(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	/* for (i = 0; ...) p[i] = 0; of which the mark of `i = 0` is left */
	run__mark(&run, 2, 3, 4, false);
	run.lines[FILL].column = 30;
	assert_true(is_doubted(&run, 3));
	run.lines[FILL].column = 4;
	assert_false(is_doubted(&run, 3));
	/* A string instruction may be a part of a statement. */
	run.lines[FILL].column = 30;
	run.cfg->insns[FILL].block_operation = CFG_OPERATION_OTHER;
	assert_false(is_doubted(&run, 3));
	cfg__free(run.cfg);
}

static void an_operation_in_an_inlined_callee(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run.lines[FILL].call = 1;
	assert_false(is_doubted(&run, 3));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_operation_whose_mark_is_lost),
		cmocka_unit_test(an_operation_of_the_source),
		cmocka_unit_test(an_operation_in_the_line_of_its_loop),
		cmocka_unit_test(an_operation_in_an_inlined_callee),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
