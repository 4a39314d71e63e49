// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/callgrind_costs.h"
#include "unit/reported.h"
#include "unit/stacked.h"
#include "unit/test.h"

/* As "f:3 hits time" for a line's own costs, "f:3@file>g calls*time" for a call; owned by the caller. */
static char *costs_text(const struct profile *profile)
{
	struct callgrind_costs costs;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(callgrind_costs__make(profile, &costs), 0);
	for (size_t i = 0; i < costs.n_costs; i++) {
		const struct callgrind_cost *cost = &costs.costs[i];

		fprintf(out, "%s:%d", costs.functions[cost->function].name, (int)cost->line);
		if (cost->file)
			fprintf(out, "@%s", cost->file);
		if (cost->callee == CALLGRIND_OWN)
			fprintf(out, " %llu %llu\n", (unsigned long long)cost->hits, (unsigned long long)cost->time_ns);
		else
			fprintf(out, ">%s %llu*%llu\n", costs.functions[cost->callee].name,
				(unsigned long long)cost->calls, (unsigned long long)cost->time_ns);
	}
	callgrind_costs__release(&costs);
	fclose(out);
	return text;
}

static void check_costs(struct profile *profile, const char *expected)
{
	char *text = costs_text(profile);

	assert_string_equal(text, expected);
	free(text);
	profile__free(profile);
}

static void own_costs_and_calls(void **state)
{
	static const struct profile_owner nobody;
	struct profile *profile = reported__profile();
	struct profile_function *f = profile__add_function(profile, "f", "", "f.c", 1);

	(void)state;
	assert_int_equal(profile_function__set_place(f, "/a/program", "", NULL), 0);
	reported__line(f, 10, 7, 1000);
	reported__line(f, 11, 0, 0);
	f->calls = 9;
	profile->stacks = stacks__new();
	stacked__add(profile->stacks, &nobody, "main:3;f:10", 1, 5, 7);
	stacked__add(profile->stacks, &nobody, "main:3;f:10@b.h;g:2", 1, 30, 0);
	stacked__add(profile->stacks, &nobody, "main:4;f:10;g:2", 1, 100, 0);
	stacked__add(profile->stacks, &nobody, "main:4;f:12@f.c", 1, 1, 0);
	check_costs(profile, "f:10 7 12\n"
			     "f:10>g 1*100\n"
			     "f:11 0 0\n"
			     "f:12 0 1\n"
			     "f:10@b.h>g 1*30\n"
			     "main:3>f 2*42\n"
			     "main:4>f 7*101\n"
			     "g:2 0 130\n");
}

static void the_clock_of_the_processor(void **state)
{
	static const struct profile_owner nobody;
	struct profile *profile = reported__profile();

	(void)state;
	profile->clock = PROFILE_CLOCK_CPU;
	profile->stacks = stacks__new();
	stacked__add(profile->stacks, &nobody, "main:3;f:10", 1, 5, 7);
	stacked__add(profile->stacks, &nobody, "main:3;f:11", 1, 0, 7);
	check_costs(profile, "main:3>f 1*5\nf:10 0 5\n");
}

/* What passes through several activations is in the call of the outermost one, and in the innermost one's call. */
static void recursion(void **state)
{
	struct profile *profile = reported__profile();

	(void)state;
	profile->stacks = stacks__new();
	stacked__sample(profile->stacks, "main:1;f:2;f:2;f:3", 1);
	stacked__sample(profile->stacks, "main:1;f:2;f:2;h:4", 2);
	stacked__sample(profile->stacks, "main:1;f:2;g:5;f:7;h:4", 4);
	stacked__sample(profile->stacks, "main:1;f:2;g:5;f:2;g:6", 8);
	check_costs(profile, "main:1>f 1*15000000\n"
			     "f:2>f 1*0\n"
			     "f:2>h 1*2000000\n"
			     "f:2>g 1*8000000\n"
			     "f:3 0 1000000\n"
			     "f:7>h 1*4000000\n"
			     "h:4 0 6000000\n"
			     "g:5>f 1*0\n"
			     "g:6 0 8000000\n");
}

/* Without samples, times include callees, and each profiled function is by itself. */
static void without_samples(void **state)
{
	struct profile *profile = reported__profile();
	struct profile_function *f = reported__function(profile, "f", "f.c", 1);

	(void)state;
	reported__line(f, 10, 7, 1000);
	f = reported__function(profile, "f", "f.c", 1);
	reported__line(f, 10, 8, 1);
	profile->stacks = stacks__new();
	check_costs(profile, "f:10 7 1000\nf:10 8 1\n");
}

/* A name that is declared twice is one function for readers: a call from one to the other is recursion. */
static void functions_of_the_same_name(void **state)
{
	static char name[] = "f", file[] = "f.c", none[] = "";
	struct stack_function overloads[] = {{name, none, file, 1, none, none}, {name, none, file, 9, none, none}};
	struct profile *profile = reported__profile();
	struct stack_node node = {.parent = STACKS_NONE, .line = 2};

	(void)state;
	profile->stacks = stacks__new();
	assert_int_equal(stacks__owner(profile->stacks, &(struct profile_owner){0}), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(stacks__function(profile->stacks, &overloads[i]), i);
	node.parent = (uint32_t)stacks__add(profile->stacks, &node);
	node.function = 1;
	node.line = 10;
	node.samples = 1;
	node.cpu_ns = 5;
	stacks__add(profile->stacks, &node);
	check_costs(profile, "f:2>f 1*0\nf:10 0 5\n");
}

/*
 * Random stacks of functions, which are the letters from 'a' on. DIRECT: a function that was left is not entered again,
 * so that recursion is direct only.
 */
static struct profile *random_profile(bool direct)
{
	struct profile *profile = reported__profile();

	profile->stacks = stacks__new();
	srand(2);
	for (int i = 0; i < 2000; i++) {
		char frames[64] = "";
		int function = 0;

		for (int depth = rand() % 10; depth >= 0; depth--) {
			function = direct ? function + (function < 3 && rand() % 2) : rand() % 4;
			snprintf(frames + strlen(frames), sizeof(frames) - strlen(frames), "%c:%d%s", 'a' + function,
				 1 + rand() % 3, depth ? ";" : "");
		}
		stacked__sample(profile->stacks, frames, 1 + (uint64_t)i % 7);
	}
	return profile;
}

/* The time of stacks whose outermost function is this one. */
static uint64_t outermost_time(const struct stacks *stacks, size_t function)
{
	struct stack_times *nodes = calloc(stacks->n_nodes, sizeof(*nodes));
	uint64_t time_ns = 0;

	assert_non_null(nodes);
	stacks__node_times(stacks, nodes);
	for (size_t i = 0; i < stacks->n_nodes; i++)
		if (stacks->nodes[i].parent == STACKS_NONE && stacks->nodes[i].function == function)
			time_ns += nodes[i].cpu_ns;
	free(nodes);
	return time_ns;
}

/* Either way of computing inclusive times gives what goes through a function or, in circles, not more than that. */
static void inclusive_times_are_right(void **state)
{
	(void)state;
	for (int direct = 0; direct < 2; direct++) {
		struct profile *profile = random_profile(direct);
		struct callgrind_costs costs;
		struct stack_times times[4];
		uint64_t from[4] = {0}, into[4] = {0};

		assert_int_equal(stacks__function_times(profile->stacks, times), 0);
		assert_int_equal(callgrind_costs__make(profile, &costs), 0);
		for (size_t i = 0; i < costs.n_costs; i++) {
			const struct callgrind_cost *cost = &costs.costs[i];

			from[stacked__function(profile->stacks, costs.functions[cost->function].name)] += cost->time_ns;
			if (cost->callee != CALLGRIND_OWN)
				into[stacked__function(profile->stacks, costs.functions[cost->callee].name)] +=
					cost->time_ns;
		}
		for (size_t f = 0; f < 4; f++) {
			assert_true(from[f] <= times[f].cpu_ns);
			assert_true(into[f] <= from[f]); /* what was called by nobody is missing */
			if (direct)
				assert_int_equal(from[f], times[f].cpu_ns);
			if (direct)
				assert_int_equal(into[f], times[f].cpu_ns - outermost_time(profile->stacks, f));
		}
		assert_int_equal(costs.time_ns, stacks__total(profile->stacks).cpu_ns);
		callgrind_costs__release(&costs);
		profile__free(profile);
	}
}

static void owners_are_apart(void **state)
{
	static const struct profile_owner a = {.pid = 1}, b = {.pid = 2};
	struct profile *profile = reported__profile();
	struct callgrind_costs costs;

	(void)state;
	profile->stacks = stacks__new();
	stacked__add(profile->stacks, &a, "main:1;f:2", 1, 1, 0);
	stacked__add(profile->stacks, &b, "main:1;f:2", 1, 2, 0);
	assert_int_equal(callgrind_costs__make(profile, &costs), 0);
	assert_int_equal(costs.n_functions, 4);
	assert_int_equal(costs.n_costs, 4);
	assert_int_equal(costs.costs[0].time_ns, 1);
	assert_int_equal(costs.functions[costs.costs[0].callee].owner.pid, 1);
	callgrind_costs__release(&costs);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_costs_and_calls),
		cmocka_unit_test(the_clock_of_the_processor),
		cmocka_unit_test(recursion),
		cmocka_unit_test(without_samples),
		cmocka_unit_test(functions_of_the_same_name),
		cmocka_unit_test(inclusive_times_are_right),
		cmocka_unit_test(owners_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
