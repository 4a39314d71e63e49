// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/unmarked_lines.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_doubted(const struct run *run, uint32_t line)
{
	return run__is_doubted(run, unmarked_lines__doubt, line);
}

static struct insn *insn(struct run *run, uint32_t i)
{
	return &run->cfg->insns[i].insn;
}

/* Makes a load of instruction I. */
static void load(struct run *run, uint32_t i)
{
	insn(run, i)->work = INSN_WORK_MOVE;
	insn(run, i)->memory = INSN_MEMORY_OTHER;
}

/* `if (line 2)` and its assignment, line 3, became a comparison and an instruction that selects. */
static void a_choice(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(2), PLAIN(3), PLAIN(3), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, COUNT(insns) - 1, 1);
	for (uint32_t i = 1; i < 4; i++)
		insn(&run, i)->work = INSN_WORK_COMPUTE;
	load(&run, 2);
	insn(&run, 3)->selects = true;
	assert_true(is_doubted(&run, 3));
	assert_false(is_doubted(&run, 2));
	/* Where the line computes what it selects by, it is executed each time. */
	insn(&run, 2)->work = INSN_WORK_COMPUTE;
	assert_false(is_doubted(&run, 3));
	/* not executed */
	load(&run, 2);
	run.counts[2] = run.counts[3] = 0;
	assert_false(is_doubted(&run, 3));
	cfg__free(run.cfg);
}

/* Line 2 branches, and what it tested is computed once more behind line 3. */
static void a_test_as_a_value(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), COND(3, 2), PLAIN(3), PLAIN(2), PLAIN(4), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, COUNT(insns) - 1, 1);
	assert_false(is_doubted(&run, 2));
	insn(&run, 3)->compares = true;
	assert_true(is_doubted(&run, 2));
	/* A comparison with memory is a part of the line that comes there. */
	insn(&run, 3)->memory = INSN_MEMORY_OTHER;
	assert_false(is_doubted(&run, 2));
	cfg__free(run.cfg);
}

/* Line 4 is loaded at the beginning of the loop, and the rest of it comes behind line 2. */
static void an_early_load(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(4), PLAIN(2), COND(4, 2), PLAIN(3), PLAIN(4), COND(0, 5), RET(6)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, COUNT(insns) - 1, 1);
	for (uint32_t i = 0; i < 5; i++)
		insn(&run, i)->work = INSN_WORK_COMPUTE;
	assert_false(is_doubted(&run, 4));
	load(&run, 0);
	assert_true(is_doubted(&run, 4));
	assert_false(is_doubted(&run, 2));
	/* It writes: that is no early load. */
	insn(&run, 0)->store = INSN_STORE_VALUE;
	assert_false(is_doubted(&run, 4));
	/* The only code of the line. */
	insn(&run, 0)->store = INSN_STORE_NONE;
	run.counts[4] = 0;
	assert_false(is_doubted(&run, 4));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_choice),
		cmocka_unit_test(a_test_as_a_value),
		cmocka_unit_test(an_early_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
