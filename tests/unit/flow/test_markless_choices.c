// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/markless_choices.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { CHOICE = 2 };

static bool is_doubted(const struct run *run, uint32_t line)
{
	return run__is_doubted(run, markless_choices__doubt, line);
}

/* switch (line 2) with a case that chooses a value on line 3, and another one with a branch on line 3. */
static const struct synthetic_insn insns[] = {PLAIN(1), COND(4, 2), PLAIN(3), JUMP(6, 3), PLAIN(3), PLAIN(3), RET(4)};

static void make(struct run *run)
{
	run__make(run, insns, COUNT(insns));
	run__straight(run, 0, COUNT(insns) - 1, 1);
	run->cfg->insns[CHOICE].insn.selects = true;
	run__mark(run, 0, 1, 1, false);
	run__mark(run, 1, 2, 2, false);
}

static void a_choice_whose_mark_is_lost(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run__mark(&run, 4, 3, 3, false);
	assert_true(is_doubted(&run, 3));
	assert_false(is_doubted(&run, 2));
	/* Other instructions are moved about. */
	run.cfg->insns[CHOICE].insn.selects = false;
	assert_false(is_doubted(&run, 3));
	/* not executed */
	run.cfg->insns[CHOICE].insn.selects = true;
	run.counts[CHOICE] = 0;
	assert_false(is_doubted(&run, 3));
	cfg__free(run.cfg);
}

static void a_choice_with_a_mark(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run__mark(&run, 3, 3, 3, false);
	assert_false(is_doubted(&run, 3));
	cfg__free(run.cfg);
}

static void a_choice_behind_a_mark_in_another_block(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run__mark(&run, 1, 3, 3, false);
	assert_false(is_doubted(&run, 3));
	cfg__free(run.cfg);
}

static void a_branch_whose_mark_is_lost(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run.cfg->insns[CHOICE].insn.selects = false;
	run__mark(&run, 4, 3, 3, false);
	assert_false(is_doubted(&run, 3));
	run.cfg->insns[CHOICE + 1].insn.flow = INSN_FLOW_COND;
	assert_true(is_doubted(&run, 3));
	/* Code of an inlined call in a landing pad: nothing tells what was passed before. */
	run.lines[CHOICE + 1].call = 1;
	assert_true(is_doubted(&run, 3));
	run.cfg->insns[CHOICE].root = CFG_ROOT_PAD;
	assert_false(is_doubted(&run, 3));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_choice_whose_mark_is_lost),
		cmocka_unit_test(a_branch_whose_mark_is_lost),
		cmocka_unit_test(a_choice_with_a_mark),
		cmocka_unit_test(a_choice_behind_a_mark_in_another_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
