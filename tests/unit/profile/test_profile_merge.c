// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/profile_merge.h"
#include "unit/stacked.h"
#include "unit/test.h"

static struct profile_function *add_function(struct profile *profile, const char *name, const char *object,
					     const char *build_id)
{
	struct profile_function *function = profile__add_function(profile, name, "", "f.c", 3);

	assert_non_null(function);
	assert_int_equal(profile_function__set_place(function, object, build_id, NULL), 0);
	return function;
}

static void add_line(struct profile_function *function, uint32_t line, uint64_t n)
{
	const struct profile_line added = {.line = line,
					   .hits = n,
					   .time_ns = 10 * n,
					   .uncertainty_ns = 100 * n,
					   .blocked_ns = 2 * n,
					   .waiting_ns = 3 * n};

	assert_int_equal(profile_function__add_line(function, &added), 0);
}

/* Merges and releases N profiles, called "one", "two" and so on. */
static struct profile *merge(enum profile_by by, struct profile **profiles, size_t n)
{
	static const char *const names[] = {"one", "two", "three"};
	struct profile_merge *merge = profile_merge__new(by);
	struct profile *sum;

	assert_non_null(merge);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(profile_merge__add(merge, profiles[i], names[i]), 0);
		profile__free(profiles[i]);
	}
	sum = profile_merge__finish(merge);
	assert_non_null(sum);
	profile_merge__free(merge);
	return sum;
}

static void lines_add_up(void **state)
{
	static const uint32_t first[] = {3, 5, 9, 10}, second[] = {1, 5, 6, 10, 12};
	static const struct {
		uint32_t line;
		uint64_t n;
	} expected[] = {{1, 1}, {3, 1}, {5, 4}, {6, 3}, {9, 3}, {10, 8}, {12, 5}};
	struct profile *profiles[] = {profile__new(), profile__new()}, *sum;
	struct profile_function *a = add_function(profiles[0], "f", "/bin/a", ""), *b;

	(void)state;
	b = add_function(profiles[1], "f", "/bin/a", "");
	for (size_t i = 0; i < 4; i++)
		add_line(a, first[i], i + 1);
	for (size_t i = 0; i < 5; i++)
		add_line(b, second[i], i + 1);
	a->calls = 7;
	b->calls = 8;
	b->last = 20;
	assert_int_equal(profile_function__set_text(a, &a->lines[1], "five", 4), 0);
	assert_int_equal(profile_function__set_text(b, &b->lines[1], "FIVE", 4), 0);
	assert_int_equal(profile_function__set_text(b, &b->lines[0], "one", 3), 0);
	assert_int_equal(profile_function__add_note(a, "a note"), 0);
	assert_int_equal(profile_function__add_note(b, "a note"), 0);
	assert_int_equal(profile_function__add_note(b, "100 %% of another"), 0);

	sum = merge(PROFILE_BY_NOTHING, profiles, 2);
	assert_int_equal(sum->n_functions, 1);
	a = &sum->functions[0];
	assert_int_equal(a->n_lines, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < a->n_lines; i++) {
		assert_int_equal(a->lines[i].line, expected[i].line);
		assert_int_equal(a->lines[i].hits, expected[i].n);
		assert_int_equal(a->lines[i].time_ns, 10 * expected[i].n);
		assert_int_equal(a->lines[i].uncertainty_ns, 100 * expected[i].n);
		assert_int_equal(a->lines[i].blocked_ns, 2 * expected[i].n);
		assert_int_equal(a->lines[i].waiting_ns, 3 * expected[i].n);
	}
	assert_int_equal(a->time_ns, 10 * 25);
	assert_int_equal(a->waiting_ns, 3 * 25);
	assert_int_equal(a->calls, 15);
	assert_int_equal(a->last, 20);
	assert_string_equal(profile_function__text(a, &a->lines[0]), "one");
	assert_null(profile_function__text(a, &a->lines[1]));
	assert_string_equal(profile_function__text(a, &a->lines[2]), "five");
	assert_int_equal(a->n_notes, 2);
	assert_string_equal(a->notes[1], "100 % of another");
	/* More lines can still be added to the result. */
	add_line(a, 11, 1);
	add_line(a, 13, 1);
	assert_int_equal(a->n_lines, 9);
	profile__free(sum);
}

/* However a random profile is split into pieces, merging these gives the sums over its lines. */
static void however_it_is_split(void **state)
{
	struct profile *profiles[3], *sum;
	uint64_t expected[64] = {0};

	(void)state;
	srand(1);
	for (size_t i = 0; i < 3; i++) {
		struct profile_function *f;

		profiles[i] = profile__new();
		f = add_function(profiles[i], "f", "", "id");
		for (int k = 0; k < 40; k++) {
			uint32_t line = (uint32_t)rand() % 64;
			uint64_t n = (uint64_t)rand() % 1000;

			expected[line] += n;
			add_line(f, line, n);
		}
	}
	sum = merge(PROFILE_BY_NOTHING, profiles, 3);
	for (size_t i = 0; i < sum->functions[0].n_lines; i++) {
		const struct profile_line *line = &sum->functions[0].lines[i];

		assert_true(!i || line->line > line[-1].line);
		assert_int_equal(line->hits, expected[line->line]);
		expected[line->line] = 0;
	}
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(expected[i], 0);
	profile__free(sum);
}

static void which_functions_are_the_same(void **state)
{
	static const struct {
		const char *name, *object, *build_id;
		size_t expected; /* the line on which the sum is expected */
	} cases[] = {
		{"f", "/bin/a", "01", 0}, {"f", "/copy/of/a", "01", 0}, {"f", "/bin/a", "02", 1},
		{"f", "/bin/a", "", 2},	  {"f", "/bin/b", "", 3},	{"g", "/bin/a", "01", 4},
		{"f", "01", "", 5},	  {"f", "/bin/a", "", 2},
	};
	const size_t n = sizeof(cases) / sizeof(*cases);
	struct profile *profiles[] = {profile__new(), profile__new(), profile__new()}, *sum;
	uint64_t hits[8] = {0};

	(void)state;
	for (size_t i = 0; i < n; i++) {
		add_line(add_function(profiles[i % 2], cases[i].name, cases[i].object, cases[i].build_id), 3, 1u << i);
		hits[cases[i].expected] += 1u << i;
	}
	/* Another first line, file or linkage name is another function. */
	assert_non_null(profile__add_function(profiles[2], "f", "", "f.c", 4));
	assert_non_null(profile__add_function(profiles[2], "f", "", "g.c", 3));
	assert_non_null(profile__add_function(profiles[2], "f", "_Z1fv", "f.c", 3));
	sum = merge(PROFILE_BY_NOTHING, profiles, 3);
	assert_int_equal(sum->n_functions, 6 + 3);
	for (size_t i = 0; i < 6; i++) {
		bool found = false;

		for (size_t k = 0; k < 6; k++)
			found |= sum->functions[k].lines[0].hits == hits[i];
		assert_true(found);
	}
	profile__free(sum);
}

static void many_functions(void **state)
{
	struct profile *profiles[3] = {profile__new(), profile__new(), profile__new()}, *sum;
	char name[16];

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "f%zu", i % 1000);
		add_line(add_function(profiles[i / 1000], name, "", ""), 1, i % 1000);
	}
	sum = merge(PROFILE_BY_NOTHING, profiles, 3);
	assert_int_equal(sum->n_functions, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(sum->functions[i].lines[0].hits, 3 * i);
	profile__free(sum);
}

static void what_is_of_the_whole(void **state)
{
	char *const first[] = {(char *)"/bin/a", (char *)"x", NULL}, *const second[] = {(char *)"b", NULL};
	struct profile *profiles[] = {profile__new(), profile__new(), profile__new()}, *sum;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		profiles[i]->clock = PROFILE_CLOCK_CPU;
		profiles[i]->duration_ns = i == 1 ? 9 : 5;
		profiles[i]->probe.sites = 1 + i;
		profiles[i]->probe.hits = 10;
		profiles[i]->probe.missed = 100;
		profiles[i]->probe.overhead_ns = i ? 1 : UINT64_MAX;
		assert_int_equal(profile__set_command(profiles[i], i == 1 ? second : first), 0);
		assert_int_equal(profile__add_pid(profiles[i], 5), 0);
		assert_int_equal(profile__add_pid(profiles[i], 6 + (int)i), 0);
		assert_int_equal(profile_processes__set(&profiles[i]->processes, 6 + (int)i, i ? "/b" : "/a"), 0);
		assert_int_equal(profile__add_note(profiles[i], "said %d times", i == 1), 0);
	}
	sum = merge(PROFILE_BY_NOTHING, profiles, 3);
	assert_int_equal(sum->clock, PROFILE_CLOCK_CPU);
	assert_int_equal(sum->duration_ns, 9);
	assert_int_equal(sum->probe.sites, 6);
	assert_int_equal(sum->probe.hits, 30);
	assert_int_equal(sum->probe.missed, 300);
	assert_true(sum->probe.overhead_ns == UINT64_MAX);
	assert_int_equal(sum->n_command, 4);
	assert_string_equal(sum->command[0], "/bin/a");
	assert_string_equal(sum->command[1], "x");
	assert_string_equal(sum->command[2], ";");
	assert_string_equal(sum->command[3], "b");
	assert_int_equal(sum->n_pids, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(sum->pids[i], 5 + i);
	assert_int_equal(sum->processes.n, 3);
	assert_null(profile_processes__cgroup(&sum->processes, 5));
	assert_string_equal(profile_processes__cgroup(&sum->processes, 6), "/a");
	assert_string_equal(profile_processes__cgroup(&sum->processes, 8), "/b");
	assert_int_equal(sum->n_notes, 2);
	profile__free(sum);
}

static void other_clocks_are_refused(void **state)
{
	struct profile *wall = profile__new(), *cpu = profile__new();
	struct profile_merge *merge = profile_merge__new(PROFILE_BY_NOTHING);

	(void)state;
	cpu->clock = PROFILE_CLOCK_CPU;
	assert_int_equal(profile_merge__add(merge, wall, "one"), 0);
	assert_int_equal(profile_merge__add(merge, cpu, "two"), -EINVAL);
	profile_merge__free(merge);
	profile__free(wall);
	profile__free(cpu);
}

static void owners_are_added_up_unless_apart(void **state)
{
	for (int by = PROFILE_BY_NOTHING; by <= PROFILE_BY_THREAD; by++) {
		static const size_t expected[] = {1, 4, 6};
		struct profile *profiles[] = {profile__new(), profile__new()}, *sum;

		(void)state;
		for (int i = 0; i < 6; i++) {
			struct profile_function *f = add_function(profiles[i % 2], "f", "", "id");

			f->owner = (struct profile_owner){.pid = 1 + i / 4, .tid = 10 + i, .comm = "w"};
			add_line(f, 1, 1u << i);
		}
		sum = merge((enum profile_by)by, profiles, 2);
		assert_int_equal(sum->n_functions, expected[by]);
		if (by == PROFILE_BY_NOTHING) {
			assert_int_equal(sum->functions[0].lines[0].hits, 63);
			assert_int_equal(sum->functions[0].owner.pid, 0);
		}
		if (by == PROFILE_BY_PROCESS) {
			/* The first of the two profiles had 1, 4 and 16 hits. */
			assert_int_equal(sum->functions[0].lines[0].hits, 5);
			assert_int_equal(sum->functions[0].owner.pid, 1);
			assert_int_equal(sum->functions[0].owner.tid, 0);
			assert_int_equal(sum->functions[1].lines[0].hits, 16);
			assert_int_equal(sum->functions[2].lines[0].hits, 10);
		}
		profile__free(sum);
	}
}

static void each_is_named(void **state)
{
	char *const argv[] = {(char *)"/opt/program", NULL};
	struct profile *profiles[] = {profile__new(), profile__new(), profile__new()}, *sum;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		add_line(add_function(profiles[i], "f", "", "id"), 1, i + 1);
	assert_int_equal(profile__set_command(profiles[0], argv), 0);
	assert_int_equal(profile__add_pid(profiles[0], 5), 0);
	profiles[0]->functions[0].owner = (struct profile_owner){.has_rank = true, .rank = 3};
	assert_int_equal(profile__add_pid(profiles[1], 5), 0); /* the same number is not the same process */
	sum = merge(PROFILE_BY_PROCESS, profiles, 3);
	assert_int_equal(sum->n_functions, 3);
	assert_int_equal(sum->functions[0].owner.pid, 5);
	assert_string_equal(sum->functions[0].owner.comm, "program");
	assert_true(sum->functions[0].owner.has_rank);
	assert_int_equal(sum->functions[0].owner.rank, 3);
	assert_int_equal(sum->functions[1].owner.pid, 5);
	assert_string_equal(sum->functions[1].owner.comm, "");
	assert_int_equal(sum->functions[1].n_notes, 0);
	assert_int_equal(sum->functions[2].owner.pid, 0);
	assert_non_null(strstr(sum->functions[2].notes[0], "three"));
	profile__free(sum);
}

static void check_stacks(struct profile *sum, size_t n_owners, const char *expected)
{
	char *text = stacked__text(sum->stacks);

	assert_int_equal(sum->stacks->n_owners, n_owners);
	assert_string_equal(text, expected);
	free(text);
	profile__free(sum);
}

/* Two runs that both had a process 3 with the threads 4 and 5, and one that does not tell its processes apart. */
static void three_with_stacks(struct profile **profiles)
{
	static const struct profile_owner nobody;

	for (size_t i = 0; i < 3; i++) {
		profiles[i] = profile__new();
		profiles[i]->stacks = stacks__new();
		for (int tid = 4; i < 2 && tid < 6; tid++) {
			const struct profile_owner owner = {.pid = 3, .tid = tid};

			stacked__add(profiles[i]->stacks, &owner, "main:1;f:2", 1, 10, 0);
		}
	}
	stacked__add(profiles[2]->stacks, &nobody, "main:1;f:2", 1, 1, 0);
	assert_int_equal(profile__add_pid(profiles[2], 7), 0);
}

static void stacks_add_up_unless_apart(void **state)
{
	struct profile *profiles[3];

	(void)state;
	three_with_stacks(profiles);
	check_stacks(merge(PROFILE_BY_NOTHING, profiles, 3), 1, "main:1 0 0 0\nmain:1;f:2 5 41 0\n");
	three_with_stacks(profiles);
	check_stacks(merge(PROFILE_BY_PROCESS, profiles, 3), 3,
		     "[3/0]main:1 0 0 0\n[3/0]main:1;f:2 2 20 0\n"
		     "[3/0]main:1 0 0 0\n[3/0]main:1;f:2 2 20 0\n"
		     "[7/0]main:1 0 0 0\n[7/0]main:1;f:2 1 1 0\n");
	three_with_stacks(profiles);
	check_stacks(merge(PROFILE_BY_THREAD, profiles, 3), 5,
		     "[3/4]main:1 0 0 0\n[3/4]main:1;f:2 1 10 0\n[3/5]main:1 0 0 0\n[3/5]main:1;f:2 1 10 0\n"
		     "[3/4]main:1 0 0 0\n[3/4]main:1;f:2 1 10 0\n[3/5]main:1 0 0 0\n[3/5]main:1;f:2 1 10 0\n"
		     "[7/0]main:1 0 0 0\n[7/0]main:1;f:2 1 1 0\n");
}

static void a_profile_without_stacks_is_noted(void **state)
{
	struct profile *profiles[] = {profile__new(), profile__new()}, *sum;

	(void)state;
	profiles[1]->stacks = stacks__new();
	sum = merge(PROFILE_BY_NOTHING, profiles, 2);
	assert_non_null(sum->stacks);
	assert_int_equal(sum->n_notes, 1);
	assert_non_null(strstr(sum->notes[0], "in 1 of the 2 merged profiles nothing was sampled"));
	profile__free(sum);
	profiles[0] = profile__new();
	profiles[1] = profile__new();
	sum = merge(PROFILE_BY_NOTHING, profiles, 2);
	assert_null(sum->stacks);
	assert_int_equal(sum->n_notes, 0);
	profile__free(sum);
}

/* A function is uncounted if it is so in all profiles that have it; if in some, that is said once. */
static void uncounted_in_some(void **state)
{
	for (int which = 0; which < 8; which++) {
		struct profile *profiles[3], *sum;

		(void)state;
		for (int i = 0; i < 3; i++) {
			struct profile_function *f;

			profiles[i] = profile__new();
			f = add_function(profiles[i], "f", "", "id");
			add_line(f, 1, 1);
			f->uncounted = which >> i & 1;
		}
		sum = merge(PROFILE_BY_NOTHING, profiles, 3);
		assert_int_equal(sum->functions[0].uncounted, which == 7);
		assert_int_equal(sum->functions[0].n_notes, which != 0 && which != 7);
		if (which != 0 && which != 7)
			assert_non_null(strstr(sum->functions[0].notes[0], "carried no probe"));
		profile__free(sum);
	}
}

static struct profile *estimated(double percent, uint64_t hits, uint64_t uncertainty)
{
	struct profile *profile = profile__new();
	struct profile_function *f = add_function(profile, "f", "/bin/a", "");

	add_line(f, 1, hits);
	f->lines[0].hits_uncertainty = uncertainty;
	f->calls = hits;
	f->calls_uncertainty = uncertainty;
	f->estimated = uncertainty > 0;
	profile->budget.percent = percent;
	profile->budget.pause_ns = uncertainty;
	profile->budget.spent_ns = hits;
	profile->budget.target_ns = 2 * hits;
	profile->budget.windows = 3 * hits;
	return profile;
}

static void estimates_and_budgets_add_up(void **state)
{
	struct profile *profiles[] = {estimated(2, 100, 3), estimated(5, 200, 0), estimated(1, 300, 4)}, *sum;
	struct profile *mixed[] = {estimated(2, 1, 1), estimated(0, 1, 1), estimated(3, 1, 1)};
	const struct profile_function *f;

	(void)state;
	sum = merge(PROFILE_BY_NOTHING, profiles, 3);
	f = &sum->functions[0];
	assert_true(f->estimated);
	assert_int_equal(f->calls, 600);
	assert_int_equal(f->calls_uncertainty, 5);
	assert_int_equal(f->lines[0].hits, 600);
	assert_int_equal(f->lines[0].hits_uncertainty, 5);
	assert_true(sum->budget.percent == 5);
	assert_int_equal(sum->budget.pause_ns, 4);
	assert_int_equal(sum->budget.spent_ns, 600);
	assert_int_equal(sum->budget.target_ns, 1200);
	assert_int_equal(sum->budget.windows, 1800);
	profile__free(sum);

	/* One without a limit takes what it likes, whichever of them it is. */
	sum = merge(PROFILE_BY_NOTHING, mixed, 3);
	assert_true(sum->budget.percent == 0);
	profile__free(sum);
}

static void nothing_is_an_empty_profile(void **state)
{
	struct profile *sum = merge(PROFILE_BY_NOTHING, NULL, 0);

	(void)state;
	assert_int_equal(sum->n_functions, 0);
	assert_null(sum->command);
	profile__free(sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_add_up),
		cmocka_unit_test(however_it_is_split),
		cmocka_unit_test(which_functions_are_the_same),
		cmocka_unit_test(many_functions),
		cmocka_unit_test(what_is_of_the_whole),
		cmocka_unit_test(other_clocks_are_refused),
		cmocka_unit_test(owners_are_added_up_unless_apart),
		cmocka_unit_test(each_is_named),
		cmocka_unit_test(stacks_add_up_unless_apart),
		cmocka_unit_test(a_profile_without_stacks_is_noted),
		cmocka_unit_test(uncounted_in_some),
		cmocka_unit_test(estimates_and_budgets_add_up),
		cmocka_unit_test(nothing_is_an_empty_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
