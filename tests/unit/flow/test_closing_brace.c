// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/closing_brace.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * if (...) return f(); if (...) return 1; return 2; }, of which the first is a jump and the second has its own return.
 */
enum { TAIL = 5, EARLY = 3, LAST = 8, BRACE = 5 };
static const struct synthetic_insn insns[] = {COND(TAIL, 2),	 COND(6, 3), PLAIN(3), RET(3),	  PLAIN(9),
					      JUMP(CFG_NONE, 2), PLAIN(4),   PLAIN(5), RET(BRACE)};

static void make(struct run *run)
{
	run__make(run, insns, COUNT(insns));
	run__straight(run, 0, COUNT(insns) - 1, 0);
	run->counts[TAIL] = 3;
	run->counts[EARLY] = 4;
	run->counts[LAST] = 2;
	run->counts[LAST - 1] = 20;
	run->lines[4].line = 0;
	run->code.whole = true;
	run__mark(run, 0, 2, 1, false);
	run__mark(run, 1, 3, 2, false);
	run__mark(run, 6, 4, 3, false);
}

/* The hits of LINE, which were counted as 20. */
static uint64_t hits_of(const struct run *run, uint32_t line)
{
	struct line_hits items[8] = {{0}};
	struct line_hits_list list = {items, 8};
	struct statement_hits_list statements;

	for (uint32_t k = 0; k < 8; k++)
		items[k] = (struct line_hits){.line = k + 1, .hits = 20};
	assert_int_equal(statements__count(&run->attribution, &run->code, &statements), 0);
	closing_brace__count(&run->attribution, &run->code, &statements, &list);
	free(statements.items);
	return line_hits__find(&list, line)->hits;
}

static void all_ways_out_end_on_the_brace(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	assert_int_equal(hits_of(&run, BRACE), 3 + 4 + 2);
	assert_int_equal(hits_of(&run, 3), 20);
	assert_int_equal(hits_of(&run, 4), 20);
	cfg__free(run.cfg);
}

static void where_the_language_has_no_such_line_each_return_is_its_own(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run.code.endless = true;
	assert_int_equal(hits_of(&run, BRACE), 2);
	cfg__free(run.cfg);
}

static void where_others_end_there_too_its_own_returns_are_counted(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run.code.whole = false;
	assert_int_equal(hits_of(&run, BRACE), 2);
	cfg__free(run.cfg);
}

static void where_some_of_its_function_is_elsewhere_it_is_doubted(void **state)
{
	struct line_hits item = {.line = BRACE, .hits = 20};
	struct line_hits_list list = {&item, 1};
	struct statement_hits_list none = {NULL, 0};
	struct run run;

	(void)state;
	make(&run);
	run.code.whole = false;
	closing_brace__count(&run.attribution, &run.code, &none, &list);
	assert_true(item.inexact);
	/* Nothing returned on another line. */
	run.counts[EARLY] = 0;
	item.inexact = false;
	closing_brace__count(&run.attribution, &run.code, &none, &list);
	assert_false(item.inexact);
	run.counts[EARLY] = 4;
	run.code.inlined = true;
	closing_brace__count(&run.attribution, &run.code, &none, &list);
	assert_false(item.inexact);
	cfg__free(run.cfg);
}

static void a_line_with_a_mark_is_no_brace(void **state)
{
	struct run run;

	(void)state;
	make(&run);
	run__mark(&run, LAST - 1, BRACE, 4, false);
	assert_int_equal(hits_of(&run, BRACE), 20);
	cfg__free(run.cfg);
	/* Nor is one above the last statement. */
	make(&run);
	run__mark(&run, LAST - 1, 8, 4, false);
	assert_int_equal(hits_of(&run, BRACE), 2);
	cfg__free(run.cfg);
}

static bool is_doubted(const struct run *run, uint32_t line)
{
	struct line_hits items[8] = {{0}};
	struct line_hits_list list = {items, 8};
	const struct statement_hits_list none = {NULL, 0};

	for (uint32_t k = 0; k < 8; k++)
		items[k] = (struct line_hits){.line = k + 1, .hits = 20};
	closing_brace__count(&run->attribution, &run->code, &none, &list);
	return line_hits__find(&list, line)->inexact;
}

/* f(); }, where code of the brace also destroys something when f() throws. */
static void exceptions_come_to_the_brace_that_destroys(void **state)
{
	enum { CALLED = 0, END = 1, PAD = 2, RESUME = 3, N = 4 };
	static const struct synthetic_insn thrown[N] = {
		CALL(4),
		RET(BRACE),
		{INSN_FLOW_CALL, CFG_NONE, INSN_PROBE_CALL, BRACE, INSN_LONG_CALL, CFG_ROOT_PAD},
		JUMP(CFG_NONE, 4),
	};
	struct run run;

	(void)state;
	run__make(&run, thrown, N);
	run.cfg->throws = malloc(sizeof(*run.cfg->throws));
	run.cfg->n_throws = 1;
	run.cfg->throws[0] = (struct cfg_throw){CALLED, PAD};
	run.cfg->insns[PAD].thrown_to = true;
	run.code.whole = true;
	run.counts[CALLED] = 10;
	run.next[CALLED] = run.counts[END] = 7;
	run.rooted[PAD] = run.counts[PAD] = run.next[PAD] = 3;
	assert_int_equal(hits_of(&run, BRACE), 7 + 3);
	/* Without a return on it, it has lost what other ways executed. */
	run.lines[END].line = 0;
	assert_true(is_doubted(&run, BRACE));
	run.lines[END].line = BRACE;
	assert_false(is_doubted(&run, BRACE));
	/* Other code of the pad is none of the brace. */
	run.lines[PAD].line = 4;
	assert_int_equal(hits_of(&run, BRACE), 7);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_ways_out_end_on_the_brace),
		cmocka_unit_test(exceptions_come_to_the_brace_that_destroys),
		cmocka_unit_test(where_the_language_has_no_such_line_each_return_is_its_own),
		cmocka_unit_test(where_others_end_there_too_its_own_returns_are_counted),
		cmocka_unit_test(where_some_of_its_function_is_elsewhere_it_is_doubted),
		cmocka_unit_test(a_line_with_a_mark_is_no_brace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
