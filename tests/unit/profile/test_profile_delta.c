// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/profile_delta.h"
#include "unit/stacked.h"
#include "unit/test.h"

static struct profile_function *add_function(struct profile *profile, const char *name, int pid)
{
	struct profile_function *function = profile__add_function(profile, name, "", "f.c", 1);

	assert_non_null(function);
	assert_int_equal(profile_function__set_place(function, "/bin/x", "abcd", NULL), 0);
	function->owner.pid = pid;
	return function;
}

static void add_line(struct profile_function *function, uint32_t line, uint64_t hits, uint64_t time_ns)
{
	const struct profile_line added = {.line = line, .hits = hits, .time_ns = time_ns};

	assert_int_equal(profile_function__add_line(function, &added), 0);
}

/* A profile of one function "f" with one line. */
static struct profile *reading(uint64_t calls, uint64_t hits, uint64_t time_ns)
{
	struct profile *profile = profile__new();

	assert_non_null(profile);
	add_line(add_function(profile, "f", 0), 5, hits, time_ns);
	profile->functions[0].calls = calls;
	return profile;
}

static struct profile *since(const struct profile *sent, const struct profile *now)
{
	struct profile *delta = NULL;

	assert_int_equal(profile_delta__since(sent, now, &delta), 0);
	assert_non_null(delta);
	return delta;
}

static void since_nothing_all_is_new(void **state)
{
	struct profile *now = reading(3, 30, 300);
	char *command[] = {(char *)"ls", (char *)"-l", NULL};
	struct profile *delta;

	(void)state;
	now->clock = PROFILE_CLOCK_CPU;
	now->duration_ns = 7;
	now->probe.sites = 4;
	now->probe.hits = 90;
	now->probe.missed = 1;
	now->probe.overhead_ns = 50;
	now->functions[0].last = 9;
	assert_int_equal(profile__set_command(now, command), 0);
	assert_int_equal(profile__add_pid(now, 12), 0);
	assert_int_equal(profile_processes__set(&now->processes, 12, "/a"), 0);
	assert_int_equal(profile__add_note(now, "100%% of it"), 0);
	assert_int_equal(profile_function__add_note(&now->functions[0], "%s", "%n is no format"), 0);

	delta = since(NULL, now);
	assert_int_equal(delta->clock, PROFILE_CLOCK_CPU);
	assert_int_equal(delta->duration_ns, 7);
	assert_int_equal(delta->probe.sites, 4);
	assert_int_equal(delta->probe.hits, 90);
	assert_int_equal(delta->probe.missed, 1);
	assert_int_equal(delta->probe.overhead_ns, 50);
	assert_int_equal(delta->n_command, 2);
	assert_string_equal(delta->command[1], "-l");
	assert_int_equal(delta->n_pids, 1);
	assert_int_equal(delta->pids[0], 12);
	assert_string_equal(profile_processes__cgroup(&delta->processes, 12), "/a");
	assert_string_equal(delta->notes[0], "100% of it");
	assert_int_equal(delta->n_functions, 1);
	assert_string_equal(delta->functions[0].object, "/bin/x");
	assert_string_equal(delta->functions[0].build_id, "abcd");
	assert_int_equal(delta->functions[0].last, 9);
	assert_int_equal(delta->functions[0].calls, 3);
	assert_int_equal(delta->functions[0].time_ns, 300);
	assert_int_equal(delta->functions[0].lines[0].hits, 30);
	assert_string_equal(delta->functions[0].notes[0], "%n is no format");
	profile__free(delta);
	profile__free(now);
}

static void a_delta_is_what_was_added(void **state)
{
	struct profile *before = reading(3, 30, 300), *after = reading(5, 70, 1000), *delta;

	(void)state;
	before->duration_ns = 100;
	after->duration_ns = 250;
	before->probe.sites = after->probe.sites = 6;
	before->probe.hits = 10;
	after->probe.hits = 25;
	after->functions[0].lines[0].blocked_ns = 200;
	before->functions[0].lines[0].waiting_ns = 5;
	after->functions[0].lines[0].waiting_ns = 9;
	before->functions[0].lines[0].uncertainty_ns = 10;
	after->functions[0].lines[0].uncertainty_ns = 16;
	after->functions[0].lines[0].hits_inexact = true;
	delta = since(before, after);
	assert_int_equal(delta->duration_ns, 150);
	assert_int_equal(delta->probe.sites, 6);
	assert_int_equal(delta->probe.hits, 15);
	assert_int_equal(delta->functions[0].calls, 2);
	assert_int_equal(delta->functions[0].lines[0].hits, 40);
	assert_int_equal(delta->functions[0].lines[0].time_ns, 700);
	assert_int_equal(delta->functions[0].lines[0].uncertainty_ns, 6);
	assert_true(delta->functions[0].lines[0].hits_inexact);
	assert_int_equal(delta->functions[0].lines[0].blocked_ns, 200);
	assert_int_equal(delta->functions[0].time_ns, 700);
	assert_int_equal(delta->functions[0].blocked_ns, 200);
	assert_int_equal(delta->functions[0].waiting_ns, 4);
	profile__free(delta);
	profile__free(before);
	profile__free(after);
}

static void nothing_is_less_than_zero(void **state)
{
	struct profile *before = reading(9, 90, 900), *after = reading(8, 80, 800), *delta;

	(void)state;
	before->duration_ns = before->probe.hits = before->probe.missed = before->probe.overhead_ns = 1;
	before->functions[0].lines[0].blocked_ns = before->functions[0].lines[0].waiting_ns = 1;
	after->functions[0].lines[0].blocked_ns = 70;
	delta = since(before, after);
	assert_int_equal(delta->duration_ns, 0);
	assert_int_equal(delta->probe.hits, 0);
	assert_int_equal(delta->probe.missed, 0);
	assert_int_equal(delta->probe.overhead_ns, 0);
	assert_int_equal(delta->functions[0].calls, 0);
	assert_int_equal(delta->functions[0].lines[0].hits, 0);
	assert_int_equal(delta->functions[0].lines[0].time_ns, 0);
	/* never more than the time, of which it is a part */
	assert_int_equal(delta->functions[0].lines[0].blocked_ns, 0);
	assert_int_equal(delta->functions[0].lines[0].waiting_ns, 0);
	assert_true(profile_delta__is_empty(delta));
	profile__free(delta);
	profile__free(before);
	profile__free(after);
}

static void functions_and_lines_appear_and_vanish(void **state)
{
	struct profile *before = profile__new(), *after = profile__new(), *delta;
	struct profile_function *function;

	(void)state;
	add_line(add_function(before, "gone", 0), 2, 1, 1);
	function = add_function(before, "f", 0);
	add_line(function, 3, 5, 50);
	add_line(function, 7, 5, 50);

	add_line(add_function(after, "new", 0), 2, 8, 80);
	function = add_function(after, "f", 0);
	add_line(function, 1, 2, 20);
	add_line(function, 3, 6, 60);
	add_line(function, 9, 4, 40);

	delta = since(before, after);
	assert_int_equal(delta->n_functions, 2);
	assert_string_equal(delta->functions[0].name, "new");
	assert_int_equal(delta->functions[0].lines[0].hits, 8);
	assert_int_equal(delta->functions[1].n_lines, 3);
	assert_int_equal(delta->functions[1].lines[0].hits, 2);
	assert_int_equal(delta->functions[1].lines[1].line, 3);
	assert_int_equal(delta->functions[1].lines[1].hits, 1);
	assert_int_equal(delta->functions[1].lines[2].hits, 4);
	assert_int_equal(delta->functions[1].time_ns, 70);
	profile__free(delta);
	profile__free(before);
	profile__free(after);
}

static void owners_are_kept_apart(void **state)
{
	struct profile *before = profile__new(), *after = profile__new(), *delta;
	static const uint64_t hits_before[] = {10, 20, 30}, hits_after[] = {11, 22, 33};

	(void)state;
	for (int i = 0; i < 3; i++)
		add_line(add_function(before, "f", 100 + i), 5, hits_before[i], 0);
	for (int i = 2; i >= 0; i--) /* the order must not matter */
		add_line(add_function(after, "f", 100 + i), 5, hits_after[i], 0);
	add_line(add_function(after, "f", 103), 5, 4, 0);
	after->functions[3].owner.tid = 7;
	strcpy(after->functions[0].owner.comm, "renamed");
	delta = since(before, after);
	assert_int_equal(delta->n_functions, 4);
	assert_int_equal(delta->functions[0].owner.pid, 102);
	assert_string_equal(delta->functions[0].owner.comm, "renamed");
	assert_int_equal(delta->functions[0].lines[0].hits, 3);
	assert_int_equal(delta->functions[1].lines[0].hits, 2);
	assert_int_equal(delta->functions[2].lines[0].hits, 1);
	assert_int_equal(delta->functions[3].owner.tid, 7);
	assert_int_equal(delta->functions[3].lines[0].hits, 4);
	profile__free(delta);
	profile__free(before);
	profile__free(after);
}

/* Functions of the same name differ if any one of these fields differs. */
static void everything_that_names_a_function_counts(void **state)
{
	struct profile *before = reading(1, 1, 1), *after = profile__new(), *delta;

	(void)state;
	assert_non_null(profile__add_function(after, "f", "_Z1fv", "f.c", 1));
	assert_non_null(profile__add_function(after, "f", "", "g.c", 1));
	assert_non_null(profile__add_function(after, "f", "", "f.c", 2));
	assert_non_null(profile__add_function(after, "f", "", "f.c", 1));
	assert_non_null(profile__add_function(after, "f", "", "f.c", 1));
	for (size_t i = 0; i < after->n_functions; i++) {
		struct profile_function *function = &after->functions[i];

		assert_int_equal(profile_function__set_place(function, i == 3 ? "/bin/y" : "/bin/x",
							     i == 4 ? "dcba" : "abcd", NULL),
				 0);
		add_line(function, 5, 10, 0);
	}
	delta = since(before, after);
	for (size_t i = 0; i < after->n_functions; i++)
		assert_int_equal(delta->functions[i].lines[0].hits, 10);
	profile__free(delta);
	profile__free(before);
	profile__free(after);
}

/* Times are revised downwards: nothing is sent twice, and in the end nothing is lost. */
static void the_sum_of_deltas_is_the_largest_reading(void **state)
{
	static const uint64_t times[] = {100, 95, 110, 60, 110, 130}, hits[] = {1, 2, 2, 7, 9, 12};
	struct profile *sent = profile__new();

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		struct profile *now = reading(hits[i], hits[i], times[i]), *delta;

		/* a function that appears in the middle of the run */
		if (i >= 3)
			add_line(add_function(now, "late", 0), 8, i, i * 10);
		now->duration_ns = i + 1;
		delta = since(sent, now);
		assert_int_equal(profile_delta__add(sent, delta), 0);
		profile__free(delta);
		profile__free(now);
	}
	assert_int_equal(sent->n_functions, 2);
	assert_int_equal(sent->duration_ns, 6);
	assert_int_equal(sent->functions[0].calls, 12);
	assert_int_equal(sent->functions[0].lines[0].hits, 12);
	assert_int_equal(sent->functions[0].lines[0].time_ns, 130);
	assert_int_equal(sent->functions[0].time_ns, 130);
	assert_int_equal(sent->functions[1].lines[0].hits, 5);
	assert_int_equal(sent->functions[1].lines[0].time_ns, 50);
	profile__free(sent);
}

static void emptiness_is_of_calls_hits_and_times(void **state)
{
	static const uint64_t figures[][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
	struct profile *profile = reading(0, 0, 0);

	(void)state;
	assert_true(profile_delta__is_empty(profile));
	profile__free(profile);
	for (size_t i = 0; i < 3; i++) {
		profile = reading(figures[i][0], figures[i][1], figures[i][2]);
		assert_false(profile_delta__is_empty(profile));
		profile__free(profile);
	}
}

static void check_stacks(const struct stacks *stacks, const char *expected)
{
	char *text = stacked__text(stacks);

	assert_string_equal(text, expected);
	free(text);
}

static void stacks_are_what_was_sampled_since(void **state)
{
	static const struct profile_owner worker = {.pid = 3, .tid = 4};
	struct profile *now = profile__new(), *sent = profile__new(), *delta;

	(void)state;
	now->stacks = stacks__new();
	now->stacks->period_ns = 5;
	now->stacks->unprobed_ns = 6;
	now->stacks->cut_samples = 7;
	stacked__add(now->stacks, &worker, "main:3;f:10", 2, 20, 1);
	delta = since(NULL, now);
	check_stacks(delta->stacks, "[3/4]main:3 0 0 0\n[3/4]main:3;f:10 2 20 1\n");
	assert_false(profile_delta__is_empty(delta));
	assert_int_equal(profile_delta__add(sent, delta), 0);
	profile__free(delta);

	stacked__add(now->stacks, &worker, "main:3;g:10", 1, 10, 0);
	stacked__add(now->stacks, &worker, "main:3;f:10", 3, 30, 4);
	now->stacks->cut_samples = 9;
	now->stacks->lost_samples = 2;
	delta = since(sent, now);
	check_stacks(delta->stacks, "[3/4]main:3 0 0 0\n[3/4]main:3;f:10 3 30 4\n[3/4]main:3;g:10 1 10 0\n");
	assert_int_equal(delta->stacks->n_owners, 1);
	assert_int_equal(delta->stacks->period_ns, 5);
	assert_int_equal(delta->stacks->unprobed_ns, 6);
	assert_int_equal(delta->stacks->cut_samples, 2);
	assert_int_equal(delta->stacks->lost_samples, 2);
	assert_int_equal(profile_delta__add(sent, delta), 0);
	profile__free(delta);

	check_stacks(sent->stacks, "[3/4]main:3 0 0 0\n[3/4]main:3;f:10 5 50 5\n[3/4]main:3;g:10 1 10 0\n");
	delta = since(sent, now);
	assert_true(profile_delta__is_empty(delta));
	assert_int_equal(stacks__total(delta->stacks).cpu_ns, 0);
	profile__free(delta);
	profile__free(now);
	profile__free(sent);
}

static void stacks_that_vanish_take_nothing_off(void **state)
{
	struct profile *now = profile__new(), *sent = profile__new(), *delta;

	(void)state;
	sent->stacks = stacks__new();
	stacked__sample(sent->stacks, "main:3;f:10", 4);
	delta = since(sent, now);
	assert_null(delta->stacks);
	assert_int_equal(profile_delta__add(sent, delta), 0);
	profile__free(delta);

	now->stacks = stacks__new();
	stacked__sample(now->stacks, "main:3", 1);
	delta = since(sent, now);
	check_stacks(delta->stacks, "main:3 1 1000000 0\nmain:3;f:10 0 0 0\n");
	profile__free(delta);
	profile__free(now);
	profile__free(sent);
}

static void what_carried_no_probe_says_so(void **state)
{
	struct profile *now = reading(0, 0, 5), *delta;

	(void)state;
	now->functions[0].uncounted = true;
	delta = since(NULL, now);
	assert_true(delta->functions[0].uncounted);
	profile__free(delta);
	profile__free(now);
}

static struct profile *estimate(uint64_t hits, uint64_t uncertainty)
{
	struct profile *profile = reading(hits, hits, 0);

	profile->functions[0].estimated = true;
	profile->functions[0].calls_uncertainty = uncertainty;
	profile->functions[0].lines[0].hits_uncertainty = uncertainty;
	profile->budget.percent = 2;
	profile->budget.pause_ns = 10000000;
	profile->budget.spent_ns = hits;
	profile->budget.target_ns = 50 * hits;
	profile->budget.windows = hits / 10;
	return profile;
}

/* An estimate may fall; what was sent stays, and nothing is sent again before it has risen above that. */
static void estimates_are_sent_once(void **state)
{
	static const uint64_t readings[][4] = {
		/* hits and uncertainty of the estimate, and of what is sent */
		{1000, 300, 1000, 300},
		{900, 200, 0, 224},
		{1500, 500, 500, 331},
	};
	struct profile *sent = NULL;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct profile *now = estimate(readings[i][0], readings[i][1]), *delta = since(sent, now);
		const struct profile_function *f = &delta->functions[0];

		assert_true(f->estimated);
		assert_int_equal(f->calls, readings[i][2]);
		assert_int_equal(f->lines[0].hits, readings[i][2]);
		assert_int_equal(f->calls_uncertainty, readings[i][3]);
		assert_int_equal(f->lines[0].hits_uncertainty, readings[i][3]);
		assert_true(delta->budget.percent == 2);
		assert_int_equal(delta->budget.pause_ns, 10000000);
		assert_int_equal(delta->budget.spent_ns, readings[i][2]);
		assert_int_equal(delta->budget.target_ns, 50 * readings[i][2]);
		assert_int_equal(delta->budget.windows, readings[i][2] / 10);
		if (!sent)
			sent = profile__new();
		assert_int_equal(profile_delta__add(sent, delta), 0);
		profile__free(delta);
		profile__free(now);
	}
	assert_int_equal(sent->functions[0].lines[0].hits, 1500);
	/* That of the last reading, but for being whole numbers. */
	assert_in_range(sent->functions[0].lines[0].hits_uncertainty, 500, 501);
	profile__free(sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(since_nothing_all_is_new),
		cmocka_unit_test(estimates_are_sent_once),
		cmocka_unit_test(a_delta_is_what_was_added),
		cmocka_unit_test(nothing_is_less_than_zero),
		cmocka_unit_test(functions_and_lines_appear_and_vanish),
		cmocka_unit_test(owners_are_kept_apart),
		cmocka_unit_test(everything_that_names_a_function_counts),
		cmocka_unit_test(the_sum_of_deltas_is_the_largest_reading),
		cmocka_unit_test(stacks_are_what_was_sampled_since),
		cmocka_unit_test(stacks_that_vanish_take_nothing_off),
		cmocka_unit_test(what_carried_no_probe_says_so),
		cmocka_unit_test(emptiness_is_of_calls_hits_and_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
