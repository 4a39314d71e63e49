// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/shared_tails.h"

#include "flow/statements.h"
#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CASE(flow, to, probe, line)                                                                                    \
	{                                                                                                              \
		flow, to, probe, line, INSN_SHORT, CFG_ROOT_INDIRECT                                                   \
	}

enum { A = 1, A_LEAVES = 2, C = 3, B = 5, TAIL = 6, DISPATCH = 7, A_ENDS = 8, TRAP = 10 };
enum { COLUMN = 9 };

/* Indexes of marks. */
enum { MARK_C = 1, MARK_C_END = 2, MARK_TAIL = 4, MARK_TRAP = 6 };

/*
 * A switch of three cases: A on the lines 3 and 4, C on 5 and 6, B on 7 and 8. The lines 4, 6 and 8 are equal, and have
 * a branch. A has its own end on one of two ways, and B's on the other.
 */
static const struct synthetic_insn insns[] = {
	JUMPR(1),      CASE(INSN_FLOW_COND, A_ENDS, INSN_PROBE_JCC, 3),
	JUMP(TAIL, 3), CASE(INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_STEP, 5),
	JUMPR(6),      CASE(INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_STEP, 7),
	COND(TRAP, 8), JUMPR(8),
	PLAIN(4),      JUMP(TAIL, 4),
	CALL(8),       JUMP(DISPATCH, 8),
};

/* A label begins each case, as with computed gotos. */
static void label_cases(struct run *run)
{
	for (size_t k = 0; k < run->code.n_marks; k++)
		run->marks[k].n_labels = (run->marks[k].line - 1) / 2;
}

static void make(struct run *run)
{
	run__make(run, insns, COUNT(insns));
	run__straight(run, 0, 0, 15);
	run__ran(run, A, 10, 4);
	run__ran(run, A_LEAVES, 6, 6);
	run__straight(run, C, C + 1, 2);
	run__straight(run, B, B, 3);
	run__ran(run, TAIL, 13, 1);
	run__straight(run, DISPATCH, DISPATCH, 13);
	run__straight(run, A_ENDS, A_ENDS, 4);
	run__ran(run, A_ENDS + 1, 4, 4);
	run__straight(run, TRAP, TRAP, 1);
	run__ran(run, TRAP + 1, 1, 1);
	run->rooted[A] = 10;
	run->rooted[C] = 2;
	run->rooted[B] = 3;
	run__mark(run, A, 3, COLUMN, false);
	run__mark(run, C, 5, COLUMN, false);
	run__mark(run, C + 1, 6, COLUMN, false);
	run__mark(run, B, 7, COLUMN, false);
	run__mark(run, TAIL, 8, COLUMN, false);
	run__mark(run, A_ENDS, 4, COLUMN, false);
	run__mark(run, TRAP, 8, COLUMN, false);
	label_cases(run);
}

/* How often control came from other cases to the tail; *line: what is known of that line. */
static uint64_t borrowed(const struct run *run, struct tail_hits *line)
{
	struct shared_tails tails;
	uint64_t n;

	assert_int_equal(shared_tails__find(&run->attribution, &run->code, &tails), 0);
	n = tails.borrowed[run->cfg->insns[TAIL].block];
	*line = shared_tails__of(&tails, line->line);
	shared_tails__release(&tails);
	return n;
}

static void assert_hits(const struct run *run, uint32_t line, uint64_t hits, bool inexact)
{
	struct statement_hits_list list;
	const struct statement_hits *found;

	assert_int_equal(statements__count(&run->attribution, &run->code, &list), 0);
	found = statements__find(&list, line);
	assert_non_null(found);
	assert_int_equal(found->hits, hits);
	assert_int_equal(found->inexact, inexact);
	free(list.items);
}

static void a_tail_with_a_branch(void **state)
{
	struct tail_hits end = {.line = 4};
	struct run run;

	(void)state;
	make(&run);
	assert_int_equal(borrowed(&run, &end), 10);
	assert_int_equal(end.hits, 6);
	assert_false(end.unsure);
	assert_hits(&run, 3, 10, false);
	assert_hits(&run, 4, 10, false);
	assert_hits(&run, 6, 2, false);
	assert_hits(&run, 7, 3, false);
	assert_hits(&run, 8, 3, false);
	cfg__free(run.cfg);
}

static void a_label(void **state)
{
	struct tail_hits end = {.line = 4};
	struct run run;

	(void)state;
	make(&run);
	run.marks[MARK_TAIL].behind_label = true;
	assert_int_equal(borrowed(&run, &end), 0);
	assert_int_equal(end.hits, 0);
	assert_false(end.unsure);
	assert_hits(&run, 8, 13, false);
	cfg__free(run.cfg);
}

static void a_label_above(void **state)
{
	struct tail_hits end = {.line = 4};
	struct run run;

	(void)state;
	make(&run);
	run.marks[MARK_TAIL].n_labels = run.marks[MARK_TRAP].n_labels = 4;
	assert_int_equal(borrowed(&run, &end), 0);
	assert_hits(&run, 8, 13, false);
	cfg__free(run.cfg);
}

static void cases_without_labels_may_not_be_all(void **state)
{
	struct tail_hits end = {.line = 4};
	struct run run;

	(void)state;
	make(&run);
	for (size_t k = 0; k < run.code.n_marks; k++)
		run.marks[k].n_labels = 0;
	assert_int_equal(borrowed(&run, &end), 10);
	assert_int_equal(end.hits, 0);
	assert_true(end.unsure);
	assert_hits(&run, 4, 4, true);
	assert_hits(&run, 7, 3, false);
	assert_hits(&run, 8, 3, true);
	cfg__free(run.cfg);
}

static void the_end_of_a_case_may_fall_into_the_next(void **state)
{
	struct tail_hits end = {.line = 8};
	struct run run;

	(void)state;
	make(&run);
	run.marks[MARK_C].line = 1;
	run.marks[MARK_C_END].line = 2;
	label_cases(&run);
	run.marks[3].n_labels = run.marks[MARK_TAIL].n_labels = run.marks[MARK_TRAP].n_labels = 2;
	assert_int_equal(borrowed(&run, &end), 6);
	assert_true(end.unsure);
	assert_hits(&run, 4, 10, false);
	assert_hits(&run, 8, 7, true);
	cfg__free(run.cfg);
}

static void statements_behind_the_branch_of_a_tail(void **state)
{
	struct tail_hits behind = {.line = 9};
	struct run run;

	(void)state;
	make(&run);
	run.marks[MARK_TRAP].line = 9;
	run.marks[MARK_TRAP].n_labels = 3;
	run.marks[MARK_TRAP].position = COLUMN + 4;
	assert_int_equal(borrowed(&run, &behind), 10);
	assert_true(behind.unsure);
	cfg__free(run.cfg);
}

static void more_statements_are_missing_than_the_tail_has(void **state)
{
	struct tail_hits end = {.line = 4}, more = {.line = 5};
	struct run run;

	(void)state;
	make(&run);
	/* A is on the lines 3, 4 and 5, and C is above it. */
	run.marks[MARK_C].line = 1;
	run.marks[MARK_C_END].line = 2;
	run__mark(&run, A_ENDS + 2, 8, COLUMN, false);
	run.marks[MARK_TRAP] = run.marks[MARK_TRAP - 1];
	run.marks[MARK_TRAP].line = 5;
	label_cases(&run);
	run.marks[MARK_TRAP].n_labels = 1;
	run.marks[3].n_labels = run.marks[MARK_TAIL].n_labels = run.marks[MARK_TRAP + 1].n_labels = 2;
	assert_int_equal(borrowed(&run, &end), 6);
	assert_true(end.unsure);
	assert_int_equal(end.hits, 0);
	borrowed(&run, &more);
	assert_true(more.unsure);
	cfg__free(run.cfg);
}

static void what_is_behind_the_switch(void **state)
{
	struct tail_hits end = {.line = 4};
	struct run run;

	(void)state;
	make(&run);
	run.marks[MARK_TAIL].position = run.marks[MARK_TRAP].position = COLUMN - 4;
	assert_int_equal(borrowed(&run, &end), 0);
	assert_hits(&run, 8, 13, false);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tail_with_a_branch),
		cmocka_unit_test(a_label),
		cmocka_unit_test(a_label_above),
		cmocka_unit_test(cases_without_labels_may_not_be_all),
		cmocka_unit_test(the_end_of_a_case_may_fall_into_the_next),
		cmocka_unit_test(statements_behind_the_branch_of_a_tail),
		cmocka_unit_test(more_statements_are_missing_than_the_tail_has),
		cmocka_unit_test(what_is_behind_the_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
