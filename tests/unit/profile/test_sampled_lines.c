// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/sampled_lines.h"

#include <math.h>
#include <string.h>

#include "unit/stacked.h"
#include "unit/test.h"

static const struct profile_owner nobody;

/* The times of a line of the function called NAME, which must have it. */
static struct stack_times times_of(const struct stacks *stacks, const struct sampled_lines *lines, const char *name,
				   uint32_t line)
{
	size_t n;
	const struct sampled_line *items = sampled_lines__of(lines, stacked__function(stacks, name), 0, &n);

	for (size_t i = 0; i < n; i++)
		if (items[i].line == line && !items[i].file)
			return items[i].times;
	fail_msg("%s has no line %u", name, line);
	return (struct stack_times){0};
}

static struct profile_function *filled(struct profile *profile, const struct stacks *stacks, const char *name,
				       uint32_t owner, enum profile_clock clock)
{
	struct profile_function *function = profile__add_function(profile, name, "", "f.c", 1);
	struct sampled_lines lines;

	assert_non_null(function);
	assert_int_equal(sampled_lines__make(stacks, &lines), 0);
	assert_int_equal(sampled_lines__fill(&lines, stacks, stacked__function(stacks, name), owner, clock, function),
			 0);
	assert_true(function->uncounted);
	sampled_lines__release(&lines);
	return function;
}

static void a_sample_counts_in_the_innermost_activation_of_each_function(void **state)
{
	struct stacks *stacks = stacks__new();
	struct sampled_lines lines;
	struct stack_times times;
	size_t n;

	(void)state;
	stacked__add(stacks, &nobody, "main:3;f:10;f:10;f:12", 2, 20, 5);
	stacked__add(stacks, &nobody, "main:3;f:10;g:7", 1, 10, 0);
	stacked__add(stacks, &nobody, "main:4;f:12;f:10", 1, 10, 100);
	assert_int_equal(sampled_lines__make(stacks, &lines), 0);
	times = times_of(stacks, &lines, "f", 10);
	assert_int_equal(times.samples, 2);
	assert_int_equal(times.own_samples, 1);
	assert_int_equal(times.cpu_ns, 20);
	assert_int_equal(times.own_cpu_ns, 10);
	assert_int_equal(times.blocked_ns, 100);
	assert_int_equal(times.own_blocked_ns, 100);
	times = times_of(stacks, &lines, "f", 12);
	assert_int_equal(times.samples, 2);
	assert_int_equal(times.own_samples, 2);
	assert_int_equal(times.cpu_ns, 20);
	assert_int_equal(times.blocked_ns, 5);
	times = times_of(stacks, &lines, "main", 3);
	assert_int_equal(times.samples, 3);
	assert_int_equal(times.own_samples, 0);
	assert_int_equal(times.cpu_ns, 30);
	assert_null(sampled_lines__of(&lines, 0, 5, &n));
	assert_int_equal(n, 0);
	sampled_lines__release(&lines);
	stacks__free(stacks);
}

static void the_lines_of_recursive_functions_add_up_to_their_time(void **state)
{
	struct stacks *stacks = stacks__new();
	struct profile *profile = profile__new();
	struct profile_function *function;
	struct stack_times times[3];

	(void)state;
	stacked__add(stacks, &nobody, "main:3;f:10;g:5;f:10;g:5;f:11", 3, 30, 7);
	stacked__add(stacks, &nobody, "main:3;f:10;g:5;f:10;g:6", 2, 20, 0);
	stacked__add(stacks, &nobody, "main:3;f:12", 1, 10, 0);
	assert_int_equal(stacks__function_times(stacks, times), 0);
	function = filled(profile, stacks, "f", 0, PROFILE_CLOCK_WALL);
	assert_int_equal(function->n_lines, 3);
	assert_int_equal(function->lines[0].time_ns, 20);
	assert_int_equal(function->lines[1].time_ns, 37);
	assert_int_equal(function->lines[2].time_ns, 10);
	assert_int_equal(function->time_ns, times[stacked__function(stacks, "f")].cpu_ns + 7);
	function = filled(profile, stacks, "g", 0, PROFILE_CLOCK_WALL);
	assert_int_equal(function->n_lines, 2);
	assert_int_equal(function->lines[0].time_ns, 37);
	assert_int_equal(function->lines[1].time_ns, 20);
	assert_int_equal(function->time_ns, times[stacked__function(stacks, "g")].cpu_ns + 7);
	profile__free(profile);
	stacks__free(stacks);
}

static void functions_get_the_times_of_their_lines(void **state)
{
	struct stacks *stacks = stacks__new();
	struct profile *profile = profile__new();
	struct profile_function *function;

	(void)state;
	stacks->period_ns = 1000;
	stacked__add(stacks, &nobody, "main:3;f:10", 16, 16000, 0);
	stacked__add(stacks, &nobody, "main:3;f:5@z.h", 2, 0, 700);
	stacked__add(stacks, &nobody, "main:3;f:7@b.h;g:2", 4, 4000, 30);
	function = filled(profile, stacks, "f", 0, PROFILE_CLOCK_WALL);
	assert_int_equal(function->n_lines, 3);
	assert_int_equal(function->n_others, 2);
	assert_int_equal(function->lines[0].line, 10);
	assert_int_equal(function->lines[0].time_ns, 16000);
	assert_int_equal(function->lines[0].uncertainty_ns, 8000); /* 2 sqrt(16) samples */
	assert_int_equal(function->lines[1].line, 7);
	assert_string_equal(profile_function__file(function, function->lines[1].file), "b.h");
	assert_int_equal(function->lines[1].time_ns, 4030);
	assert_int_equal(function->lines[1].blocked_ns, 30);
	assert_int_equal(function->lines[1].uncertainty_ns, 4000);
	assert_string_equal(profile_function__file(function, function->lines[2].file), "z.h");
	assert_int_equal(function->lines[2].time_ns, 700);
	assert_int_equal(function->lines[2].blocked_ns, 700);
	assert_int_equal(function->lines[2].uncertainty_ns, 0); /* it never was on a processor */
	assert_int_equal(function->time_ns, 16000 + 4030 + 700);
	assert_int_equal(function->blocked_ns, 730);
	function = filled(profile, stacks, "f", 0, PROFILE_CLOCK_CPU);
	assert_int_equal(function->time_ns, 20000);
	assert_int_equal(function->blocked_ns, 0);
	profile__free(profile);
	stacks__free(stacks);
}

static void samples_of_unknown_lines_are_on_the_declaration(void **state)
{
	struct stacks *stacks = stacks__new();
	struct profile *profile = profile__new();
	struct profile_function *function;

	(void)state;
	stacked__add(stacks, &nobody, "f:0", 1, 10, 0);
	stacked__add(stacks, &nobody, "f:1", 3, 30, 0);
	stacked__add(stacks, &nobody, "unknown", 3, 30, 0);
	function = filled(profile, stacks, "f", 0, PROFILE_CLOCK_CPU);
	assert_int_equal(function->n_lines, 1);
	assert_int_equal(function->lines[0].line, 1);
	assert_int_equal(function->lines[0].time_ns, 40);
	function = filled(profile, stacks, "unknown", 0, PROFILE_CLOCK_CPU);
	assert_int_equal(function->n_lines, 0);
	profile__free(profile);
	stacks__free(stacks);
}

static void owners_are_kept_apart(void **state)
{
	const struct profile_owner one = {.pid = 1}, two = {.pid = 2};
	struct stacks *stacks = stacks__new();
	struct profile *profile = profile__new();
	struct profile_function *function;

	(void)state;
	stacked__add(stacks, &one, "f:2", 1, 10, 0);
	stacked__add(stacks, &two, "f:2", 3, 30, 0);
	stacked__add(stacks, &two, "f:4", 5, 50, 0);
	function = filled(profile, stacks, "f", 0, PROFILE_CLOCK_CPU);
	assert_int_equal(function->n_lines, 1);
	assert_int_equal(function->time_ns, 10);
	function = filled(profile, stacks, "f", 1, PROFILE_CLOCK_CPU);
	assert_int_equal(function->n_lines, 2);
	assert_int_equal(function->time_ns, 80);
	profile__free(profile);
	stacks__free(stacks);
}

static void stacks_without_nodes_have_no_lines(void **state)
{
	struct stacks *stacks = stacks__new();
	struct sampled_lines lines;

	(void)state;
	assert_int_equal(sampled_lines__make(stacks, &lines), 0);
	assert_int_equal(lines.n, 0);
	sampled_lines__release(&lines);
	stacks__free(stacks);
}

static struct profile_function *counted(struct profile *profile)
{
	struct profile_function *function = profile__add_function(profile, "f", "", "f.c", 1);
	const struct profile_line lines[] = {
		{.line = 10, .hits = 7, .time_ns = 900, .uncertainty_ns = 300, .blocked_ns = 100},
		{.line = 11, .hits = 7, .time_ns = 300, .uncertainty_ns = 100},
		{.line = 12, .hits = 1},
	};

	assert_non_null(function);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(profile_function__add_line(function, &lines[i]), 0);
	return function;
}

/* Returns whether there were samples enough. */
static bool retime(const struct stacks *stacks, struct profile_function *function)
{
	uint32_t f = stacked__function(stacks, "f");
	struct sampled_scale scale;
	struct sampled_lines lines;
	bool enough;

	assert_int_equal(sampled_lines__make(stacks, &lines), 0);
	enough = sampled_lines__scale(&lines, f, 0, function, &scale);
	if (enough)
		assert_int_equal(sampled_lines__retime(&lines, stacks, f, 0, &scale, function), 0);
	sampled_lines__release(&lines);
	return enough;
}

static void samples_share_out_the_time_of_a_counted_function(void **state)
{
	struct stacks *stacks = stacks__new();
	struct profile *profile = profile__new();
	struct profile_function *function = counted(profile);

	(void)state;
	stacks->period_ns = 1000;
	stacked__add(stacks, &nobody, "main:3;f:10", 100, 100000, 0);
	stacked__add(stacks, &nobody, "main:3;f:11;g:2", 300, 300000, 50);
	assert_true(retime(stacks, function));
	assert_true(function->sampled_times);
	assert_false(function->uncounted);
	assert_int_equal(function->n_lines, 3);
	assert_int_equal(function->lines[0].hits, 7);
	assert_int_equal(function->lines[0].time_ns, 100 + 275); /* a quarter of what was not waited */
	assert_int_equal(function->lines[0].blocked_ns, 100);
	assert_int_equal(function->lines[1].time_ns, 825);
	assert_int_equal(function->lines[2].time_ns, 0);
	assert_false(profile_function__knows_time(function, &function->lines[2]));
	assert_int_equal(function->time_ns, 1200);
	/* A quarter of 400 ns, and two standard deviations of 100 samples out of 400, which stand for 1100 ns. */
	assert_int_equal(function->lines[0].uncertainty_ns, (uint64_t)hypot(100, 55));
	profile__free(profile);
	stacks__free(stacks);
}

static void few_samples_leave_a_counted_function_as_it_is(void **state)
{
	struct stacks *stacks = stacks__new();
	struct profile *profile = profile__new();
	struct profile_function *function = counted(profile);

	(void)state;
	stacks->period_ns = 1000;
	stacked__add(stacks, &nobody, "main:3;f:10", 20, 20000, 0);
	assert_false(retime(stacks, function));
	assert_false(function->sampled_times);
	assert_int_equal(function->lines[0].time_ns, 900);
	assert_int_equal(function->lines[1].time_ns, 300);
	assert_int_equal(function->time_ns, 1200);
	profile__free(profile);
	stacks__free(stacks);
}

static void scales_are_joined_by_their_certainty(void **state)
{
	struct stacks *stacks = stacks__new();
	struct profile *profile = profile__new();
	struct profile_function *function = counted(profile);
	struct sampled_scale sum = {0}, scale, other;
	struct sampled_lines lines;

	(void)state;
	stacks->period_ns = 1000;
	stacked__add(stacks, &nobody, "main:3;f:10", 110, 110000, 0);
	assert_int_equal(sampled_lines__make(stacks, &lines), 0);
	assert_true(sampled_lines__scale(&lines, stacked__function(stacks, "f"), 0, function, &scale));
	assert_true(fabs(scale.factor - 0.01) < 1e-9);
	assert_true(fabs(scale.uncertainty - 400.0 / 110000) < 1e-9);
	sampled_scale__add(&sum, &scale);
	assert_true(fabs(sum.factor - 0.01) < 1e-9);
	assert_true(fabs(sum.uncertainty - scale.uncertainty) < 1e-9);
	/* One that is twice as certain counts four times as much. */
	other = (struct sampled_scale){
		.factor = 0.02, .uncertainty = scale.uncertainty / 2, .weight = 4 * scale.weight};
	sampled_scale__add(&sum, &other);
	assert_true(fabs(sum.factor - 0.018) < 1e-9);
	assert_true(sampled_scale__agree(&sum, &other));
	assert_false(sampled_scale__agree(&scale, &other));
	sampled_lines__release(&lines);
	profile__free(profile);
	stacks__free(stacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sample_counts_in_the_innermost_activation_of_each_function),
		cmocka_unit_test(the_lines_of_recursive_functions_add_up_to_their_time),
		cmocka_unit_test(functions_get_the_times_of_their_lines),
		cmocka_unit_test(samples_of_unknown_lines_are_on_the_declaration),
		cmocka_unit_test(owners_are_kept_apart),
		cmocka_unit_test(stacks_without_nodes_have_no_lines),
		cmocka_unit_test(samples_share_out_the_time_of_a_counted_function),
		cmocka_unit_test(scales_are_joined_by_their_certainty),
		cmocka_unit_test(few_samples_leave_a_counted_function_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
