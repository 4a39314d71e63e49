// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/thrown.h"

#include <stdlib.h>

#include "flow/linehits.h"
#include "flow/statements.h"
#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

enum { OWN = 1, OTHER = 2, END = 3, PAD = 5, N = 7 };

/* A call on each of two lines, the first with a test behind it; ret; and the landing pad of both, which returns too. */
static const struct synthetic_insn insns[N] = {
	PUSH(OWN),   CALL(OWN), COND(4, OWN),
	CALL(OTHER), RET(END),	{INSN_FLOW_CALL, CFG_NONE, INSN_PROBE_CALL, OWN, INSN_LONG_CALL, CFG_ROOT_PAD},
	RET(END),
};

static struct cfg_throw throws[] = {{1, PAD}, {3, PAD}};

/* The first call was made 100 times and threw A times; the other one threw B times. */
static void make(struct run *run, uint64_t a, uint64_t b)
{
	run__make(run, insns, N);
	run->cfg->throws = malloc(sizeof(throws));
	run->cfg->n_throws = 2;
	run->cfg->throws[0] = throws[0];
	run->cfg->throws[1] = throws[1];
	run->cfg->insns[PAD].thrown_to = true;
	run__straight(run, 0, 1, 100);
	run->next[1] = 100 - a;
	run__ran(run, 2, 100 - a, 0);
	run__ran(run, 3, 100 - a, 0);
	run->next[3] = 100 - a - b;
	run__straight(run, 4, 4, 100 - a - b);
	run->rooted[PAD] = a + b;
	run__straight(run, PAD, PAD + 1, a + b);
}

static bool is_on_line(const void *ctx, uint32_t call)
{
	const struct run *run = ctx;

	return run->lines[call].line == OWN;
}

static struct thrown count(const struct run *run)
{
	return thrown__count(&run->attribution, run->cfg->insns[PAD].block, is_on_line, run);
}

static void calls_that_did_not_come_back_threw(void **state)
{
	struct run run;

	(void)state;
	make(&run, 30, 20);
	assert_int_equal(count(&run).n, 30);
	assert_false(count(&run).unsure);
	/* Somewhere else control never came back, too: to this pad come fewer. */
	run.rooted[PAD] = 45;
	assert_int_equal(count(&run).n, 25);
	assert_true(count(&run).unsure);
	cfg__free(run.cfg);
}

static void calls_of_one_kind_threw_all(void **state)
{
	struct run run;

	(void)state;
	make(&run, 30, 20);
	run.lines[3].line = OWN;
	run.rooted[PAD] = 45;
	assert_int_equal(count(&run).n, 45);
	assert_false(count(&run).unsure);
	run.lines[1].line = run.lines[3].line = OTHER;
	assert_int_equal(count(&run).n, 0);
	assert_false(count(&run).unsure);
	cfg__free(run.cfg);
}

static void calls_of_one_block_are_not_told_apart(void **state)
{
	struct run run;

	(void)state;
	make(&run, 30, 20);
	run.cfg->throws[1].call = 2;
	run.lines[2].line = OTHER;
	assert_true(count(&run).unsure);
	/* One that was not made threw nothing. */
	run.counts[2] = 0;
	assert_int_equal(count(&run).n, 50);
	assert_false(count(&run).unsure);
	cfg__free(run.cfg);
}

/* The hits of the line of the first call; those that are inexact are negative. */
static int64_t hits_of_own(struct run *run)
{
	struct statement_hits_list statements;
	struct line_hits_list list;
	const struct line_hits *item;
	int64_t hits;

	assert_int_equal(statements__count(&run->attribution, &run->code, &statements), 0);
	assert_int_equal(linehits__compute(&run->attribution, &run->code, &statements, &list), 0);
	item = line_hits__find(&list, OWN);
	assert_non_null(item);
	hits = item->inexact ? -(int64_t)item->hits : (int64_t)item->hits;
	free(list.items);
	free(statements.items);
	return hits;
}

static void a_line_goes_on_where_its_calls_threw_to(void **state)
{
	struct run run;

	(void)state;
	make(&run, 30, 0);
	run.counts[3] = 0;
	run.code.optimised = true;
	assert_int_equal(hits_of_own(&run), 100);
	/* Without optimisation gcov has one more hit, unless it is what was inlined that goes on. */
	run.code.optimised = false;
	assert_int_equal(hits_of_own(&run), 130);
	run.lines[PAD].call = 7;
	assert_int_equal(hits_of_own(&run), 100);
	cfg__free(run.cfg);
}

static void what_is_thrown_by_either_is_doubted(void **state)
{
	struct run run;

	(void)state;
	make(&run, 30, 20);
	run.code.optimised = true;
	assert_int_equal(hits_of_own(&run), 100 + 20);
	run.rooted[PAD] = 45;
	assert_true(hits_of_own(&run) < 0);
	cfg__free(run.cfg);
}

static void to_take_over_what_others_threw_is_no_hit(void **state)
{
	struct run run;

	(void)state;
	make(&run, 0, 20);
	run.code.optimised = true;
	run.counts[1] = run.next[1] = 80;
	run__ran(&run, 2, 80, 0);
	run.lines[1].line = run.lines[2].line = OTHER;
	run.lines[0].line = OWN;
	assert_int_equal(llabs(hits_of_own(&run)), 100 + 20);
	run.cfg->insns[PAD].insn.lng = INSN_SHORT;
	run.cfg->insns[PAD].insn.work = INSN_WORK_MOVE;
	assert_int_equal(hits_of_own(&run), 100);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_did_not_come_back_threw),
		cmocka_unit_test(calls_of_one_kind_threw_all),
		cmocka_unit_test(calls_of_one_block_are_not_told_apart),
		cmocka_unit_test(a_line_goes_on_where_its_calls_threw_to),
		cmocka_unit_test(what_is_thrown_by_either_is_doubted),
		cmocka_unit_test(to_take_over_what_others_threw_is_no_hit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
