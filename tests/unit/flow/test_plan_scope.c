// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/plan_scope.h"

#include <stdlib.h>

#include "flow/plan_build.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MOST = 8 };

/* INSNS with a scope, which becomes EXPECTED. A plan of that has BLIND places. */
struct row {
	struct synthetic_insn insns[MOST];
	uint32_t n;
	const char *scope, *expected; /* a digit for each instruction */
	uint32_t blind;
};

static void check(const struct row *row)
{
	uint8_t scope[MOST] = {0};
	uint32_t *lines;
	struct cfg *cfg = synthetic__cfg(row->insns, row->n, &lines);
	const struct plan_input input = {.cfg = cfg, .scope = scope, .lines = lines, .prices = synthetic_prices};
	struct plan *plan;

	for (uint32_t i = 0; i < row->n; i++)
		scope[i] = (uint8_t)(row->scope[i] - '0');
	plan_scope__extend(cfg, scope);
	for (uint32_t i = 0; i < row->n; i++)
		assert_int_equal(scope[i], row->expected[i] - '0');
	assert_int_equal(plan__build(&input, &plan), 0);
	assert_int_equal(plan->n_blind, row->blind);
	plan__free(plan);
	cfg__free(cfg);
	free(lines);
}

static void code_behind_a_call_tells_its_end(void **state)
{
	const struct row row = {{PUSH(1), CALL(2), NEVER(3), PUSH(3), RET(4)}, 5, "11000", "11220", 0};

	(void)state;
	check(&row);
}

static void what_can_carry_a_probe_needs_nothing(void **state)
{
	const struct row row = {{PUSH(1), PLAIN(2), PLAIN(3), RET(4)}, 4, "0100", "0100", 0};

	(void)state;
	check(&row);
}

static void code_further_on_in_the_block_tells(void **state)
{
	/* At the entry of the body, and behind other code. */
	const struct row entry = {{NEVER(1), PLAIN(2), RET(3)}, 3, "100", "120", 0};
	const struct row behind = {{PUSH(1), NEVER(2), NEVER(3), PLAIN(3), RET(4)}, 5, "01000", "01220", 0};

	(void)state;
	check(&entry);
	check(&behind);
}

static void the_condition_above_tells(void **state)
{
	const struct row row = {{PUSH(1), COND(3, 1), NEVER(2), PLAIN(3), RET(4)}, 5, "00100", "02100", 0};

	(void)state;
	check(&row);
}

static void the_code_above_tells_through_several_instructions(void **state)
{
	const struct row row = {{PUSH(1), NEVER(1), NEVER(2), PLAIN(3), COND(3, 3), RET(4)}, 6, "001000", "221000", 0};

	(void)state;
	check(&row);
}

static void all_predecessors_are_needed(void **state)
{
	/* cond -> 3; push; cond -> 3 or falls to 3, where the instance begins that merges with a loop. */
	const struct row row = {
		{COND(3, 1), PUSH(1), NEVER(1), NEVER(2), PLAIN(3), COND(4, 3), RET(4)}, 7, "0001000", "2221000", 0};

	(void)state;
	check(&row);
}

static void nothing_is_told_across_a_call(void **state)
{
	const struct row row = {{PUSH(1), CALL(1), NEVER(2), PLAIN(3), COND(3, 3), RET(4)}, 6, "001000", "001000", 1};

	(void)state;
	check(&row);
}

static void a_return_is_told_from_an_entrance(void **state)
{
	/* cond -> 4, the instance calls; both come to 4. */
	const struct row row = {{PUSH(1), COND(4, 1), PUSH(2), CALL(2), PUSH(3), RET(4)}, 6, "001110", "021110", 0};

	(void)state;
	check(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_behind_a_call_tells_its_end),
		cmocka_unit_test(what_can_carry_a_probe_needs_nothing),
		cmocka_unit_test(code_further_on_in_the_block_tells),
		cmocka_unit_test(the_condition_above_tells),
		cmocka_unit_test(the_code_above_tells_through_several_instructions),
		cmocka_unit_test(all_predecessors_are_needed),
		cmocka_unit_test(nothing_is_told_across_a_call),
		cmocka_unit_test(a_return_is_told_from_an_entrance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
