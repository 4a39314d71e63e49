// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "profile/stack_calls.h"
#include "unit/stacked.h"
#include "unit/test.h"

static const struct profile_owner nobody;

static const char *name_of(const struct stacks *stacks, uint32_t function)
{
	return function == STACKS_NONE ? "-" : stacks->functions[function].name;
}

/* All calls as text, one a line: caller, file and line, callee, owner, samples, time on a processor and off it. */
static void check(const struct stacks *stacks, const char *expected)
{
	struct stack_calls calls;
	char text[2048] = "";
	size_t n = 0;

	assert_int_equal(stack_calls__of(stacks, &calls), 0);
	for (size_t i = 0; i < calls.n; i++) {
		const struct stack_call *call = &calls.calls[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %u:%u %s %u: %lu %lu %lu\n",
				      name_of(stacks, call->function), call->file, call->line,
				      name_of(stacks, call->callee), call->owner, (unsigned long)call->samples,
				      (unsigned long)call->cpu_ns, (unsigned long)call->blocked_ns);
	}
	assert_string_equal(text, expected);
	stack_calls__clear(&calls);
	assert_int_equal(calls.n, 0);
}

static void a_line_has_what_it_calls(void **state)
{
	struct stacks *stacks = stacks__new();

	(void)state;
	stacked__add(stacks, &nobody, "main:3;f:10", 1, 5, 7);
	stacked__add(stacks, &nobody, "main:3;f:11;g:20", 2, 50, 0);
	stacked__add(stacks, &nobody, "main:3;g:20", 1, 3, 0);
	stacked__add(stacks, &nobody, "main:3", 1, 2, 0);
	stacked__add(stacks, &nobody, "main:4;g:21", 1, 1, 0);
	/* Calls are sorted by the line, then by the callee in the order in which functions were found. */
	check(stacks, "main 0:3 f 0: 3 55 7\n"
		      "main 0:3 g 0: 1 3 0\n"
		      "main 0:3 - 0: 5 60 7\n"
		      "main 0:4 g 0: 1 1 0\n"
		      "main 0:4 - 0: 1 1 0\n"
		      "f 0:10 - 0: 1 5 7\n"
		      "f 0:11 g 0: 2 50 0\n"
		      "f 0:11 - 0: 2 50 0\n"
		      "g 0:20 - 0: 3 53 0\n"
		      "g 0:21 - 0: 1 1 0\n");
	stacks__free(stacks);
}

static void recursion_is_counted_once(void **state)
{
	struct stacks *stacks = stacks__new();

	(void)state;
	stacked__add(stacks, &nobody, "f:1;f:1;f:1;g:5", 1, 10, 0);
	stacked__add(stacks, &nobody, "f:2;f:1;f:2", 1, 100, 0);
	/* Between the two is another function. */
	stacked__add(stacks, &nobody, "a:7;b:8;a:7;b:8", 1, 1000, 0);
	check(stacks, "f 0:1 f 0: 2 110 0\n"
		      "f 0:1 g 0: 1 10 0\n"
		      "f 0:1 - 0: 2 110 0\n"
		      "f 0:2 f 0: 1 100 0\n"
		      "f 0:2 - 0: 1 100 0\n"
		      "g 0:5 - 0: 1 10 0\n"
		      "a 0:7 b 0: 1 1000 0\n"
		      "a 0:7 - 0: 1 1000 0\n"
		      "b 0:8 a 0: 1 1000 0\n"
		      "b 0:8 - 0: 1 1000 0\n");
	stacks__free(stacks);
}

static void files_and_owners_are_apart(void **state)
{
	const struct profile_owner first = {.pid = 5, .tid = 5}, second = {.pid = 5, .tid = 6};
	struct stacks *stacks = stacks__new();

	(void)state;
	stacked__add(stacks, &first, "f:1;g", 1, 10, 0);
	stacked__add(stacks, &second, "f:1;g", 1, 20, 0);
	stacked__add(stacks, &second, "f:1@x.h;g", 1, 40, 0);
	check(stacks, "f 0:1 g 0: 1 10 0\n"
		      "f 0:1 g 1: 1 20 0\n"
		      "f 0:1 - 0: 1 10 0\n"
		      "f 0:1 - 1: 1 20 0\n"
		      "f 1:1 g 1: 1 40 0\n"
		      "f 1:1 - 1: 1 40 0\n"
		      "g 0:0 - 0: 1 10 0\n"
		      "g 0:0 - 1: 2 60 0\n");
	stacks__free(stacks);
}

static void the_calls_of_one_line(void **state)
{
	struct stacks *stacks = stacks__new();
	const struct stack_call *found;
	struct stack_calls calls;
	size_t n;

	(void)state;
	stacked__sample(stacks, "f:1;g:5", 1);
	stacked__sample(stacks, "f:1;h:5", 2);
	stacked__sample(stacks, "f:3;h:5", 4);
	assert_int_equal(stack_calls__of(stacks, &calls), 0);
	found = stack_calls__of_line(&calls, 0, 0, 1, &n);
	assert_int_equal(n, 3);
	assert_int_equal(found[0].callee, stacked__function(stacks, "g"));
	assert_int_equal(found[1].samples, 2);
	assert_int_equal(found[2].callee, STACKS_NONE);
	assert_int_equal(found[2].samples, 3);
	stack_calls__of_line(&calls, 0, 0, 2, &n);
	assert_int_equal(n, 0);
	stack_calls__of_line(&calls, 9, 0, 1, &n);
	assert_int_equal(n, 0);
	stack_calls__clear(&calls);
	stacks__free(stacks);
}

static void nothing_sampled(void **state)
{
	struct stacks *stacks = stacks__new();

	(void)state;
	check(stacks, "");
	stacks__free(stacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_what_it_calls),
		cmocka_unit_test(recursion_is_counted_once),
		cmocka_unit_test(files_and_owners_are_apart),
		cmocka_unit_test(the_calls_of_one_line),
		cmocka_unit_test(nothing_sampled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
