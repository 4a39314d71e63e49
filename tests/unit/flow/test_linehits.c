// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "flow/linehits.h"
#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The hits of all lines; the items are the caller's. */
static struct line_hits_list hits_of_all(const struct run *run)
{
	struct statement_hits_list statements;
	struct line_hits_list list;

	assert_int_equal(statements__count(&run->attribution, &run->code, &statements), 0);
	assert_int_equal(linehits__compute(&run->attribution, &run->code, &statements, &list), 0);
	free(statements.items);
	return list;
}

static uint64_t hits_of(struct run *run, uint32_t line)
{
	struct line_hits_list list;
	uint64_t hits = UINT64_MAX;

	list = hits_of_all(run);
	for (size_t i = 0; i < list.n; i++) {
		if (i)
			assert_true(list.items[i - 1].line < list.items[i].line);
		if (list.items[i].line == line)
			hits = list.items[i].hits;
	}
	free(list.items);
	return hits;
}

static void for_loop_counts_one_more_than_its_body(void **state)
{
	/* for (init; cond; step) body, 10 turns, as gcc lays it out */
	const struct synthetic_insn insns[] = {PUSH(1), PLAIN(2), JUMP(5, 2), PLAIN(3), PLAIN(2), COND(3, 2), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 1, 1);
	run__ran(&run, 2, 1, 1);
	run__straight(&run, 3, 4, 10);
	run__ran(&run, 5, 11, 10);
	run__straight(&run, 6, 6, 1);
	assert_int_equal(hits_of(&run, 1), 1);
	assert_int_equal(hits_of(&run, 2), 11);
	assert_int_equal(hits_of(&run, 3), 10);
	assert_int_equal(hits_of(&run, 4), 1);
	assert_int_equal(hits_of(&run, 5), UINT64_MAX);
	cfg__free(run.cfg);
}

static void loop_on_one_line_counts_its_turns(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), JUMP(3, 2), PLAIN(2), COND(2, 2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 1);
	run__ran(&run, 1, 1, 1);
	run__straight(&run, 2, 2, 10);
	run__ran(&run, 3, 11, 10);
	run__straight(&run, 4, 4, 1);
	assert_int_equal(hits_of(&run, 2), 11);
	cfg__free(run.cfg);
}

static void a_jump_to_what_follows_is_no_hit(void **state)
{
	/* for (...) for (init; cond; step) body;, as clang ends the inner loop: with a jump on the line of the body */
	const struct synthetic_insn insns[] = {PUSH(1), COND(4, 2), PLAIN(3), JUMP(1, 2), JUMP(5, 3), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 1);
	run__ran(&run, 1, 11, 1);
	run__straight(&run, 2, 2, 10);
	run__ran(&run, 3, 10, 10);
	run__ran(&run, 4, 1, 1);
	run__straight(&run, 5, 5, 1);
	assert_int_equal(hits_of(&run, 3), 10);
	cfg__free(run.cfg);
}

static void a_jump_behind_a_branch_is_no_hit_of_the_branch(void **state)
{
	/* while (line 2) if (line 3) line 4; as rustc ends it: what follows line 4 is on the line of the if */
	const struct synthetic_insn insns[] = {COND(6, 2), COND(4, 3), JUMP(0, 3), JUMP(6, 3),
					       PLAIN(4),   JUMP(0, 3), RET(5)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 31, 1);
	run__ran(&run, 1, 30, 20);
	run__ran(&run, 2, 10, 10);
	run__straight(&run, 4, 4, 20);
	run__ran(&run, 5, 20, 20);
	run__straight(&run, 6, 6, 1);
	assert_int_equal(hits_of(&run, 3), 30);
	assert_int_equal(hits_of(&run, 4), 20);
	cfg__free(run.cfg);
}

static void a_jump_within_a_line_continues_it(void **state)
{
	/* switch, its cases and its default on one line */
	const struct synthetic_insn insns[] = {PUSH(1),	   COND(4, 2), COND(5, 2), JUMP(6, 2),
					       JUMP(7, 2), PLAIN(2),   PLAIN(2),   RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 10);
	run__ran(&run, 1, 10, 2);
	run__ran(&run, 2, 8, 3);
	run__ran(&run, 3, 5, 5);
	run__ran(&run, 4, 2, 2);
	run__straight(&run, 5, 5, 3);
	run__straight(&run, 6, 6, 8);
	run__straight(&run, 7, 7, 10);
	assert_int_equal(hits_of(&run, 2), 10);
	cfg__free(run.cfg);
}

static void a_jump_is_a_hit_of_a_line_of_its_own(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), COND(4, 2), PLAIN(3), JUMP(1, 2), JUMP(5, 5), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 1);
	run__ran(&run, 1, 11, 1);
	run__straight(&run, 2, 2, 10);
	run__ran(&run, 3, 10, 10);
	run__ran(&run, 4, 1, 1);
	run__straight(&run, 5, 5, 1);
	assert_int_equal(hits_of(&run, 5), 1);
	cfg__free(run.cfg);
}

static void loop_of_an_inlined_callee_does_not_count(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), JUMP(3, 2), PLAIN(2), COND(2, 2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 1);
	run__ran(&run, 1, 1, 1);
	run__straight(&run, 2, 2, 10);
	run__ran(&run, 3, 11, 10);
	run__straight(&run, 4, 4, 1);
	run.lines[1].call = run.lines[2].call = run.lines[3].call = 1;
	assert_int_equal(hits_of(&run, 2), 1);
	cfg__free(run.cfg);
}

static void padding_does_not_change_where_a_loop_begins(void **state)
{
	/* do inlined(); while (cond); on one line, 20 turns; instruction 4 is padding that falls into the callee */
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(2), PLAIN(2),   JUMP(5, 2),
					       PLAIN(2), PLAIN(2), COND(1, 2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 1);
	run__straight(&run, 1, 2, 20);
	run__ran(&run, 3, 20, 20);
	run__straight(&run, 5, 5, 20);
	run__ran(&run, 6, 20, 19);
	run__straight(&run, 7, 7, 1);
	for (uint32_t i = 2; i <= 5; i++)
		run.lines[i].call = 1;
	assert_int_equal(run.cfg->insns[4].root, CFG_ROOT_NONE);
	assert_int_equal(hits_of(&run, 2), 20);
	run.lines[4].line = 0;
	assert_int_equal(hits_of(&run, 2), 20);
	cfg__free(run.cfg);
}

static void interleaved_lines_of_one_block_count_once(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(2), PLAIN(1), PLAIN(2), PLAIN(1), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 5, 7);
	assert_int_equal(hits_of(&run, 1), 7);
	assert_int_equal(hits_of(&run, 2), 7);
	cfg__free(run.cfg);
}

static void condition_with_two_operands_counts_once(void **state)
{
	/* if (a && b) c; */
	const struct synthetic_insn insns[] = {PLAIN(1), COND(4, 1), COND(4, 1), PLAIN(2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 9);
	run__ran(&run, 1, 9, 3);
	run__ran(&run, 2, 6, 4);
	run__straight(&run, 3, 3, 2);
	run__straight(&run, 4, 4, 9);
	assert_int_equal(hits_of(&run, 1), 9);
	assert_int_equal(hits_of(&run, 2), 2);
	cfg__free(run.cfg);
}

static void what_follows_a_call_that_threw_is_not_hit(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), CALL(1), PLAIN(2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 1, 5);
	run.next[1] = 2;
	run__straight(&run, 2, 3, 2);
	assert_int_equal(hits_of(&run, 1), 5);
	assert_int_equal(hits_of(&run, 2), 2);
	cfg__free(run.cfg);
}

static void dispatch_loop_on_one_line(void **state)
{
	/* A switch within a loop, all in one line: entered once, 12 turns. */
	struct synthetic_insn insns[] = {PLAIN(1), JUMPR(2), JUMP(1, 2), JUMP(1, 2), RET(3)};
	struct run run;

	(void)state;
	insns[2].root = insns[3].root = insns[4].root = CFG_ROOT_INDIRECT;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 1);
	run.counts[1] = 13;
	run__ran(&run, 2, 4, 4);
	run__ran(&run, 3, 8, 8);
	run__ran(&run, 4, 1, 0);
	run.rooted[2] = 4;
	run.rooted[3] = 8;
	run.rooted[4] = 1;
	assert_int_equal(hits_of(&run, 2), 13);
	assert_int_equal(hits_of(&run, 3), 1);
	cfg__free(run.cfg);
}

static void time_is_summed(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(2), PLAIN(1), RET(2)};
	struct line_hits_list list;
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 3, 1);
	run.times[0] = (struct attribute_time){.ns = 2.5, .doubt_ns = 7, .blocked_ns = 1, .waiting_ns = 30};
	run.times[2] = (struct attribute_time){.ns = 1.5, .doubt_ns = 5, .blocked_ns = 1, .waiting_ns = 12};
	run.times[3] = (struct attribute_time){.ns = 8};
	list = hits_of_all(&run);
	assert_int_equal(list.n, 2);
	/* Compared in halves, which are exact in binary. */
	assert_int_equal((int)(2 * list.items[0].time.ns), 8);
	assert_int_equal((int)(2 * list.items[0].time.doubt_ns), 24);
	assert_int_equal((int)(2 * list.items[0].time.blocked_ns), 4);
	assert_int_equal((int)(2 * list.items[0].time.waiting_ns), 84);
	assert_int_equal((int)(2 * list.items[1].time.ns), 16);
	assert_int_equal((int)(2 * list.items[1].time.doubt_ns), 0);
	free(list.items);
	cfg__free(run.cfg);
}

static void a_shared_indirect_jump_is_nobodys_hit(void **state)
{
	/* Two computed gotos: the first jumps to the jump of the second. */
	const struct synthetic_insn insns[] = {PLAIN(1), JUMP(3, 1), PLAIN(2), JUMPR(2)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 5, 0);
	run__ran(&run, 1, 5, 5);
	run__ran(&run, 2, 3, 0);
	run__ran(&run, 3, 8, 0);
	assert_int_equal(hits_of(&run, 2), 8);
	line_code__silence_shared_jumps(&run.code, run.cfg);
	assert_int_equal(hits_of(&run, 1), 5);
	assert_int_equal(hits_of(&run, 2), 3);
	cfg__free(run.cfg);
}

static struct line_hits item_of(struct run *run, uint32_t line)
{
	struct line_hits_list list;
	struct line_hits item;

	list = hits_of_all(run);
	assert_non_null(line_hits__find(&list, line));
	item = *line_hits__find(&list, line);
	free(list.items);
	return item;
}

static void quiet_code_is_no_hit(void **state)
{
	/* if (k) { line 2 } else { code without a line; line 3 } */
	const struct synthetic_insn insns[] = {COND(3, 1), PLAIN(2), JUMP(5, 2), PLAIN(2), PLAIN(3), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 100, 25);
	run__ran(&run, 1, 75, 0);
	run__ran(&run, 2, 75, 75);
	run__straight(&run, 3, 4, 25);
	run__straight(&run, 5, 5, 100);
	assert_int_equal(hits_of(&run, 2), 100);
	run.lines[3].quiet = true;
	run.times[3].ns = 8;
	assert_int_equal(hits_of(&run, 2), 75);
	assert_int_equal(hits_of(&run, 3), 25);
	assert_int_equal((int)item_of(&run, 3).time.ns, 8);
	cfg__free(run.cfg);
}

static void a_line_goes_on_through_code_without_a_line(void **state)
{
	/* A choice within line 2, one side of which has no line. */
	const struct synthetic_insn insns[] = {PUSH(1), COND(3, 2), PLAIN(2), PLAIN(2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 10);
	run__ran(&run, 1, 10, 4);
	run__straight(&run, 2, 2, 6);
	run__straight(&run, 3, 4, 10);
	run.lines[2].quiet = true;
	assert_int_equal(hits_of(&run, 2), 10);
	cfg__free(run.cfg);
}

static void a_line_begins_again_behind_code_without_a_line(void **state)
{
	/* What is left of a loop's first round, its test, which has no line, and the next round. */
	const struct synthetic_insn insns[] = {PUSH(1), CALL(2), COND(5, 4), JUMP(4, 4), CALL(2), RET(3)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 1, 10);
	run__ran(&run, 2, 10, 4);
	run__ran(&run, 3, 6, 6);
	run__straight(&run, 4, 4, 6);
	run__straight(&run, 5, 5, 10);
	run.code.optimised = true;
	run.lines[1].column = run.lines[4].column = 3;
	run.lines[3].quiet = true;
	assert_int_equal(hits_of(&run, 2), 16);
	cfg__free(run.cfg);
}

/* A loop of one block that begins and ends with code of an inlined iterator, which is on line 2. */
static const struct synthetic_insn iterated[] = {PLAIN(1), COND(5, 2), PLAIN(2), CALL(3), COND(2, 2), RET(4)};

static void make_iterated(struct run *run, uint32_t body)
{
	run__make(run, iterated, COUNT(iterated));
	run__ran(run, 0, 2, 0);
	run__ran(run, 1, 2, 1);
	run__straight(run, 2, 3, 10);
	run__ran(run, 4, 10, 9);
	run__ran(run, 5, 2, 0);
	run->lines[3].line = body;
	for (uint32_t i = 1; i <= 4; i++)
		run->lines[i].call = run->lines[i].line == 2 ? 1 : 0;
}

static void loop_of_an_iterator_counts_its_rounds(void **state)
{
	struct run run;

	(void)state;
	make_iterated(&run, 3);
	assert_int_equal(hits_of(&run, 3), 10);
	assert_int_equal(hits_of(&run, 2), 11);
	cfg__free(run.cfg);
}

static void loop_of_the_call_alone_does_not_count(void **state)
{
	struct run run;

	(void)state;
	make_iterated(&run, 2);
	run.lines[3].call = 1;
	assert_int_equal(hits_of(&run, 2), 2);
	cfg__free(run.cfg);
}

static void loop_that_is_surely_entered_counts_its_first_test(void **state)
{
	/* for (int i = 0; i < 10; i++) body: the test stands at the end, and none in front. */
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(3), PLAIN(2), COND(1, 2), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 5, 0);
	run__straight(&run, 1, 2, 50);
	run__ran(&run, 3, 50, 45);
	run__ran(&run, 4, 5, 0);
	assert_int_equal(hits_of(&run, 2), 50);
	run.code.optimised = true;
	assert_int_equal(hits_of(&run, 2), 55);
	assert_int_equal(hits_of(&run, 3), 50);
	assert_false(item_of(&run, 2).inexact);
	/* do body while (test): the test is on the last of the loop's lines */
	run.lines[2].line = run.lines[3].line = 4;
	run.lines[4].line = 5;
	assert_int_equal(hits_of(&run, 4), 50);
	/* in one line it may be either */
	run.lines[1].line = 4;
	assert_int_equal(hits_of(&run, 4), 50);
	assert_true(item_of(&run, 4).inexact);
	cfg__free(run.cfg);
}

static void loop_with_a_test_in_front_counts_both(void **state)
{
	/* the test in front is on the line of the loop, too: entered 5 times, passed 4 times */
	const struct synthetic_insn insns[] = {PLAIN(1), COND(4, 2), PLAIN(3), COND(2, 2), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 5, 0);
	run__ran(&run, 1, 5, 1);
	run__ran(&run, 2, 40, 0);
	run__ran(&run, 3, 40, 36);
	run__ran(&run, 4, 5, 0);
	run.code.optimised = true;
	assert_int_equal(hits_of(&run, 2), 45);
	assert_int_equal(hits_of(&run, 3), 40);
	cfg__free(run.cfg);
}

static void code_in_front_of_its_branch_is_inexact(void **state)
{
	/* what line 3 needs is computed before the branch on line 2 that leads there */
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(3), COND(4, 2), PLAIN(3), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 1, 9);
	run__ran(&run, 2, 9, 7);
	run__ran(&run, 3, 2, 0);
	run__ran(&run, 4, 9, 0);
	assert_false(item_of(&run, 3).inexact);
	run.code.optimised = true;
	assert_true(item_of(&run, 3).inexact);
	assert_false(item_of(&run, 2).inexact);
	assert_false(item_of(&run, 1).inexact);
	cfg__free(run.cfg);
}

static void vectors_make_their_loop_inexact(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(3), PLAIN(2), COND(1, 2), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 1, 0);
	run__straight(&run, 1, 2, 5);
	run__ran(&run, 3, 5, 4);
	run__ran(&run, 4, 1, 0);
	run.code.optimised = true;
	for (uint32_t i = 0; i < COUNT(insns); i++)
		run.lines[i].column = 1;
	assert_false(item_of(&run, 3).inexact);
	run.cfg->insns[1].insn.work = INSN_WORK_COMPUTE;
	run.cfg->insns[1].insn.lanes = 4;
	assert_true(item_of(&run, 3).inexact && item_of(&run, 3).vector && item_of(&run, 3).several);
	assert_true(item_of(&run, 2).inexact && item_of(&run, 2).several);
	assert_false(item_of(&run, 1).inexact);
	cfg__free(run.cfg);
}

static void comparing_for_a_branch_of_another_line_is_no_hit(void **state)
{
	/* if (p) on line 2, and again on line 4, where the comparison has line 2 still */
	const struct synthetic_insn insns[] = {PLAIN(2), COND(3, 2), PLAIN(3), PLAIN(2), COND(6, 4), PLAIN(5), RET(6)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, COUNT(insns) - 1, 10);
	run.cfg->insns[0].insn.compares = run.cfg->insns[3].insn.compares = true;
	assert_int_equal(hits_of(&run, 2), 20);
	run.code.optimised = true;
	assert_int_equal(hits_of(&run, 2), 10);
	assert_int_equal(hits_of(&run, 4), 10);
	/* What else than a comparison is executed is a hit. */
	run.cfg->insns[3].insn.compares = false;
	assert_int_equal(hits_of(&run, 2), 20);
	cfg__free(run.cfg);
}

static void entries_of_a_loop_whose_mark_was_lost(void **state)
{
	/* Line 2 has marks in front of the loop on one of two ways to it, and at its end. */
	const struct synthetic_insn insns[] = {COND(2, 1), JUMP(3, 2), PLAIN(1), PLAIN(1),
					       PLAIN(3),   COND(4, 2), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 5, 2);
	run__ran(&run, 1, 3, 3);
	run__straight(&run, 2, 2, 2);
	run__straight(&run, 3, 3, 5);
	run__straight(&run, 4, 4, 50);
	run__ran(&run, 5, 50, 45);
	run__straight(&run, 6, 6, 5);
	run__mark(&run, 0, 1, 1, false);
	run__mark(&run, 1, 2, 2, false);
	run__mark(&run, 4, 3, 3, false);
	run__mark(&run, 5, 2, 4, false);
	assert_int_equal(item_of(&run, 2).hits, 53);
	assert_true(item_of(&run, 2).inexact);
	/* No way to the loop has it. */
	run__ran(&run, 0, 5, 5);
	run__ran(&run, 1, 0, 0);
	run__straight(&run, 2, 2, 5);
	assert_int_equal(item_of(&run, 2).hits, 55);
	assert_false(item_of(&run, 2).inexact);
	cfg__free(run.cfg);
}

static void what_vectors_leave_over_is_inexact(void **state)
{
	/* A loop of line 3 with vectors; what is left of it has a branch on line 4, which was not executed; line 5. */
	const struct synthetic_insn insns[] = {PLAIN(3), COND(0, 2), PLAIN(3), COND(5, 3),
					       PLAIN(4), COND(2, 2), PLAIN(5), RET(6)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__ran(&run, 0, 10, 0);
	run__ran(&run, 1, 10, 9);
	run__ran(&run, 2, 2, 0);
	run__ran(&run, 3, 2, 2);
	run__ran(&run, 5, 2, 1);
	run__straight(&run, 6, 7, 1);
	run.code.optimised = true;
	for (uint32_t i = 0; i < COUNT(insns); i++) {
		run.lines[i].column = 1;
		run.cfg->insns[i].insn.lanes = 1;
	}
	run.cfg->insns[0].insn.work = run.cfg->insns[2].insn.work = INSN_WORK_COMPUTE;
	assert_false(item_of(&run, 4).inexact);
	run.cfg->insns[0].insn.lanes = 4;
	assert_true(item_of(&run, 4).inexact);
	assert_int_equal(item_of(&run, 4).hits, 0);
	assert_false(item_of(&run, 5).inexact);
	cfg__free(run.cfg);
}

static void a_sum_behind_other_lines_is_no_second_hit(void **state)
{
	/* t += f() on line 2, which is added behind `if (line 3) line 4;` */
	const struct synthetic_insn insns[] = {CALL(2), COND(3, 3), PLAIN(4), PLAIN(2), RET(5)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run.code.optimised = true;
	run__straight(&run, 0, 0, 10);
	run__ran(&run, 1, 10, 5);
	run__straight(&run, 2, 2, 5);
	run__straight(&run, 3, 4, 10);
	run.cfg->insns[3].insn.work = INSN_WORK_COMPUTE;
	assert_int_equal(hits_of(&run, 2), 10);
	assert_true(item_of(&run, 2).inexact);
	assert_false(item_of(&run, 3).inexact);
	/* It was executed without the call as well. */
	run__straight(&run, 3, 3, 12);
	assert_int_equal(hits_of(&run, 2), 10 + 12 - 5);
	assert_true(item_of(&run, 2).inexact);
	/* It does more than compute. */
	run.cfg->insns[3].insn.memory = INSN_MEMORY_OTHER;
	assert_int_equal(hits_of(&run, 2), 10 + 12 - 5);
	assert_false(item_of(&run, 2).inexact);
	cfg__free(run.cfg);
}

static void what_has_marks_and_no_code_is_inexact(void **state)
{
	/* Nothing is left of line 1, which declares the function, and of line 6. */
	const struct synthetic_insn insns[] = {PLAIN(2), PLAIN(3), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, COUNT(insns) - 1, 7);
	run__mark(&run, 0, 1, 1, true);
	run__mark(&run, 0, 2, 2, false);
	run__mark(&run, 1, 6, 3, true);
	run__mark(&run, 1, 3, 4, false);
	assert_int_equal(hits_of(&run, 1), 7);
	assert_int_equal(hits_of(&run, 6), 7);
	assert_false(item_of(&run, 1).inexact);
	assert_true(item_of(&run, 6).inexact);
	/* It has code where the function was compiled another time. */
	run.marks[2].has_code = true;
	assert_false(item_of(&run, 6).inexact);
	/* The function is inlined in this body, which begins with other code. */
	run.lines[0].line = 0;
	assert_true(item_of(&run, 1).inexact);
	cfg__free(run.cfg);
}

/*
 * for (...) { if (first) line 3; line 4; }, line 2 for short: the compiler knew how the first test ends, so the loop
 * begins with line 4, and its test is in the middle.
 */
static void loop_that_begins_in_the_middle_counts_its_entries(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), PLAIN(4), COND(5, 2), COND(1, 3), JUMP(1, 3), RET(6)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 2);
	run__straight(&run, 1, 1, 20);
	run__ran(&run, 2, 20, 2);
	run__ran(&run, 3, 18, 10);
	run__ran(&run, 4, 8, 8);
	run__straight(&run, 5, 5, 2);
	run.rooted[0] = 2;
	assert_int_equal(hits_of(&run, 2), 20);
	run.code.optimised = true;
	assert_int_equal(hits_of(&run, 2), 22);
	run__mark(&run, 0, 1, 1, false);
	run__mark(&run, 1, 4, 2, false);
	run__mark(&run, 2, 2, 3, false);
	run__mark(&run, 3, 3, 4, false);
	run__mark(&run, 5, 6, 5, false);
	assert_int_equal(hits_of(&run, 2), 22);
	/* The mark in front of it tells. */
	run.marks[0].line = 2;
	assert_int_equal(hits_of(&run, 2), 22);
	cfg__free(run.cfg);
}

/* for (...) line 3;, where no mark of line 3 is left: the loop begins with code of it. */
static void loop_whose_body_lost_its_marks_counts_its_entries(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), COND(3, 3), PLAIN(3), PLAIN(3), COND(1, 2), RET(4)};
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run__straight(&run, 0, 0, 1);
	run__ran(&run, 1, 10, 5);
	run__straight(&run, 2, 2, 5);
	run__straight(&run, 3, 3, 10);
	run__ran(&run, 4, 10, 9);
	run__straight(&run, 5, 5, 1);
	run.rooted[0] = 1;
	run__mark(&run, 0, 1, 1, false);
	run__mark(&run, 4, 2, 2, false);
	run__mark(&run, 5, 4, 3, false);
	assert_int_equal(hits_of(&run, 2), 11);
	/* do line 1; while (line 2); */
	run.lines[1].line = run.lines[2].line = run.lines[3].line = 1;
	assert_int_equal(hits_of(&run, 2), 10);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(for_loop_counts_one_more_than_its_body),
		cmocka_unit_test(loop_on_one_line_counts_its_turns),
		cmocka_unit_test(a_jump_to_what_follows_is_no_hit),
		cmocka_unit_test(a_jump_behind_a_branch_is_no_hit_of_the_branch),
		cmocka_unit_test(a_jump_within_a_line_continues_it),
		cmocka_unit_test(a_jump_is_a_hit_of_a_line_of_its_own),
		cmocka_unit_test(loop_of_an_inlined_callee_does_not_count),
		cmocka_unit_test(padding_does_not_change_where_a_loop_begins),
		cmocka_unit_test(interleaved_lines_of_one_block_count_once),
		cmocka_unit_test(condition_with_two_operands_counts_once),
		cmocka_unit_test(what_follows_a_call_that_threw_is_not_hit),
		cmocka_unit_test(dispatch_loop_on_one_line),
		cmocka_unit_test(time_is_summed),
		cmocka_unit_test(a_shared_indirect_jump_is_nobodys_hit),
		cmocka_unit_test(quiet_code_is_no_hit),
		cmocka_unit_test(a_line_goes_on_through_code_without_a_line),
		cmocka_unit_test(a_line_begins_again_behind_code_without_a_line),
		cmocka_unit_test(loop_of_an_iterator_counts_its_rounds),
		cmocka_unit_test(loop_of_the_call_alone_does_not_count),
		cmocka_unit_test(loop_that_is_surely_entered_counts_its_first_test),
		cmocka_unit_test(loop_with_a_test_in_front_counts_both),
		cmocka_unit_test(comparing_for_a_branch_of_another_line_is_no_hit),
		cmocka_unit_test(entries_of_a_loop_whose_mark_was_lost),
		cmocka_unit_test(code_in_front_of_its_branch_is_inexact),
		cmocka_unit_test(vectors_make_their_loop_inexact),
		cmocka_unit_test(what_vectors_leave_over_is_inexact),
		cmocka_unit_test(a_sum_behind_other_lines_is_no_second_hit),
		cmocka_unit_test(what_has_marks_and_no_code_is_inexact),
		cmocka_unit_test(loop_that_begins_in_the_middle_counts_its_entries),
		cmocka_unit_test(loop_whose_body_lost_its_marks_counts_its_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
