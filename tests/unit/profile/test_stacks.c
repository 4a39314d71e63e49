// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "profile/stacks.h"
#include "unit/stacked.h"
#include "unit/test.h"

static const struct profile_owner nobody;

static void check_text(const struct stacks *stacks, const char *expected)
{
	char *text = stacked__text(stacks);

	assert_string_equal(text, expected);
	free(text);
}

static void equal_frames_are_one_node(void **state)
{
	struct stacks *stacks = stacks__new();
	uint32_t first = stacked__add(stacks, &nobody, "main:3;f:10", 1, 5, 7);

	(void)state;
	assert_int_equal(stacked__add(stacks, &nobody, "main:3;f:11", 1, 50, 0), first + 1);
	assert_int_equal(stacked__add(stacks, &nobody, "main:3;f:10", 2, 10, 100), first);
	stacked__add(stacks, &nobody, "main:4;f:10", 1, 1, 0);
	stacked__add(stacks, &nobody, "main:3", 1, 2, 0);
	stacked__add(stacks, &nobody, "main:3;f:10@a.h", 1, 3, 0);
	stacked__add(stacks, &nobody, "main:3;f:10@b.h;[unknown]", 1, 4, 0);
	stacked__add(stacks, &nobody, "main:3;f:9@a.h", 1, 6, 0);
	check_text(stacks, "main:3 1 2 0\n"
			   "main:3;f:10 3 15 107\n"
			   "main:3;f:11 1 50 0\n"
			   "main:4 0 0 0\n"
			   "main:4;f:10 1 1 0\n"
			   "main:3;f:10@a.h 1 3 0\n"
			   "main:3;f:10@b.h 0 0 0\n"
			   "main:3;f:10@b.h;[unknown] 1 4 0\n"
			   "main:3;f:9@a.h 1 6 0\n");
	assert_int_equal(stacks->n_functions, 3);
	assert_int_equal(stacks->n_files, 2);
	assert_int_equal(stacks->n_owners, 1);
	assert_int_equal(stacks->functions[1].line, 1);
	assert_string_equal(stacks->functions[1].file, "f.c");
	stacks__free(stacks);
}

static void functions_differ_by_all_they_have(void **state)
{
	static char one[] = "1", two[] = "2";
	static const struct stack_function cases[] = {
		{one, one, one, 1, one, one}, {two, one, one, 1, one, one}, {one, two, one, 1, one, one},
		{one, one, two, 1, one, one}, {one, one, one, 2, one, one}, {one, one, one, 1, two, one},
		{one, one, one, 1, one, two},
	};
	struct stacks *stacks = stacks__new();

	(void)state;
	for (int twice = 0; twice < 2; twice++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
			assert_int_equal(stacks__function(stacks, &cases[i]), i);
	assert_int_equal(stacks->n_functions, 7);
	stacks__free(stacks);
}

static void owners_differ_by_process_thread_and_rank(void **state)
{
	static const struct profile_owner cases[] = {
		{.pid = 1},
		{.pid = 2},
		{.pid = 1, .tid = 1},
		{.pid = 1, .has_rank = true},
		{.pid = 1, .has_rank = true, .rank = 1},
	};
	struct profile_owner renamed = {.pid = 1, .comm = "other"};
	struct stacks *stacks = stacks__new();

	(void)state;
	for (int twice = 0; twice < 2; twice++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
			assert_int_equal(stacks__owner(stacks, &cases[i]), i);
	assert_int_equal(stacks__owner(stacks, &renamed), 0);
	assert_string_equal(stacks->owners[0].comm, "");
	stacks__close_owners(stacks);
	assert_int_equal(stacks__owner(stacks, &renamed), 5);
	stacked__add(stacks, &cases[1], "f:1", 1, 1, 0);
	stacked__add(stacks, &cases[0], "f:1", 1, 1, 0);
	assert_int_equal(stacks->n_nodes, 2);
	stacks__free(stacks);
}

static void check_times(const struct stacks *stacks, const char *name, const struct stack_times *expected)
{
	struct stack_times *times = calloc(stacks->n_functions, sizeof(*times));

	assert_non_null(times);
	assert_int_equal(stacks__function_times(stacks, times), 0);
	assert_memory_equal(&times[stacked__function(stacks, name)], expected, sizeof(*expected));
	free(times);
}

static void a_sample_counts_once_in_each_function(void **state)
{
	struct stacks *stacks = stacks__new();
	struct stack_times total;

	(void)state;
	stacked__add(stacks, &nobody, "main:3;f:10", 1, 10, 1);
	stacked__add(stacks, &nobody, "main:3;f:11;f:11;f:10", 2, 20, 2);
	stacked__add(stacks, &nobody, "main:3;f:11;f:11;g:7", 4, 40, 4);
	stacked__add(stacks, &nobody, "main:3;f:11;g:7;f:12;g:8", 8, 80, 8);
	stacked__add(stacks, &nobody, "main:3;f:11;g:7", 16, 160, 16);
	stacked__add(stacks, &nobody, "g:9;main:1", 32, 320, 32);
	check_times(stacks, "f", &(struct stack_times){3, 31, 30, 3, 310, 31});
	check_times(stacks, "g", &(struct stack_times){28, 60, 280, 28, 600, 60});
	check_times(stacks, "main", &(struct stack_times){32, 63, 320, 32, 630, 63});
	total = stacks__total(stacks);
	assert_memory_equal(&total, (&(struct stack_times){63, 63, 630, 63, 630, 63}), sizeof(total));
	stacks__free(stacks);
}

static void the_nearest_outer_node(void **state)
{
	struct stacks *stacks = stacks__new();
	/* Nodes 0 to 4 are the stack; 5 is called by 1, 6 is outermost, 7 is called by it. */
	static const uint32_t groups[] = {0, 1, 0, 2, 0, 1, 1, 0};
	static const uint32_t expected[] = {STACKS_NONE, STACKS_NONE, 0, STACKS_NONE, 2, 1, STACKS_NONE, STACKS_NONE};
	uint32_t outer[8];

	(void)state;
	stacked__sample(stacks, "a:1;b:1;a:2;c:1;a:3", 1);
	stacked__sample(stacks, "a:1;b:1;b:2", 1);
	stacked__sample(stacks, "b:1;a:1", 1);
	assert_int_equal(stacks->n_nodes, 8);
	assert_int_equal(stacks__find_outer(stacks, groups, 3, outer), 0);
	assert_memory_equal(outer, expected, sizeof(outer));
	stacks__free(stacks);
}

/* What the times of functions are by definition: of each node, all nodes further out are looked at. */
static void times_are_those_of_a_plain_count(void **state)
{
	struct stacks *stacks = stacks__new();
	struct stack_times times[5];
	uint64_t through[5] = {0};

	(void)state;
	srand(1);
	for (int i = 0; i < 3000; i++) {
		char frames[64] = "";

		for (int depth = rand() % 12; depth >= 0; depth--)
			snprintf(frames + strlen(frames), sizeof(frames) - strlen(frames), "%c:%d%s", 'a' + rand() % 5,
				 1 + rand() % 2, depth ? ";" : "");
		stacked__sample(stacks, frames, 1 + (uint64_t)i % 7);
	}
	assert_int_equal(stacks->n_functions, 5);
	for (size_t i = 0; i < stacks->n_nodes; i++) {
		bool seen[5] = {false};

		for (uint32_t at = (uint32_t)i; at != STACKS_NONE; at = stacks->nodes[at].parent) {
			uint32_t f = stacks->nodes[at].function;

			through[f] += seen[f] ? 0 : stacks->nodes[i].samples;
			seen[f] = true;
		}
	}
	assert_int_equal(stacks__function_times(stacks, times), 0);
	for (size_t f = 0; f < 5; f++)
		assert_int_equal(times[f].samples, through[f]);
	stacks__free(stacks);
}

static void merging_adds_equal_stacks(void **state)
{
	struct stacks *a = stacks__new(), *b = stacks__new();
	static const struct profile_owner owner = {.pid = 5, .tid = 6};
	static const uint32_t same[] = {0};

	(void)state;
	stacked__add(a, &owner, "main:3;f:10", 1, 10, 1);
	stacked__add(b, &owner, "x;y:7@h;z:1@i", 1, 100, 0); /* so that all numbers differ */
	stacked__add(b, &owner, "main:3;f:10", 2, 20, 2);
	stacked__add(b, &owner, "main:3;f:10;y:7@i", 4, 40, 0);
	b->period_ns = 7;
	b->cut_samples = 8;
	b->lost_samples = 9;
	b->probed_samples = 10;
	b->unprobed_ns = 11;
	a->period_ns = 9;
	a->cut_samples = UINT64_MAX - 1;
	a->lost_samples = a->probed_samples = 1;
	a->unprobed_ns = 3;
	assert_int_equal(stacks__merge(a, b, same), 0);
	check_text(a, "[5/6]main:3 0 0 0\n"
		      "[5/6]main:3;f:10 3 30 3\n"
		      "[5/6]x 0 0 0\n"
		      "[5/6]x;y:7@h 0 0 0\n"
		      "[5/6]x;y:7@h;z:1@i 1 100 0\n"
		      "[5/6]main:3;f:10;y:7@i 4 40 0\n");
	assert_int_equal(a->period_ns, 9);
	assert_true(a->cut_samples == UINT64_MAX);
	assert_int_equal(a->lost_samples, 10);
	assert_int_equal(a->probed_samples, 11);
	assert_int_equal(a->unprobed_ns, 11);
	stacks__free(a);
	stacks__free(b);
}

static void merged_owners_can_become_one(void **state)
{
	struct stacks *sum = stacks__new(), *b = stacks__new();

	(void)state;
	for (int pid = 1; pid < 4; pid++) {
		struct profile_owner owner = {.pid = pid, .comm = "w"};

		stacked__add(b, &owner, "main:3;f:10", 1, 10, 1);
	}
	assert_int_equal(stacks__merge(sum, b, NULL), 0);
	assert_int_equal(stacks__merge(sum, b, NULL), 0);
	check_text(sum, "main:3 0 0 0\nmain:3;f:10 6 60 6\n");
	assert_int_equal(sum->n_owners, 1);
	assert_int_equal(sum->owners[0].pid, 0);
	stacks__free(sum);
	stacks__free(b);
}

static void sums_stop_at_the_largest_number(void **state)
{
	struct stacks *stacks = stacks__new();

	(void)state;
	stacked__add(stacks, &nobody, "f:1;g:1", UINT64_MAX, UINT64_MAX, UINT64_MAX);
	stacked__add(stacks, &nobody, "f:1;g:1", 1, 1, 1);
	stacked__add(stacks, &nobody, "f:1", 1, 1, 1);
	check_times(stacks, "g",
		    &(struct stack_times){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX});
	check_times(stacks, "f", &(struct stack_times){1, UINT64_MAX, 1, 1, UINT64_MAX, UINT64_MAX});
	stacks__free(stacks);
}

/* A chain of recursion as long as it may be in a file, and many children of one node: both would show a square. */
static void many_nodes_take_no_time(void **state)
{
	struct stack_node node = {.parent = STACKS_NONE, .samples = 1};
	struct stack_times times[1];
	struct stacks *stacks = stacks__new();
	struct timespec end;

	(void)state;
	stacks__function(stacks,
			 &(struct stack_function){(char *)"f", (char *)"", (char *)"f.c", 1, (char *)"", (char *)""});
	stacks__owner(stacks, &nobody);
	for (uint32_t twice = 0; twice < 2; twice++) {
		node.parent = STACKS_NONE;
		for (uint32_t i = 0; i < 100000; i++)
			node.parent = (uint32_t)stacks__add(stacks, &node);
		for (uint32_t i = 0; i < 100000; i++) {
			node.line = i + 1;
			stacks__add(stacks, &node);
		}
		node.line = 0;
	}
	assert_int_equal(stacks->n_nodes, 200000);
	assert_int_equal(stacks__function_times(stacks, times), 0);
	assert_int_equal(times[0].samples, 400000);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	assert_true(end.tv_sec < 20);
	stacks__free(stacks);
}

static void nothing_is_nothing(void **state)
{
	struct stacks *stacks = stacks__new(), *other = stacks__new();
	struct stack_times total = stacks__total(stacks);

	(void)state;
	assert_int_equal(total.samples, 0);
	assert_int_equal(stacks__function_times(stacks, NULL), 0);
	assert_int_equal(stacks__merge(stacks, other, NULL), 0);
	assert_int_equal(stacks->n_nodes, 0);
	stacks__free(stacks);
	stacks__free(other);
	stacks__free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_frames_are_one_node),
		cmocka_unit_test(functions_differ_by_all_they_have),
		cmocka_unit_test(owners_differ_by_process_thread_and_rank),
		cmocka_unit_test(a_sample_counts_once_in_each_function),
		cmocka_unit_test(the_nearest_outer_node),
		cmocka_unit_test(times_are_those_of_a_plain_count),
		cmocka_unit_test(merging_adds_equal_stacks),
		cmocka_unit_test(merged_owners_can_become_one),
		cmocka_unit_test(sums_stop_at_the_largest_number),
		cmocka_unit_test(many_nodes_take_no_time),
		cmocka_unit_test(nothing_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
