// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "report/function_tree.h"
#include "unit/stacked.h"
#include "unit/test.h"

static const struct profile_owner nobody;

/* All nodes as text, one a line: parent, name, samples, time on a processor and off it. */
static void check(const struct stacks *stacks, size_t most, const char *expected)
{
	struct function_tree tree;
	char text[2048] = "", name[32];
	size_t n = 0;

	assert_int_equal(function_tree__of(stacks, most, &tree), 0);
	for (size_t i = 0; i < tree.n; i++) {
		const struct function_tree_node *node = &tree.nodes[i];

		assert_true(node->parent == STACKS_NONE || node->parent < i);
		if (node->function == STACKS_NONE)
			snprintf(name, sizeof(name), "others");
		else if (node->function >= stacks->n_functions)
			snprintf(name, sizeof(name), "owner %zu", node->function - stacks->n_functions);
		else
			snprintf(name, sizeof(name), "%s", stacks->functions[node->function].name);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%d %s %lu %lu %lu\n", (int)node->parent, name,
				      (unsigned long)node->samples, (unsigned long)node->cpu_ns,
				      (unsigned long)node->blocked_ns);
	}
	assert_string_equal(text, expected);
	function_tree__clear(&tree);
}

static void lines_of_one_caller_are_one(void **state)
{
	struct stacks *stacks = stacks__new();

	(void)state;
	stacked__add(stacks, &nobody, "main:3;f:10", 1, 5, 7);
	stacked__add(stacks, &nobody, "main:3;f:11;g:20", 1, 10, 0);
	stacked__add(stacks, &nobody, "main:4;f:10;g:21", 1, 20, 1);
	stacked__add(stacks, &nobody, "main:4;g:21", 1, 40, 0);
	stacked__add(stacks, &nobody, "main:4;f:10@x.h", 1, 80, 0);
	stacked__add(stacks, &nobody, "f:10", 1, 160, 0);
	check(stacks, 100,
	      "-1 main 0 0 0\n"
	      "0 f 2 85 7\n"
	      "1 g 2 30 1\n"
	      "0 g 1 40 0\n"
	      "-1 f 1 160 0\n");
	stacks__free(stacks);
}

static void owners_have_nodes(void **state)
{
	const struct profile_owner first = {.pid = 5}, second = {.pid = 6};
	struct stacks *stacks = stacks__new();

	(void)state;
	stacked__add(stacks, &first, "f:1", 1, 10, 0);
	check(stacks, 100,
	      "-1 owner 0 0 0 0\n"
	      "0 f 1 10 0\n");
	stacked__add(stacks, &second, "f:1", 1, 20, 0);
	stacked__add(stacks, &first, "g:1", 1, 40, 0);
	check(stacks, 100,
	      "-1 owner 0 0 0 0\n"
	      "0 f 1 10 0\n"
	      "-1 owner 1 0 0 0\n"
	      "2 f 1 20 0\n"
	      "0 g 1 40 0\n");
	stacks__free(stacks);
}

/* What is left out is in one node for each caller, and no time is lost. */
static void the_longest_are_kept(void **state)
{
	struct stacks *stacks = stacks__new();

	(void)state;
	stacked__add(stacks, &nobody, "main:3;short:1;deep:2", 1, 1, 0);
	stacked__add(stacks, &nobody, "main:3;short:1", 1, 1, 0);
	stacked__add(stacks, &nobody, "main:3;brief:1", 1, 0, 3);
	stacked__add(stacks, &nobody, "main:3;long:1;tiny:1", 1, 1, 0);
	stacked__add(stacks, &nobody, "main:3;long:1", 1, 0, 100);
	stacked__add(stacks, &nobody, "lone:1", 1, 2, 0);
	check(stacks, 7,
	      "-1 main 0 0 0\n"
	      "0 short 1 1 0\n"
	      "1 deep 1 1 0\n"
	      "0 brief 1 0 3\n"
	      "0 long 1 0 100\n"
	      "4 tiny 1 1 0\n"
	      "-1 lone 1 2 0\n");
	check(stacks, 3,
	      "-1 main 0 0 0\n"
	      "0 others 2 2 0\n"
	      "0 brief 1 0 3\n"
	      "0 long 1 0 100\n"
	      "3 others 1 1 0\n"
	      "-1 others 1 2 0\n");
	check(stacks, 0, "-1 others 6 5 103\n");
	stacks__free(stacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_one_caller_are_one),
		cmocka_unit_test(owners_have_nodes),
		cmocka_unit_test(the_longest_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
