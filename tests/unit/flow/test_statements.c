// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/statements.h"

#include <stdlib.h>

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { BEFORE = 3, BODY = 4, BEHIND = 6, N = 4 };

/* plain; head of the loop: plain, cond -> head; ret. Entered twice, and gone round ten times in all. */
static const struct synthetic_insn loop[N] = {PLAIN(BEFORE), PLAIN(BODY), COND(1, BODY), RET(BEHIND)};

/* A mark without code at the head is passed on the way into the loop; the rounds are those of the mark behind it. */
static void rounds_pass_what_stands_in_the_loop(void **state)
{
	struct statement_mark marks[] = {
		{.insn = 1, .line = BEFORE, .position = 1, .codeless = true},
		{.insn = 1, .line = BODY, .position = 2},
		{.insn = 3, .line = BEHIND, .position = 3},
	};
	struct insn_line lines[N] = {{.line = BEFORE}, {.line = BODY}, {.line = BODY}, {.line = BEHIND}};
	const struct line_code code = {
		.lines = lines, .marks = marks, .n_marks = sizeof(marks) / sizeof(*marks), .marked = true};
	uint64_t counts[N] = {2, 12, 12, 2}, next[N] = {2, 12, 2, 0}, taken[N] = {0, 0, 10}, rooted[N] = {2};
	struct attribute_time times[N] = {{0}};
	bool unsure[N] = {false};
	struct plan plan = {0};
	const struct attribution attribution = {.plan = &plan,
						.counts = counts,
						.next = next,
						.taken = taken,
						.rooted = rooted,
						.unsure = unsure,
						.times = times};
	struct statement_hits_list list;
	uint32_t *numbers;
	struct cfg *cfg = synthetic__cfg(loop, N, &numbers);

	(void)state;
	plan.cfg = cfg;
	assert_int_equal(statements__count(&attribution, &code, &list), 0);
	assert_int_equal(statements__find(&list, BEFORE)->hits, 2);
	assert_int_equal(statements__find(&list, BODY)->hits, 12);
	assert_int_equal(statements__find(&list, BEHIND)->hits, 2);
	assert_null(statements__find(&list, BODY + 1));
	free(list.items);
	cfg__free(cfg);
	free(numbers);
}

/* The hits of LINE; inexact ones are negative. 0 also when the line has no mark. */
static int64_t hits_of(const struct run *run, uint32_t line)
{
	const struct statement_hits *found;
	struct statement_hits_list list;
	int64_t hits;

	assert_int_equal(statements__count(&run->attribution, &run->code, &list), 0);
	found = statements__find(&list, line);
	hits = !found ? 0 : found->inexact ? -(int64_t)found->hits : (int64_t)found->hits;
	free(list.items);
	return hits;
}

static void marks_of_straight_code_count_in_their_order(void **state)
{
	/* Line 2, 3, 2; the code of line 9 was moved here and has no mark. */
	const struct synthetic_insn insns[] = {PLAIN(2), PLAIN(9), PLAIN(3), PLAIN(2), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 4, 7);
	run__mark(&run, 0, 2, 1, false);
	run__mark(&run, 2, 3, 2, false);
	run__mark(&run, 3, 2, 3, false);
	run__mark(&run, 4, 4, 4, false);
	assert_int_equal(hits_of(&run, 2), 14);
	assert_int_equal(hits_of(&run, 3), 7);
	assert_int_equal(hits_of(&run, 9), 0);
	cfg__free(run.cfg);
}

static void unrolled_loop_counts_its_rounds(void **state)
{
	/* for (...) <line 1> body <line 2>, three times */
	const struct synthetic_insn insns[] = {CALL(2), CALL(2), CALL(2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 3, 100);
	for (uint32_t i = 0; i < 3; i++) {
		run__mark(&run, i, 1, 1, true);
		run__mark(&run, i, 2, 2, false);
	}
	run__mark(&run, 3, 1, 1, true);
	run__mark(&run, 3, 3, 3, false);
	assert_int_equal(hits_of(&run, 2), 300);
	assert_int_equal(hits_of(&run, 1), 400);
	assert_int_equal(hits_of(&run, 3), 100);
	cfg__free(run.cfg);
}

static void statements_of_one_line_count_once(void **state)
{
	/* a macro of three statements at one position, and a line of two statements */
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(1), PLAIN(1), PLAIN(2), PLAIN(2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 5, 6);
	for (uint32_t i = 0; i < 3; i++)
		run__mark(&run, i, 1, 1, false);
	run__mark(&run, 3, 2, 2, false);
	run__mark(&run, 4, 2, 3, false);
	run__mark(&run, 5, 3, 4, false);
	assert_int_equal(hits_of(&run, 1), 6);
	assert_int_equal(hits_of(&run, 2), 6);
	cfg__free(run.cfg);
}

static void one_line_loop_that_was_unrolled_counts_by_position(void **state)
{
	/* while (<1> test) <2> step; in one line, twice a round of the loop; entered 3 times, gone round 27 times */
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(2), PLAIN(2), PLAIN(2), COND(1, 2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 3, 0);
	run__straight(&run, 1, 3, 30);
	run__ran(&run, 4, 30, 27);
	run__ran(&run, 5, 3, 0);
	run__mark(&run, 0, 1, 9, false);
	run__mark(&run, 1, 2, 1, false);
	run__mark(&run, 2, 2, 2, false);
	run__mark(&run, 3, 2, 1, false);
	run__mark(&run, 4, 2, 2, false);
	run__mark(&run, 5, 3, 8, false);
	assert_int_equal(hits_of(&run, 2), 60);
	cfg__free(run.cfg);
}

static void recursion_that_became_a_loop_counts_its_rounds(void **state)
{
	/* 10: bump; 11: if; 12: call, and round; 13: return. 20 calls and 30 rounds. */
	const struct synthetic_insn insns[] = {PUSH(9), CALL(10), COND(5, 11), CALL(12), JUMP(1, 12), RET(13)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 20, 0);
	run__ran(&run, 1, 50, 0);
	run__ran(&run, 2, 50, 20);
	run__ran(&run, 3, 30, 0);
	run__ran(&run, 4, 30, 30);
	run__ran(&run, 5, 20, 0);
	run__mark(&run, 0, 9, 1, false);
	run__mark(&run, 1, 10, 2, false);
	run__mark(&run, 2, 11, 3, false);
	run__mark(&run, 3, 12, 4, false);
	run__mark(&run, 5, 13, 5, false);
	assert_int_equal(hits_of(&run, 10), 50);
	assert_int_equal(hits_of(&run, 11), 50);
	assert_int_equal(hits_of(&run, 12), 30);
	assert_int_equal(hits_of(&run, 13), 20);
	cfg__free(run.cfg);
}

/* A choice between two ways that join, of INSNS: 10 times, 4 of them by the second way. The choice has a mark. */
static void make_choice(struct run *run, const struct synthetic_insn *insns)
{
	run__make(run, insns, 6);
	run__ran(run, 0, 10, 4);
	run__ran(run, 1, 6, 0);
	run__ran(run, 2, 6, 6);
	run__ran(run, 3, 4, 0);
	run__straight(run, 4, 5, 10);
	run__mark(run, 0, 1, 1, false);
}

/* if (c) line 2, else line 3; then line 4. */
static const struct synthetic_insn joined[] = {COND(3, 1), PLAIN(2), JUMP(4, 2), PLAIN(3), PLAIN(4), RET(5)};

static void make_joined(struct run *run)
{
	make_choice(run, joined);
	run__mark(run, 1, 2, 2, false);
}

static void marks_without_code_where_ways_join_are_doubtful(void **state)
{
	struct run run;

	(void)state;
	make_joined(&run);
	run__mark(&run, 3, 3, 3, false);
	run__mark(&run, 4, 3, 3, true);
	run__mark(&run, 4, 8, 5, true);
	run__mark(&run, 4, 4, 4, false);
	/* Only line 3 has another mark, so its one here is not counted. */
	assert_int_equal(hits_of(&run, 3), -4);
	assert_int_equal(hits_of(&run, 8), -10);
	assert_int_equal(hits_of(&run, 4), 10);
	cfg__free(run.cfg);
}

/* A choice within line 1, then line 4. */
static const struct synthetic_insn chosen[] = {COND(3, 1), PLAIN(1), JUMP(4, 1), PLAIN(1), PLAIN(4), RET(5)};

static void marks_behind_the_choice_of_one_line_are_of_all_ways(void **state)
{
	struct run run;

	(void)state;
	make_choice(&run, chosen);
	run__mark(&run, 4, 3, 1, true);
	run__mark(&run, 4, 4, 1, false);
	assert_int_equal(hits_of(&run, 3), 10);
	/* It may be in a branch of line 1. */
	run.marks[1].position = 2;
	assert_int_equal(hits_of(&run, 3), -10);
	cfg__free(run.cfg);
	/* The same marks once more are another way's. */
	make_choice(&run, chosen);
	run__mark(&run, 4, 3, 1, true);
	run__mark(&run, 4, 4, 2, true);
	run__mark(&run, 4, 3, 1, true);
	run__mark(&run, 4, 4, 2, false);
	assert_int_equal(hits_of(&run, 3), -10);
	cfg__free(run.cfg);
}

static void ways_from_below_do_not_pass_a_mark_again(void **state)
{
	struct run run;

	(void)state;
	make_choice(&run, chosen);
	run__mark(&run, 1, 3, 1, true);
	run__mark(&run, 1, 4, 2, false);
	run__mark(&run, 4, 3, 1, true);
	run__mark(&run, 4, 5, 1, false);
	assert_int_equal(hits_of(&run, 3), 10);
	assert_int_equal(hits_of(&run, 4), 6);
	cfg__free(run.cfg);
}

static void blocks_without_marks_continue_what_was_before(void **state)
{
	struct run run;

	(void)state;
	make_joined(&run);
	/* Nothing of line 3, and line 2 goes on behind: it is new only for those that did not come from it. */
	run__mark(&run, 4, 2, 2, false);
	run__mark(&run, 5, 5, 6, false);
	assert_int_equal(hits_of(&run, 2), 10);
	/* Line 1 goes on through the block of line 3, which has no mark. */
	run.marks[2].line = run.marks[2].position = 1;
	assert_int_equal(hits_of(&run, 2), 6);
	assert_int_equal(hits_of(&run, 1), 16);
	cfg__free(run.cfg);
}

static void loop_without_marks_is_a_callees(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(2), COND(1, 2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 2, 0);
	run__ran(&run, 1, 12, 0);
	run__ran(&run, 2, 12, 10);
	run__ran(&run, 3, 2, 0);
	run__mark(&run, 0, 1, 1, true);
	run__mark(&run, 0, 2, 2, false);
	run__mark(&run, 3, 3, 3, false);
	assert_int_equal(hits_of(&run, 2), 2);
	/* A mark without code at its head is that of the call, in front of it. */
	run.marks[1].insn = 1;
	run.marks[1].codeless = true;
	assert_int_equal(hits_of(&run, 2), 2);
	cfg__free(run.cfg);
}

static void marks_at_the_head_of_the_callers_loop_are_in_it(void **state)
{
	/* An instance inlined into a loop of its caller, whose code has no line here. */
	const struct synthetic_insn insns[] = {PLAIN(0), PLAIN(5), COND(1, 0), RET(0)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 2, 0);
	run__ran(&run, 1, 12, 0);
	run__ran(&run, 2, 12, 10);
	run__ran(&run, 3, 2, 0);
	run__mark(&run, 1, 4, 1, true);
	run__mark(&run, 1, 5, 2, false);
	assert_int_equal(hits_of(&run, 4), 12);
	assert_int_equal(hits_of(&run, 5), 12);
	cfg__free(run.cfg);
}

/* A loop of an inlined callee begins where the call begins: the caller's mark is passed when control enters it. */
static void rounds_of_an_inlined_loop_do_not_pass_the_calls_mark(void **state)
{
	struct run run;

	(void)state;
	run__make(&run, loop, N);
	run__straight(&run, 0, 0, 2);
	run__straight(&run, 1, 1, 12);
	run__ran(&run, 2, 12, 10);
	run__straight(&run, 3, 3, 2);
	run.rooted[0] = 2;
	run__mark(&run, 0, BEFORE, 1, false);
	run__mark(&run, 1, BODY, 2, false);
	run__mark(&run, 3, BEHIND, 3, false);
	assert_int_equal(hits_of(&run, BODY), 12);
	run.lines[1].call = run.lines[2].call = 1;
	assert_int_equal(hits_of(&run, BODY), 2);
	/* A call in a loop of the caller begins in each round. */
	run.lines[2].call = 0;
	assert_int_equal(hits_of(&run, BODY), 12);
	run.lines[2].call = 2;
	assert_int_equal(hits_of(&run, BODY), 12);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_pass_what_stands_in_the_loop),
		cmocka_unit_test(rounds_of_an_inlined_loop_do_not_pass_the_calls_mark),
		cmocka_unit_test(marks_of_straight_code_count_in_their_order),
		cmocka_unit_test(unrolled_loop_counts_its_rounds),
		cmocka_unit_test(statements_of_one_line_count_once),
		cmocka_unit_test(one_line_loop_that_was_unrolled_counts_by_position),
		cmocka_unit_test(recursion_that_became_a_loop_counts_its_rounds),
		cmocka_unit_test(marks_without_code_where_ways_join_are_doubtful),
		cmocka_unit_test(marks_behind_the_choice_of_one_line_are_of_all_ways),
		cmocka_unit_test(ways_from_below_do_not_pass_a_mark_again),
		cmocka_unit_test(blocks_without_marks_continue_what_was_before),
		cmocka_unit_test(loop_without_marks_is_a_callees),
		cmocka_unit_test(marks_at_the_head_of_the_callers_loop_are_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
