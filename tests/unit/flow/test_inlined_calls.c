// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "flow/inlined_calls.h"
#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The inlined code is lines 5 and 6, in three copies one after the other; the rest is the caller's. */
static const struct synthetic_insn copies[] = {PLAIN(5), PLAIN(6), PLAIN(0), PLAIN(5), PLAIN(6),
					       PLAIN(0), PLAIN(5), PLAIN(6), RET(0)};

/* The calls; a negative number when they are an estimate. */
static int64_t calls_from(const struct run *run, uint32_t entry, bool scattered)
{
	struct statement_hits_list statements;
	struct inlined_calls calls;

	assert_int_equal(statements__count(&run->attribution, &run->code, &statements), 0);
	calls = inlined_calls__count(&run->attribution, &run->code, &statements, entry, 4, scattered);
	free(statements.items);
	return calls.inexact ? -(int64_t)calls.n : (int64_t)calls.n;
}

static int64_t calls_of(const struct run *run, uint32_t entry)
{
	return calls_from(run, entry, true);
}

static void make_copies(struct run *run)
{
	run__make(run, copies, COUNT(copies));
	run__straight(run, 0, COUNT(copies) - 1, 100);
	for (uint32_t i = 0; i < COUNT(copies); i++)
		run->lines[i].column = run->lines[i].line;
}

static void copies_of_the_entry_are_calls(void **state)
{
	struct run run;

	(void)state;
	make_copies(&run);
	assert_int_equal(calls_of(&run, 0), 100);
	run.code.optimised = true;
	assert_int_equal(calls_of(&run, 0), -300);
	assert_int_equal(calls_of(&run, CFG_NONE), 0);
	cfg__free(run.cfg);
}

static void marks_of_the_declaration_are_calls(void **state)
{
	struct run run;

	(void)state;
	make_copies(&run);
	run__mark(&run, 0, 4, 1, true);
	run__mark(&run, 0, 5, 2, false);
	run__mark(&run, 3, 4, 1, true);
	run__mark(&run, 3, 5, 2, false);
	assert_int_equal(calls_of(&run, 0), 200);
	cfg__free(run.cfg);
}

/* One call in two pieces, of which the second is a loop, or the beginning. */
static void scattered_code_is_sure_if_none_ran_more_often(void **state)
{
	const struct synthetic_insn pieces[] = {PLAIN(5), PLAIN(6), PLAIN(0), PLAIN(7), COND(3, 7), RET(0)};
	struct run run;

	(void)state;
	run__make(&run, pieces, COUNT(pieces));
	run__straight(&run, 0, COUNT(pieces) - 1, 100);
	for (uint32_t i = 0; i < COUNT(pieces); i++)
		run.lines[i].column = run.lines[i].line;
	run.code.optimised = true;
	assert_int_equal(calls_from(&run, 0, true), 100);
	run__ran(&run, 3, 700, 0);
	run__ran(&run, 4, 700, 600);
	assert_int_equal(calls_from(&run, 0, true), -100);
	/* Control came into the code in two places. */
	assert_int_equal(calls_from(&run, 0, false), -100);
	run.lines[2] = run.lines[1];
	assert_int_equal(calls_from(&run, 0, false), 100);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_of_the_entry_are_calls),
		cmocka_unit_test(marks_of_the_declaration_are_calls),
		cmocka_unit_test(scattered_code_is_sure_if_none_ran_more_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
