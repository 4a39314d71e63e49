// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/line_code.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* if (k) { line 2 } else { instruction 3, on line 2 as the table has it; line 3 } */
static const struct synthetic_insn branches[] = {COND(3, 1), PLAIN(2), JUMP(5, 2), PLAIN(2), PLAIN(3), RET(4)};

static void make(struct run *run, const struct synthetic_insn *insns, uint32_t n)
{
	run__make(run, insns, n);
	for (uint32_t i = 0; i < n; i++)
		run->lines[i].begins_row = !i || insns[i].line != insns[i - 1].line;
}

static void code_behind_a_jump_without_a_row_is_a_stray(void **state)
{
	struct run run;

	(void)state;
	make(&run, branches, COUNT(branches));
	line_code__silence_strays(&run.code, run.cfg);
	for (uint32_t i = 0; i < COUNT(branches); i++)
		assert_int_equal(run.lines[i].quiet, i == 3);
	cfg__free(run.cfg);
}

static void code_with_a_row_is_no_stray(void **state)
{
	struct run run;

	(void)state;
	make(&run, branches, COUNT(branches));
	run.lines[3].begins_row = true;
	line_code__silence_strays(&run.code, run.cfg);
	assert_false(run.lines[3].quiet);
	cfg__free(run.cfg);
}

static void code_that_its_line_leads_to_is_no_stray(void **state)
{
	struct run run;

	(void)state;
	make(&run, branches, COUNT(branches));
	run.lines[0].line = 2;
	line_code__silence_strays(&run.code, run.cfg);
	assert_false(run.lines[3].quiet);
	cfg__free(run.cfg);
}

static void code_that_control_falls_into_is_no_stray(void **state)
{
	const struct synthetic_insn insns[] = {COND(2, 1), PLAIN(2), PLAIN(2), RET(4)};
	struct run run;

	(void)state;
	make(&run, insns, COUNT(insns));
	line_code__silence_strays(&run.code, run.cfg);
	assert_false(run.lines[2].quiet);
	cfg__free(run.cfg);
}

/* Line 1 leads to line 2 by a branch, and to line 4 by an indirect jump; labels there stand behind line 5. */
static void make_labels(struct run *run)
{
	const struct synthetic_insn insns[] = {
		COND(2, 1),
		JUMPR(1),
		PLAIN(2),
		RET(3),
		{INSN_FLOW_RETURN, CFG_NONE, INSN_PROBE_STEP, 4, INSN_SHORT, CFG_ROOT_INDIRECT},
	};

	make(run, insns, COUNT(insns));
	run__mark(run, 2, 5, 1, true);
	run__mark(run, 2, 2, 1, false);
	run__mark(run, 4, 5, 1, true);
	run__mark(run, 4, 4, 1, false);
	run->marks[0].before_label = run->marks[2].before_label = true;
}

static void marks_in_front_of_a_label_are_passed_only_by_who_comes_from_above(void **state)
{
	struct run run;

	(void)state;
	make_labels(&run);
	line_code__drop_unreached_marks(&run.code, run.cfg);
	assert_int_equal(run.code.n_marks, 3);
	assert_int_equal(run.marks[0].line, 5);
	assert_int_equal(run.marks[1].line, 2);
	assert_int_equal(run.marks[2].line, 4);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_behind_a_jump_without_a_row_is_a_stray),
		cmocka_unit_test(code_with_a_row_is_no_stray),
		cmocka_unit_test(code_that_its_line_leads_to_is_no_stray),
		cmocka_unit_test(code_that_control_falls_into_is_no_stray),
		cmocka_unit_test(marks_in_front_of_a_label_are_passed_only_by_who_comes_from_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
