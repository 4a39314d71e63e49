// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/resumption.h"

#include <stdlib.h>

#include "unit/synthetic.h"
#include "unit/test.h"

enum { DECLARED = 1, WAITS = 4, BRACE = 9, N = 9 };

/*
 * cond -> 3 (goes on); begin: plain (3), jump -> 6 (out) on line LEFT; going on: plain (4), plain (4), plain (5); out:
 * plain (9), ret; the ret at 8 is never reached. RIGHT: what remains of the hits of the line on which it goes on.
 */
static void expect_hits(uint32_t left, uint64_t right)
{
	const struct synthetic_insn insns[N] = {COND(3, DECLARED), PLAIN(3), JUMP(6, left), PLAIN(WAITS), PLAIN(WAITS),
						PLAIN(5),	   PLAIN(9), RET(BRACE),    RET(BRACE)};
	uint64_t counts[N] = {10, 3, 3, 7, 7, 7, 10, 10, 0}, next[N] = {3, 3, 0, 7, 7, 7, 10, 0, 0};
	uint64_t taken[N] = {7, 0, 3}, rooted[N] = {10};
	struct attribute_time times[N] = {{0}};
	struct insn_line lines[N] = {{0}};
	struct line_code code = {.lines = lines};
	struct line_hits items[] = {{.line = WAITS, .hits = 7}, {.line = 5, .hits = 7}, {.line = BRACE, .hits = 10}};
	struct line_hits_list hits = {items, 3}, again = {0};
	struct plan plan = {0};
	const struct attribution attribution = {
		.plan = &plan, .counts = counts, .next = next, .taken = taken, .rooted = rooted, .times = times};
	uint32_t *numbers;
	struct cfg *cfg = synthetic__cfg(insns, N, &numbers);

	plan.cfg = cfg;
	for (uint32_t i = 0; i < N; i++)
		lines[i].line = numbers[i];
	assert_int_equal(resumption__find(&attribution, &code, DECLARED, BRACE, &again), 0);
	/* The dispatcher has no line any more; what it leads to has. */
	assert_int_equal(lines[0].line, 0);
	assert_int_equal(lines[1].line, 3);
	assert_int_equal(lines[3].line, WAITS);
	resumption__forget(&again, &hits);
	assert_int_equal(items[0].hits, right);
	assert_int_equal(items[1].hits, 7);
	assert_int_equal(items[2].hits, 10);
	free(again.items);
	cfg__free(cfg);
	free(numbers);
}

static void going_on_is_no_hit(void **state)
{
	(void)state;
	expect_hits(WAITS, 0);
}

/* Nothing is left to be done on the line that was left. */
static void going_on_behind_is_a_hit(void **state)
{
	(void)state;
	expect_hits(3, 7);
}

/* A block that only jumps away is no hit of its line in the first place. */
static void going_on_with_a_jump_elsewhere_is_not_forgotten(void **state)
{
	const struct synthetic_insn insns[] = {COND(3, DECLARED), PLAIN(WAITS), JUMP(5, WAITS),
					       JUMP(4, WAITS),	  PLAIN(5),	RET(BRACE)};
	uint64_t counts[] = {10, 8, 8, 2, 2, 10}, next[] = {8, 8, 0, 0, 2, 0}, taken[] = {2, 0, 8, 2, 0, 0};
	uint64_t rooted[] = {10, 0, 0, 0, 0, 0};
	struct attribute_time times[6] = {{0}};
	struct insn_line lines[6] = {{0}};
	struct line_code code = {.lines = lines};
	struct line_hits_list again = {0};
	struct plan plan = {0};
	const struct attribution attribution = {
		.plan = &plan, .counts = counts, .next = next, .taken = taken, .rooted = rooted, .times = times};
	uint32_t *numbers;
	struct cfg *cfg = synthetic__cfg(insns, 6, &numbers);

	(void)state;
	plan.cfg = cfg;
	for (uint32_t i = 0; i < 6; i++)
		lines[i].line = numbers[i];
	assert_int_equal(resumption__find(&attribution, &code, DECLARED, BRACE, &again), 0);
	for (size_t k = 0; k < again.n; k++)
		assert_true(again.items[k].line != WAITS || again.items[k].hits == 8);
	free(again.items);
	cfg__free(cfg);
	free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(going_on_is_no_hit),
		cmocka_unit_test(going_on_behind_is_a_hit),
		cmocka_unit_test(going_on_with_a_jump_elsewhere_is_not_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
