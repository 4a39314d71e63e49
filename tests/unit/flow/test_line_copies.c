// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/line_copies.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Every instruction is in column 1 and computes. */
static void make(struct run *run, const struct synthetic_insn *insns, uint32_t n)
{
	run__make(run, insns, n);
	for (uint32_t i = 0; i < n; i++) {
		run->lines[i].column = 1;
		if (insns[i].flow == INSN_FLOW_NEXT) {
			run->cfg->insns[i].insn.work = INSN_WORK_COMPUTE;
			run->cfg->insns[i].insn.operation = 1;
		}
		run->cfg->insns[i].insn.lanes = 1;
	}
}

/* The entry of BLOCK and LINE; one exact copy when there is none. */
static struct line_copies copies_of(const struct run *run, uint32_t block, uint32_t line)
{
	struct line_copies item = {.copies = 1};
	struct line_copies_list list;

	assert_int_equal(line_copies__find(&run->plan, &run->code, &list), 0);
	if (line_copies__get(&list, block, line))
		item = *line_copies__get(&list, block, line);
	free(list.items);
	return item;
}

static void calls_of_one_place_are_copies(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), CALL(2), PLAIN(3), CALL(2), CALL(2), RET(4)};
	struct run run;

	(void)state;
	make(&run, insns, COUNT(insns));
	assert_int_equal(copies_of(&run, 0, 2).copies, 3);
	assert_true(copies_of(&run, 0, 2).inexact);
	/* What is between the copies may be of the same loop; what is in front is not. */
	assert_int_equal(copies_of(&run, 0, 3).copies, 1);
	assert_true(copies_of(&run, 0, 3).inexact);
	assert_false(copies_of(&run, 0, 1).inexact);
	/* f(g(x)) calls two functions, f(x) + f(y) from two columns */
	run.cfg->insns[3].insn.target = 64;
	run.lines[4].column = 9;
	assert_int_equal(copies_of(&run, 0, 2).copies, 1);
	assert_false(copies_of(&run, 0, 2).inexact);
	cfg__free(run.cfg);
}

static void three_equal_operations_are_copies(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(2), PLAIN(2), PLAIN(2), PLAIN(2), RET(4)};
	struct run run;

	(void)state;
	make(&run, insns, COUNT(insns));
	assert_int_equal(copies_of(&run, 0, 2).copies, 4);
	run.lines[3].column = 9;
	run.lines[2].column = 8;
	/* 2, 1 and 1 of a kind: the usual number is 1 */
	assert_int_equal(copies_of(&run, 0, 2).copies, 1);
	assert_false(copies_of(&run, 0, 2).inexact);
	run.lines[2].column = 9;
	/* two of each kind: not enough, but doubtful */
	assert_int_equal(copies_of(&run, 0, 2).copies, 1);
	assert_true(copies_of(&run, 0, 2).inexact);
	cfg__free(run.cfg);
}

static void moves_are_doubtful_only(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(2), PLAIN(2), PLAIN(2), RET(4)};
	struct run run;

	(void)state;
	make(&run, insns, COUNT(insns));
	for (uint32_t i = 0; i < 3; i++)
		run.cfg->insns[i].insn.work = INSN_WORK_MOVE;
	assert_int_equal(copies_of(&run, 0, 2).copies, 1);
	assert_true(copies_of(&run, 0, 2).inexact);
	cfg__free(run.cfg);
}

static void vectors_are_copies_where_single_values_are_left(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(2), COND(0, 1), PLAIN(2), RET(4)};
	struct run run;

	(void)state;
	make(&run, insns, COUNT(insns));
	assert_false(copies_of(&run, 0, 2).vector);
	run.cfg->insns[0].insn.lanes = 4;
	assert_int_equal(copies_of(&run, 0, 2).copies, 4);
	assert_true(copies_of(&run, 0, 2).vector && copies_of(&run, 0, 2).inexact);
	assert_int_equal(copies_of(&run, 1, 2).copies, 1);
	/* the other block has nothing of the line: a vector of the program's own, perhaps */
	run.lines[2].line = 3;
	assert_int_equal(copies_of(&run, 0, 2).copies, 1);
	assert_true(copies_of(&run, 0, 2).inexact);
	cfg__free(run.cfg);
}

static void vectors_may_be_in_inlined_code(void **state)
{
	/* What is inlined on line 2, and code of line 3, in two loops. */
	const struct synthetic_insn insns[] = {PLAIN(2), COND(0, 3), PLAIN(2), COND(2, 3), RET(4)};
	struct run run;

	(void)state;
	make(&run, insns, COUNT(insns));
	run.lines[0].call = run.lines[2].call = 1;
	assert_false(copies_of(&run, 0, 2).inexact);
	run.cfg->insns[0].insn.lanes = 4;
	assert_true(copies_of(&run, 0, 2).vector && copies_of(&run, 0, 2).inexact);
	assert_false(copies_of(&run, 1, 2).inexact);
	/* The loop is the callee's. */
	run.lines[1].call = run.lines[3].call = 1;
	assert_false(copies_of(&run, 0, 2).inexact);
	cfg__free(run.cfg);
}

static void vectors_may_be_moved_only(void **state)
{
	/* Loads and stores of a vector, and behind them a loop that stores single values. */
	const struct synthetic_insn insns[] = {PLAIN(2), PLAIN(2), COND(0, 1), PLAIN(2), COND(3, 1), RET(4)};
	struct run run;

	(void)state;
	make(&run, insns, COUNT(insns));
	run.cfg->insns[0].insn.work = run.cfg->insns[1].insn.work = run.cfg->insns[3].insn.work = INSN_WORK_MOVE;
	for (uint32_t i = 0; i < 4; i++)
		run.cfg->insns[i].insn.memory = INSN_MEMORY_OTHER;
	run.cfg->insns[1].insn.store = INSN_STORE_VECTOR;
	run.cfg->insns[3].insn.store = INSN_STORE_VALUE;
	assert_true(copies_of(&run, 0, 2).vector && copies_of(&run, 0, 2).inexact);
	assert_int_equal(copies_of(&run, 0, 2).copies, 1);
	assert_false(copies_of(&run, 1, 2).inexact);
	/* a structure, copied in two places */
	run.cfg->insns[3].insn.store = INSN_STORE_VECTOR;
	assert_false(copies_of(&run, 0, 2).inexact);
	/* or a value that is stored on another line */
	run.cfg->insns[3].insn.store = INSN_STORE_VALUE;
	run.lines[3].line = 3;
	assert_false(copies_of(&run, 0, 2).inexact);
	cfg__free(run.cfg);
}

static void a_loop_that_fills_memory_with_vectors(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(2), COND(0, 1), PLAIN(2), RET(4)};
	struct run run;

	(void)state;
	make(&run, insns, COUNT(insns));
	for (uint32_t i = 0; i < 3; i += 2) {
		run.cfg->insns[i].insn.work = INSN_WORK_MOVE;
		run.cfg->insns[i].insn.memory = INSN_MEMORY_OTHER;
		run.cfg->insns[i].insn.store = INSN_STORE_VECTOR;
	}
	assert_true(copies_of(&run, 0, 2).vector && copies_of(&run, 0, 2).inexact);
	/* Behind the loop it is the beginning of a structure. */
	assert_false(copies_of(&run, 1, 2).inexact);
	run.cfg->insns[0].insn.store = INSN_STORE_VALUE;
	assert_false(copies_of(&run, 0, 2).inexact);
	cfg__free(run.cfg);
}

static void inlined_and_quiet_code_tells_nothing(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(2), PLAIN(2), PLAIN(2), RET(4)};
	struct run run;

	(void)state;
	make(&run, insns, COUNT(insns));
	run.lines[0].call = 1;
	run.lines[1].quiet = true;
	assert_int_equal(copies_of(&run, 0, 2).copies, 1);
	assert_false(copies_of(&run, 0, 2).inexact);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_of_one_place_are_copies),
		cmocka_unit_test(three_equal_operations_are_copies),
		cmocka_unit_test(moves_are_doubtful_only),
		cmocka_unit_test(vectors_are_copies_where_single_values_are_left),
		cmocka_unit_test(vectors_may_be_in_inlined_code),
		cmocka_unit_test(vectors_may_be_moved_only),
		cmocka_unit_test(a_loop_that_fills_memory_with_vectors),
		cmocka_unit_test(inlined_and_quiet_code_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
