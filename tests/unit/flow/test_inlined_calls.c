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

static uint64_t calls_of(const struct run *run, uint32_t entry)
{
	struct statement_hits_list statements;
	uint64_t calls;

	assert_int_equal(statements__count(&run->attribution, &run->code, &statements), 0);
	calls = inlined_calls__count(&run->attribution, &run->code, &statements, entry, 4);
	free(statements.items);
	return calls;
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
	assert_int_equal(calls_of(&run, 0), 300);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_of_the_entry_are_calls),
		cmocka_unit_test(marks_of_the_declaration_are_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
