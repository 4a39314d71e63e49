// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/looped_calls.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MOST = 8, CALL_AT = 4 };

/* int f(n) line 1 { line 2; if line 3 return; return f(..) + f(..) line 4; line 5 }: the second call is a jump. */
static const struct synthetic_insn insns[] = {PUSH(1), PLAIN(2), COND(6, 3), PLAIN(4), CALL(4), JUMP(1, 4), RET(5)};

/* A body that was entered 4 times, and went round the loop 6 times. */
static void make(struct run *run)
{
	run__make(run, insns, COUNT(insns));
	run->code.optimised = true;
	run->rooted[0] = 4;
	run__straight(run, 0, 0, 4);
	run__straight(run, 1, 1, 10);
	run__ran(run, 2, 10, 4);
	run__straight(run, 3, 4, 6);
	run__ran(run, 5, 6, 6);
	run->cfg->insns[CALL_AT].insn.target = run->cfg->insns[run->cfg->entry].insn.addr;
}

/* The calls, the lines of the first statement having been hit 10 times. */
static uint64_t calls_of(const struct run *run)
{
	struct line_hits items[MOST] = {{0}};
	struct line_hits_list list = {items, MOST};
	uint64_t calls;

	for (uint32_t k = 0; k < MOST; k++)
		items[k] = (struct line_hits){.line = k + 1, .hits = k + 1 == 2 ? 10 : 4};
	assert_int_equal(looped_calls__count(&run->attribution, &run->code, &list, 1, &calls), 0);
	return calls;
}

static void a_call_that_became_a_jump(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	assert_int_equal(calls_of(&run), 10);
	run.code.optimised = false;
	assert_int_equal(calls_of(&run), 0);
	cfg__free(run.cfg);
}

static void marks_tell_the_first_statement(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run__mark(&run, 0, 1, 1, false);
	run__mark(&run, 1, 2, 2, false);
	run__mark(&run, 2, 3, 3, false);
	assert_int_equal(calls_of(&run), 10);
	cfg__free(run.cfg);
}

static void a_loop_without_a_call_of_the_function(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run.cfg->insns[CALL_AT].insn.target = 64;
	assert_int_equal(calls_of(&run), 0);
	cfg__free(run.cfg);
}

static void a_loop_with_which_the_function_begins(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	/* while (line 2) { line 4 } */
	run.lines[2].line = 2;
	assert_int_equal(calls_of(&run), 0);
	cfg__free(run.cfg);
}

static void a_loop_behind_the_first_statement(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	/* line 2; while (line 3) { line 4 }: the first statement is in front of the loop. */
	run.lines[0].line = 2;
	run.lines[1].line = 3;
	assert_int_equal(calls_of(&run), 0);
	cfg__free(run.cfg);
}

static bool may_be(const struct run *run)
{
	bool result;

	assert_int_equal(looped_calls__may_be(&run->attribution, &run->code, 1, &result), 0);
	return result;
}

static void calls_that_may_be_gone(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	assert_true(may_be(&run));
	run.code.optimised = false;
	assert_false(may_be(&run));
	/* Without any call of itself, and without marks, it looks like a `while`. */
	run.code.optimised = true;
	run.cfg->insns[CALL_AT].insn.target = UINT64_MAX;
	assert_false(may_be(&run));
	cfg__free(run.cfg);
}

/* No call of the function is left, but the loop goes through lines 2 and 4. */
static void statements_that_are_in_no_loop(void **state)
{
	enum { OUTER = 2, INNER = 3 };
	struct run run;

	(void)state;
	make(&run);
	run.cfg->insns[CALL_AT].insn.target = UINT64_MAX;
	run__mark(&run, 0, 1, 1, false);
	run__mark(&run, 1, 2, OUTER, false);
	run__mark(&run, 3, 4, OUTER, false);
	assert_true(may_be(&run));
	/* A `while` and what is in it, and a statement behind it. */
	run.marks[1].position = INNER + 1;
	run.marks[2].position = INNER;
	run__mark(&run, 6, 5, OUTER, false);
	assert_false(may_be(&run));
	/* The loop begins with a statement that is in it alone. */
	run.marks[3].position = INNER;
	assert_false(may_be(&run));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_may_be_gone),
		cmocka_unit_test(statements_that_are_in_no_loop),
		cmocka_unit_test(a_call_that_became_a_jump),
		cmocka_unit_test(marks_tell_the_first_statement),
		cmocka_unit_test(a_loop_without_a_call_of_the_function),
		cmocka_unit_test(a_loop_with_which_the_function_begins),
		cmocka_unit_test(a_loop_behind_the_first_statement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
