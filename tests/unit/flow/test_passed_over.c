// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/passed_over.h"

#include "flow/block_flow.h"
#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { OUTER = 2, INNER = 3, BEFORE = 0, TEST = 2, BEHIND = 4 };

/* Lines 2, 3 and 5 stand one below the other, line 4 is in the `if` of line 3; control goes from line 2 to line 5. */
static const struct synthetic_insn insns[] = {PLAIN(2), COND(BEHIND, 2), COND(BEHIND, 3), PLAIN(4), PLAIN(5), RET(6)};

static void make(struct run *run)
{
	run__make(run, insns, COUNT(insns));
	run__straight(run, 0, COUNT(insns) - 1, 10);
	run__ran(run, 1, 10, 10);
	run__straight(run, TEST, BEHIND - 1, 0);
	run__mark(run, BEFORE, 2, OUTER, false);
	run__mark(run, TEST, 3, OUTER, false);
	run__mark(run, TEST + 1, 4, INNER, false);
	run__mark(run, BEHIND, 5, OUTER, false);
}

/* Whether LINE is doubted when the four lines have the hits of ITEMS. */
static bool is_doubted_of(const struct run *run, uint32_t line, struct line_hits *items)
{
	struct line_hits_list list = {items, 4};
	struct block_search search;
	struct loop_list loops;
	uint32_t order[RUN_MOST];

	assert_int_equal(block_search__init(&search, run->cfg->n_blocks), 0);
	block_search__number(&search, run->cfg, order);
	block_search__release(&search);
	assert_int_equal(loops__find(run->cfg, &loops), 0);
	assert_int_equal(passed_over__doubt(&run->attribution, &run->code, &loops, order, &list), 0);
	loops__release(&loops);
	return line_hits__find(&list, line)->inexact;
}

/* Whether LINE is doubted when lines 3 and 4 have no hits, and BEFORE and BEHIND are those of the lines around. */
static bool is_doubted(const struct run *run, uint32_t line, uint64_t before, uint64_t behind)
{
	struct line_hits items[] = {{.line = 2, .hits = before}, {.line = 3}, {.line = 4}, {.line = 5, .hits = behind}};

	return is_doubted_of(run, line, items);
}

static void between_two_that_were_executed(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	assert_true(is_doubted(&run, 3, 10, 10));
	assert_false(is_doubted(&run, 2, 10, 10));
	/* What is in the statement is not one of the sequence. */
	assert_false(is_doubted(&run, 4, 10, 10));
	/* The program did not come so far, or began behind it. */
	assert_false(is_doubted(&run, 3, 10, 0));
	assert_false(is_doubted(&run, 3, 0, 10));
	cfg__free(run.cfg);
}

static void a_statement_further_to_the_left_ends_the_sequence(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run.marks[0].position = run.marks[1].position = run.marks[3].position = INNER;
	run.marks[2].position = OUTER;
	assert_false(is_doubted(&run, 3, 10, 10));
	cfg__free(run.cfg);
}

static void control_does_not_come_from_one_case_to_the_next(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run__ran(&run, 1, 10, 0);
	assert_false(is_doubted(&run, 3, 10, 10));
	cfg__free(run.cfg);
}

static void some_executions_went_around(void **state)
{
	struct line_hits fewer[] = {
		{.line = 2, .hits = 10}, {.line = 3, .hits = 7}, {.line = 4, .hits = 1}, {.line = 5, .hits = 10}};
	struct line_hits as_many[] = {
		{.line = 2, .hits = 10}, {.line = 3, .hits = 10}, {.line = 4, .hits = 1}, {.line = 5, .hits = 10}};
	struct line_hits left[] = {
		{.line = 2, .hits = 10}, {.line = 3, .hits = 7}, {.line = 4, .hits = 1}, {.line = 5, .hits = 6}};
	struct run run;

	(void)state;
	make(&run);
	assert_true(is_doubted_of(&run, 3, fewer));
	assert_false(is_doubted_of(&run, 3, as_many));
	assert_false(is_doubted_of(&run, 3, left));
	/* All ways lead through the line. */
	run__ran(&run, 1, 10, 0);
	run__straight(&run, TEST, BEHIND - 1, 10);
	fewer[1].inexact = false;
	assert_false(is_doubted_of(&run, 3, fewer));
	cfg__free(run.cfg);
}

/* Line 2 is a loop of its own, which goes round more often than what is behind it. */
static void a_loop_before_the_line_has_more_hits(void **state)
{
	static const struct synthetic_insn looped[] = {PLAIN(2), COND(BEFORE, 2), COND(BEHIND, 2),
						       PLAIN(3), PLAIN(5),	  RET(6)};
	struct line_hits items[] = {
		{.line = 2, .hits = 10}, {.line = 3, .hits = 1}, {.line = 4, .hits = 0}, {.line = 5, .hits = 2}};
	struct run run;

	(void)state;
	run__make(&run, looped, COUNT(looped));
	run__straight(&run, 0, COUNT(looped) - 1, 2);
	run__ran(&run, 0, 10, 0);
	run__ran(&run, 1, 2, 8);
	run__ran(&run, 2, 1, 1);
	run__mark(&run, BEFORE, 2, OUTER, false);
	run__mark(&run, 3, 3, OUTER, false);
	run__mark(&run, BEHIND, 5, OUTER, false);
	assert_false(is_doubted_of(&run, 3, items));
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(between_two_that_were_executed),
		cmocka_unit_test(a_statement_further_to_the_left_ends_the_sequence),
		cmocka_unit_test(control_does_not_come_from_one_case_to_the_next),
		cmocka_unit_test(some_executions_went_around),
		cmocka_unit_test(a_loop_before_the_line_has_more_hits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
