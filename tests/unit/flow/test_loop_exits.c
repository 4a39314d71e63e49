// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/loop_exits.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MOST = 8 };

/* Whether LINE, which was counted exactly, is in doubt. */
static bool is_doubted(const struct run *run, uint32_t line)
{
	struct line_hits items[MOST] = {{0}};
	struct line_hits_list list = {items, MOST};
	struct loop_list loops;

	for (uint32_t k = 0; k < MOST; k++)
		items[k].line = k + 1;
	assert_int_equal(loops__find(run->cfg, &loops), 0);
	assert_int_equal(loop_exits__doubt(&run->attribution, &run->code, &loops, &list), 0);
	loops__release(&loops);
	return line_hits__find(&list, line)->inexact;
}

/* Makes RUN of the N INSNS, each of which was executed once. */
static void execute(struct run *run, const struct synthetic_insn *insns, uint32_t n)
{
	run__make(run, insns, n);
	run__straight(run, 0, n - 1, 1);
}

static void what_was_moved_behind_its_loop(void **state)
{
	/* while (line 2) { line 3; line 4; line 5; }: line 4 is stored behind the loop, line 6 follows. */
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(3), PLAIN(5), COND(1, 2), PLAIN(4), RET(6)};
	struct run run;

	(void)state;
	execute(&run, insns, COUNT(insns));
	assert_true(is_doubted(&run, 4));
	assert_false(is_doubted(&run, 3));
	assert_false(is_doubted(&run, 6));
	/* do { line 3; line 4; line 5; } while (line 7); */
	run.lines[3].line = 7;
	run.lines[5].line = 8;
	assert_true(is_doubted(&run, 4));
	/* not executed */
	run.counts[4] = 0;
	assert_false(is_doubted(&run, 4));
	cfg__free(run.cfg);
}

static void what_the_loop_has_as_well(void **state)
{
	/* The line is in the loop, too: behind it is what is left over of the rounds. */
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(4), PLAIN(5), COND(1, 2), PLAIN(4), RET(6)};
	struct run run;

	(void)state;
	execute(&run, insns, COUNT(insns));
	assert_false(is_doubted(&run, 4));
	cfg__free(run.cfg);
}

static void what_stands_in_front_of_a_break(void **state)
{
	/* while (line 2) { if (line 3) { line 4; break; } line 5; } */
	const struct synthetic_insn insns[] = {PLAIN(1),   COND(5, 3), PLAIN(5), COND(1, 2),
					       JUMP(6, 6), PLAIN(4),   RET(6)};
	struct run run;

	(void)state;
	execute(&run, insns, COUNT(insns));
	assert_false(is_doubted(&run, 4));
	cfg__free(run.cfg);
}

static void what_control_comes_to_without_the_loop(void **state)
{
	const struct synthetic_insn insns[] = {COND(4, 1), PLAIN(3), PLAIN(5), COND(1, 2), PLAIN(4), RET(6)};
	struct run run;

	(void)state;
	execute(&run, insns, COUNT(insns));
	assert_false(is_doubted(&run, 4));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_moved_behind_its_loop),
		cmocka_unit_test(what_the_loop_has_as_well),
		cmocka_unit_test(what_stands_in_front_of_a_break),
		cmocka_unit_test(what_control_comes_to_without_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
