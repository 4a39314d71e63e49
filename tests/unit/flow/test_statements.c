// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/statements.h"

#include <stdlib.h>

#include "unit/synthetic.h"
#include "unit/test.h"

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
	struct plan plan = {0};
	const struct attribution attribution = {
		.plan = &plan, .counts = counts, .next = next, .taken = taken, .rooted = rooted, .times = times};
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_pass_what_stands_in_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
