// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "profile/ranking.h"
#include "unit/reported.h"
#include "unit/sampled.h"
#include "unit/test.h"

static void check_share(double share, double expected)
{
	assert_true(share > expected - 1e-9 && share < expected + 1e-9);
}

/* main calls work, which calls itself, a function of the library libz.so, and sleeps. */
static struct profile *profile_of_work(void)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	uint32_t main_ = sampled__call(stacks, STACKS_NONE, "main", 3, 0, 0);
	uint32_t work = sampled__call(stacks, main_, "work", 10, 60, 0);
	uint32_t again = sampled__call(stacks, work, "work", 11, 15, 0);

	sampled__call(stacks, again, "crc32@libz.so", 0, 25, 0);
	sampled__call(stacks, again, "sleep@libc.so", 0, 0, 2000);
	return profile;
}

static void the_hottest_is_first(void **state)
{
	struct profile *profile = profile_of_work();
	struct ranking ranking;
	static const char *const names[] = {"work", "crc32", "main", "sleep"};
	static const double own[] = {0.75, 0.25, 0, 0}, total[] = {1, 0.25, 1, 0};

	(void)state;
	assert_int_equal(ranking__make(profile, &ranking), 0);
	assert_int_equal(ranking.n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(ranking.functions[i].function->name, names[i]);
		check_share(ranking.functions[i].own_share, own[i]);
		check_share(ranking.functions[i].share, total[i]);
	}
	assert_int_equal(ranking.functions[0].times.own_cpu_ns, 75 * SAMPLED_PERIOD_NS);
	assert_int_equal(ranking.functions[0].times.cpu_ns, 100 * SAMPLED_PERIOD_NS);
	assert_int_equal(ranking.functions[2].times.blocked_ns, 2000);
	assert_int_equal(ranking.functions[3].times.own_blocked_ns, 2000);
	assert_int_equal(ranking.total.cpu_ns, 100 * SAMPLED_PERIOD_NS);
	assert_false(ranked__lacks_debug_information(&ranking.functions[0]));
	assert_true(ranked__lacks_debug_information(&ranking.functions[1]));
	assert_string_equal(ranking.functions[1].function->build_id, "libz.so's ID");
	assert_null(ranking.functions[0].profiled);
	assert_false(ranking.functions[0].counted);
	ranking__release(&ranking);
	profile__free(profile);
}

/*
 * Of 100 samples 75 are 75 +- 2 sqrt(100 * 0.75 * 0.25) = 75 +- 8.66; none and all are as uncertain as one is. The
 * sample of a thread that slept is none of them.
 */
static void shares_are_as_certain_as_samples_are_many(void **state)
{
	struct profile *profile = profile_of_work();
	struct ranking ranking;

	(void)state;
	assert_int_equal(ranking__make(profile, &ranking), 0);
	assert_int_equal(ranking.total.own_samples, 101);
	assert_int_equal(ranking.cpu_samples, 100);
	assert_in_range(ranking.functions[0].own_uncertainty * 1e6, 86602, 86603);
	assert_in_range(ranking.functions[0].uncertainty * 1e6, 19899, 19900);
	assert_in_range(ranking.functions[2].own_uncertainty * 1e6, 19899, 19900);
	ranking__release(&ranking);
	profile__free(profile);
}

static void nothing_is_certain_from_one_sample(void **state)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	struct ranking ranking;

	(void)state;
	assert_int_equal(ranking__make(profile, &ranking), 0);
	assert_int_equal(ranking.n, 0);
	ranking__release(&ranking);
	sampled__call(stacks, STACKS_NONE, "sleep@libc.so", 0, 0, 7);
	assert_int_equal(ranking__make(profile, &ranking), 0);
	assert_int_equal(ranking.cpu_samples, 0);
	check_share(ranking.functions[0].own_share, 0);
	check_share(ranking.functions[0].own_uncertainty, 1);
	ranking__release(&ranking);
	sampled__call(stacks, STACKS_NONE, "f", 1, 1, 0);
	assert_int_equal(ranking__make(profile, &ranking), 0);
	check_share(ranking.functions[0].own_share, 1);
	check_share(ranking.functions[0].own_uncertainty, 1);
	ranking__release(&ranking);
	profile__free(profile);
}

static void equal_own_times_are_ranked_by_total(void **state)
{
	static const char *const names[] = {"outer", "inner", "a", "b", "waits", "idle"};
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	struct ranking ranking;
	uint32_t outer;

	(void)state;
	sampled__call(stacks, STACKS_NONE, "b", 1, 3, 0);
	sampled__call(stacks, STACKS_NONE, "a", 1, 3, 0);
	sampled__call(stacks, STACKS_NONE, "idle", 1, 0, 0);
	sampled__call(stacks, STACKS_NONE, "waits", 1, 0, 5);
	outer = sampled__call(stacks, STACKS_NONE, "outer", 1, 4, 0);
	sampled__call(stacks, outer, "inner", 1, 4, 0);
	assert_int_equal(ranking__make(profile, &ranking), 0);
	for (size_t i = 0; i < ranking.n; i++)
		assert_string_equal(ranking.functions[i].function->name, names[i]);
	ranking__release(&ranking);
	profile__free(profile);
}

/* Adds a profiled function "work" that differs in one respect, or none, from the sampled one. */
static struct profile_function *add_work(struct profile *profile, const char *linkage_name, const char *file,
					 uint32_t line, const char *object, const char *build_id)
{
	struct profile_function *function = profile__add_function(profile, "work", linkage_name, file, line);

	assert_non_null(function);
	assert_int_equal(profile_function__set_place(function, object, build_id, NULL), 0);
	return function;
}

static void profiled_functions_are_found(void **state)
{
	struct profile *profile = profile_of_work();
	struct ranking ranking;
	const char *id = SAMPLED_OBJECT "'s ID";

	(void)state;
	add_work(profile, "", SAMPLED_FILE, 2, SAMPLED_OBJECT, id);
	add_work(profile, "_Z4workv", SAMPLED_FILE, 1, SAMPLED_OBJECT, id);
	add_work(profile, "", "/a/other.c", 1, SAMPLED_OBJECT, id);
	add_work(profile, "", SAMPLED_FILE, 1, SAMPLED_OBJECT, "another ID");
	add_work(profile, "", SAMPLED_FILE, 1, SAMPLED_OBJECT, "");
	assert_int_equal(ranking__make(profile, &ranking), 0);
	assert_null(ranking.functions[0].profiled);
	assert_false(ranking.functions[0].counted);
	ranking__release(&ranking);

	/* A program may be seen at different paths, of which one is deleted. */
	add_work(profile, "", SAMPLED_FILE, 1, "/elsewhere", id)->uncounted = true;
	assert_int_equal(ranking__make(profile, &ranking), 0);
	assert_ptr_equal(ranking.functions[0].profiled, &profile->functions[5]);
	assert_false(ranking.functions[0].counted);
	ranking__release(&ranking);

	/* The calls of all owners are added, and those not counted are none. */
	add_work(profile, "", SAMPLED_FILE, 1, SAMPLED_OBJECT, id)->calls = 7;
	add_work(profile, "", SAMPLED_FILE, 1, SAMPLED_OBJECT, id)->calls = 5;
	assert_int_equal(ranking__make(profile, &ranking), 0);
	assert_ptr_equal(ranking.functions[0].profiled, &profile->functions[5]);
	assert_true(ranking.functions[0].counted);
	assert_int_equal(ranking.functions[0].calls, 12);
	assert_null(ranking.functions[1].profiled);
	ranking__release(&ranking);
	profile->functions[6].calls = UINT64_MAX;
	assert_int_equal(ranking__make(profile, &ranking), 0);
	assert_true(ranking.functions[0].calls == UINT64_MAX);
	ranking__release(&ranking);
	profile__free(profile);
}

static void without_stacks_it_is_empty(void **state)
{
	struct profile *profile = reported__profile();
	struct ranking ranking;

	(void)state;
	assert_int_equal(ranking__make(profile, &ranking), 0);
	assert_int_equal(ranking.n, 0);
	ranking__release(&ranking);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hottest_is_first),
		cmocka_unit_test(shares_are_as_certain_as_samples_are_many),
		cmocka_unit_test(nothing_is_certain_from_one_sample),
		cmocka_unit_test(equal_own_times_are_ranked_by_total),
		cmocka_unit_test(profiled_functions_are_found),
		cmocka_unit_test(without_stacks_it_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
