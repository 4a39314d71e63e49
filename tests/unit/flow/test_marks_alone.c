// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/marks_alone.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { CODE = 3 };

/* The code of line 3 is behind a branch; its second mark stands in front of line 4's. */
static const struct synthetic_insn insns[] = {PLAIN(1), COND(CODE, 2), JUMP(5, 4), PLAIN(3), RET(3), RET(4)};

static void make(struct run *run, uint64_t executed)
{
	run__make(run, insns, COUNT(insns));
	run__straight(run, 0, COUNT(insns) - 1, 10);
	run->counts[CODE] = run->counts[CODE + 1] = executed;
	run__mark(run, 0, 1, 1, true);
	run__mark(run, 1, 2, 2, false);
	run__mark(run, 2, 3, 3, true);
	run__mark(run, CODE, 3, 4, false);
}

/* Whether LINE, which has HITS as all lines, is doubted. */
static bool is_doubted(const struct run *run, uint32_t line, uint64_t hits)
{
	struct line_hits items[4] = {{0}};
	struct line_hits_list list = {items, 4};

	for (uint32_t k = 0; k < 4; k++)
		items[k] = (struct line_hits){.line = k + 1, .hits = hits};
	assert_int_equal(marks_alone__doubt(&run->attribution, &run->code, &list), 0);
	return line_hits__find(&list, line)->inexact;
}

static void only_lines_with_hits_and_idle_code(void **state)
{
	struct run run;

	(void)state;
	make(&run, 0);
	assert_true(is_doubted(&run, 3, 10));
	assert_false(is_doubted(&run, 3, 0));
	assert_false(is_doubted(&run, 2, 10));
	cfg__free(run.cfg);
	make(&run, 1);
	assert_false(is_doubted(&run, 3, 10));
	cfg__free(run.cfg);
}

static void the_declaration_is_left_out(void **state)
{
	struct run run;

	(void)state;
	make(&run, 0);
	run.counts[0] = 0;
	assert_false(is_doubted(&run, 1, 10));
	/* A mark elsewhere is no declaration's. */
	run.marks[0].insn = 1;
	assert_true(is_doubted(&run, 1, 10));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_lines_with_hits_and_idle_code),
		cmocka_unit_test(the_declaration_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
