// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "flow/linehits.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define MOST 32

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A body after a run. The counts of its conditional jumps and roots are given; the other counts follow from them. */
struct run {
	struct cfg *cfg;
	struct plan plan;
	uint64_t counts[MOST], next[MOST], taken[MOST], rooted[MOST];
	struct attribute_time times[MOST];
	struct attribution attribution;
	struct insn_line lines[MOST];
	struct statement_mark marks[MOST];
	struct line_code code; /* of the two before */
};

static void make_run(struct run *run, const struct synthetic_insn *insns, uint32_t n)
{
	uint32_t *lines;

	*run = (struct run){0};
	run->cfg = synthetic__cfg(insns, n, &lines);
	run->plan.cfg = run->cfg;
	run->attribution = (struct attribution){
		.plan = &run->plan,
		.counts = run->counts,
		.next = run->next,
		.taken = run->taken,
		.rooted = run->rooted,
		.times = run->times,
	};
	run->code = (struct line_code){.lines = run->lines, .marks = run->marks};
	for (uint32_t i = 0; i < n; i++)
		run->lines[i].line = lines[i];
	free(lines);
}

/* Records that instruction I ran N times and branched in TAKEN of them. */
static void ran(struct run *run, uint32_t i, uint64_t n, uint64_t taken)
{
	run->counts[i] = n;
	run->taken[i] = run->cfg->insns[i].taken == CFG_NONE ? 0 : taken;
	run->next[i] = run->cfg->insns[i].next == CFG_NONE ? 0 : n - taken;
}

static void straight(struct run *run, uint32_t from, uint32_t to, uint64_t n)
{
	for (uint32_t i = from; i <= to; i++)
		ran(run, i, n, 0);
}

static uint64_t hits_of(struct run *run, uint32_t line)
{
	struct line_hits_list list;
	uint64_t hits = UINT64_MAX;

	assert_int_equal(linehits__compute(&run->attribution, &run->code, &list), 0);
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
	make_run(&run, insns, COUNT(insns));
	straight(&run, 0, 1, 1);
	ran(&run, 2, 1, 1);
	straight(&run, 3, 4, 10);
	ran(&run, 5, 11, 10);
	straight(&run, 6, 6, 1);
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
	make_run(&run, insns, COUNT(insns));
	straight(&run, 0, 0, 1);
	ran(&run, 1, 1, 1);
	straight(&run, 2, 2, 10);
	ran(&run, 3, 11, 10);
	straight(&run, 4, 4, 1);
	assert_int_equal(hits_of(&run, 2), 11);
	cfg__free(run.cfg);
}

static void loop_of_an_inlined_callee_does_not_count(void **state)
{
	const struct synthetic_insn insns[] = {PLAIN(1), JUMP(3, 2), PLAIN(2), COND(2, 2), RET(3)};
	struct run run;

	(void)state;
	make_run(&run, insns, COUNT(insns));
	straight(&run, 0, 0, 1);
	ran(&run, 1, 1, 1);
	straight(&run, 2, 2, 10);
	ran(&run, 3, 11, 10);
	straight(&run, 4, 4, 1);
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
	make_run(&run, insns, COUNT(insns));
	straight(&run, 0, 0, 1);
	straight(&run, 1, 2, 20);
	ran(&run, 3, 20, 20);
	straight(&run, 5, 5, 20);
	ran(&run, 6, 20, 19);
	straight(&run, 7, 7, 1);
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
	make_run(&run, insns, COUNT(insns));
	straight(&run, 0, 5, 7);
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
	make_run(&run, insns, COUNT(insns));
	straight(&run, 0, 0, 9);
	ran(&run, 1, 9, 3);
	ran(&run, 2, 6, 4);
	straight(&run, 3, 3, 2);
	straight(&run, 4, 4, 9);
	assert_int_equal(hits_of(&run, 1), 9);
	assert_int_equal(hits_of(&run, 2), 2);
	cfg__free(run.cfg);
}

static void what_follows_a_call_that_threw_is_not_hit(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), CALL(1), PLAIN(2), RET(3)};
	struct run run;

	(void)state;
	make_run(&run, insns, COUNT(insns));
	straight(&run, 0, 1, 5);
	run.next[1] = 2;
	straight(&run, 2, 3, 2);
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
	make_run(&run, insns, COUNT(insns));
	straight(&run, 0, 0, 1);
	run.counts[1] = 13;
	ran(&run, 2, 4, 4);
	ran(&run, 3, 8, 8);
	ran(&run, 4, 1, 0);
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
	make_run(&run, insns, COUNT(insns));
	straight(&run, 0, 3, 1);
	run.times[0] = (struct attribute_time){.ns = 2.5, .doubt_ns = 7, .blocked_ns = 1, .waiting_ns = 30};
	run.times[2] = (struct attribute_time){.ns = 1.5, .doubt_ns = 5, .blocked_ns = 1, .waiting_ns = 12};
	run.times[3] = (struct attribute_time){.ns = 8};
	assert_int_equal(linehits__compute(&run.attribution, &run.code, &list), 0);
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
	make_run(&run, insns, COUNT(insns));
	ran(&run, 0, 5, 0);
	ran(&run, 1, 5, 5);
	ran(&run, 2, 3, 0);
	ran(&run, 3, 8, 0);
	assert_int_equal(hits_of(&run, 2), 8);
	line_code__silence_shared_jumps(&run.code, run.cfg);
	assert_int_equal(hits_of(&run, 1), 5);
	assert_int_equal(hits_of(&run, 2), 3);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(for_loop_counts_one_more_than_its_body),
		cmocka_unit_test(loop_on_one_line_counts_its_turns),
		cmocka_unit_test(loop_of_an_inlined_callee_does_not_count),
		cmocka_unit_test(padding_does_not_change_where_a_loop_begins),
		cmocka_unit_test(interleaved_lines_of_one_block_count_once),
		cmocka_unit_test(condition_with_two_operands_counts_once),
		cmocka_unit_test(what_follows_a_call_that_threw_is_not_hit),
		cmocka_unit_test(dispatch_loop_on_one_line),
		cmocka_unit_test(time_is_summed),
		cmocka_unit_test(a_shared_indirect_jump_is_nobodys_hit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
