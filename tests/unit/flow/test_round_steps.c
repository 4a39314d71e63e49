// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/round_steps.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { FIRST = 1, SECOND = 2, STEP = 3 };

/* for (line 2) line 3, two of whose rounds are one; line 4 */
static const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(3), PLAIN(3), PLAIN(2), COND(1, 2), RET(4)};

static void make(struct run *run, int8_t step)
{
	run__make(run, insns, COUNT(insns));
	run__straight(run, 0, 0, 1);
	run__straight(run, FIRST, STEP, 5);
	run__ran(run, STEP + 1, 5, 4);
	run__straight(run, STEP + 2, STEP + 2, 1);
	run->cfg->insns[STEP].insn.step = step;
}

static int doubt_all(const struct attribution *a, const struct line_code *code, struct line_hits_list *list)
{
	struct loop_list loops;

	assert_int_equal(loops__find(a->plan->cfg, &loops), 0);
	round_steps__doubt(a, code, &loops, list);
	loops__release(&loops);
	return 0;
}

static void a_loop_that_counts_by_two(void **state)
{
	struct run run;

	(void)state;
	make(&run, 2);
	assert_true(run__is_doubted(&run, doubt_all, 2));
	assert_true(run__is_doubted(&run, doubt_all, 3));
	assert_false(run__is_doubted(&run, doubt_all, 1));
	assert_false(run__is_doubted(&run, doubt_all, 4));
	/* not executed */
	run.counts[FIRST] = 0;
	assert_false(run__is_doubted(&run, doubt_all, 2));
	cfg__free(run.cfg);
}

static void a_loop_that_counts_its_rounds(void **state)
{
	struct run run;

	(void)state;
	make(&run, 2);
	/* Something else of the line gets larger by 1: the number of the round, behind what is 2 bytes large. */
	run.lines[SECOND].line = 2;
	run.cfg->insns[SECOND].insn.step = -1;
	assert_false(run__is_doubted(&run, doubt_all, 2));
	/* What the body adds up does not tell. */
	run.lines[SECOND].line = 3;
	assert_true(run__is_doubted(&run, doubt_all, 2));
	cfg__free(run.cfg);
}

static void a_pointer_that_passes_several_elements(void **state)
{
	struct run run;

	(void)state;
	make(&run, 8);
	assert_false(run__is_doubted(&run, doubt_all, 2));
	for (uint32_t i = FIRST; i <= SECOND; i++) {
		run.lines[i].column = 5;
		run.cfg->insns[i].insn.memory = INSN_MEMORY_OTHER;
	}
	assert_true(run__is_doubted(&run, doubt_all, 2));
	/* Of the body, line_copies knows more. */
	assert_false(run__is_doubted(&run, doubt_all, 3));
	run.lines[SECOND].column = 9;
	assert_false(run__is_doubted(&run, doubt_all, 2));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loop_that_counts_by_two),
		cmocka_unit_test(a_loop_that_counts_its_rounds),
		cmocka_unit_test(a_pointer_that_passes_several_elements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
