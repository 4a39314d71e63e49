// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profile/ranking_diff.h"
#include "unit/stacked.h"
#include "unit/test.h"

struct scene {
	struct profile *before, *after;
	struct ranking_diff diff;
};

static void open_scene(struct scene *scene)
{
	scene->before = profile__new();
	scene->after = profile__new();
	assert_true(scene->before && scene->after);
	scene->before->stacks = stacks__new();
	scene->after->stacks = stacks__new();
	assert_true(scene->before->stacks && scene->after->stacks);
}

static void compute(struct scene *scene)
{
	assert_int_equal(ranking_diff__make(scene->before, scene->after, &scene->diff), 0);
}

static void close_scene(struct scene *scene)
{
	ranking_diff__release(&scene->diff);
	profile__free(scene->before);
	profile__free(scene->after);
}

static const struct ranking_change *find(const struct scene *scene, const char *name)
{
	for (size_t i = 0; i < scene->diff.n; i++)
		if (!strcmp(scene->diff.changes[i].name, name))
			return &scene->diff.changes[i];
	fail_msg("%s was not found", name);
	return NULL;
}

static void check_number(double number, double expected)
{
	if (fabs(number - expected) > 1e-6)
		fail_msg("%g is not %g", number, expected);
}

/* The run after is twice as long, which is no change. */
static void shares_are_compared(void **state)
{
	struct scene scene;
	const struct ranking_change *f;

	(void)state;
	open_scene(&scene);
	stacked__sample(scene.before->stacks, "main:1;f:2", 100);
	stacked__sample(scene.before->stacks, "main:1;g:2", 200);
	stacked__sample(scene.before->stacks, "main:1;h:2", 100);
	stacked__sample(scene.after->stacks, "main:1;f:2", 400);
	stacked__sample(scene.after->stacks, "main:3;g:3", 200);
	stacked__sample(scene.after->stacks, "main:1;h:2", 190);
	stacked__sample(scene.after->stacks, "main:1;h:2;i:2", 10);
	compute(&scene);
	assert_int_equal(scene.diff.samples_before, 400);
	assert_int_equal(scene.diff.samples_after, 800);
	assert_int_equal(scene.diff.n, 5);
	assert_int_equal(scene.diff.n_beyond_chance, 3);
	assert_string_equal(scene.diff.changes[0].name, "f");
	assert_string_equal(scene.diff.changes[1].name, "g");
	assert_string_equal(scene.diff.changes[2].name, "i");
	f = find(&scene, "f");
	check_number(f->before.share, 0.25);
	check_number(f->after.share, 0.5);
	check_number(f->change, 0.25);
	check_number(f->before.uncertainty, 2 * sqrt(0.25 * 0.75 / 400));
	check_number(f->after.uncertainty, 2 * sqrt(0.5 * 0.5 / 800));
	check_number(f->uncertainty, 2 * sqrt(0.25 * 0.75 / 400 + 0.5 * 0.5 / 800));
	check_number(find(&scene, "h")->change, 190 / 800.0 - 0.25);
	assert_false(find(&scene, "h")->beyond_chance);
	check_number(find(&scene, "main")->change, 0);
	check_number(find(&scene, "i")->before.share, 0);
	check_number(find(&scene, "i")->change, 10 / 800.0);
	close_scene(&scene);
}

/* The same change is beyond chance with many samples, and is not with few. */
static void chance_shrinks_with_samples(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 1000; n *= 10) {
		struct scene scene;

		open_scene(&scene);
		stacked__sample(scene.before->stacks, "f:1", 5 * n);
		stacked__sample(scene.before->stacks, "g:1", 5 * n);
		stacked__sample(scene.after->stacks, "f:1", 6 * n);
		stacked__sample(scene.after->stacks, "g:1", 4 * n);
		compute(&scene);
		assert_int_equal(scene.diff.n_beyond_chance, n > 10 ? 2 : 0);
		close_scene(&scene);
	}
}

static void add(struct stacks *stacks, const char *name, const char *file, const char *object, uint64_t samples)
{
	struct stack_function function = {(char *)name, (char *)"", (char *)file, 1, (char *)object, (char *)""};
	int64_t index = stacks__function(stacks, &function);
	struct stack_node node = {.parent = STACKS_NONE, .samples = samples, .cpu_ns = samples};

	assert_true(index >= 0);
	node.function = (uint32_t)index;
	assert_int_equal(stacks__owner(stacks, &(struct profile_owner){0}), 0);
	assert_true(stacks__add(stacks, &node) >= 0);
}

static void which_functions_are_the_same(void **state)
{
	static const struct {
		const char *name[2], *file[2], *object[2];
		size_t n; /* how many functions they are */
	} cases[] = {
		{{"f", "f"}, {"/old/a.c", "/new/dir/a.c"}, {"/old/a", "/new/b"}, 1},
		{{"f", "f"}, {"/src/a.c", "/src/b.c"}, {"/bin/a", "/bin/a"}, 2},
		{{"f", "g"}, {"/src/a.c", "/src/a.c"}, {"/bin/a", "/bin/a"}, 2},
		{{"f", "f"}, {"", ""}, {"/bin/before", "/bin/after"}, 1},
		{{"f", "f"}, {"a", ""}, {"/bin/a", "/bin/a"}, 2},
		{{"[unknown]", "[unknown]"}, {"", ""}, {"/lib/libx.so.1.2", "/usr/lib/libx.so.1.10"}, 1},
		{{"[unknown]", "[unknown]"}, {"", ""}, {"/lib/libx.so", "/lib/libxy.so"}, 2},
		{{"[vdso]", "[vdso]"}, {"", ""}, {"", ""}, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct scene scene;

		open_scene(&scene);
		add(scene.before->stacks, cases[i].name[0], cases[i].file[0], cases[i].object[0], 100);
		add(scene.after->stacks, cases[i].name[1], cases[i].file[1], cases[i].object[1], 100);
		compute(&scene);
		if (scene.diff.n != cases[i].n)
			fail_msg("case %zu: %zu functions", i, scene.diff.n);
		assert_string_equal(scene.diff.changes[0].object, cases[i].object[scene.diff.changes[0].change >= 0]);
		close_scene(&scene);
	}
}

/* Functions of one profile that are the same are one, with the sum of their shares. */
static void several_of_one_name(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add(scene.before->stacks, "f", "/a/x.c", "/bin/a", 30);
	add(scene.before->stacks, "f", "/b/x.c", "/bin/a", 30);
	add(scene.before->stacks, "g", "/b/x.c", "/bin/a", 40);
	add(scene.after->stacks, "g", "/b/x.c", "/bin/a", 100);
	compute(&scene);
	assert_int_equal(scene.diff.n, 2);
	check_number(find(&scene, "f")->before.share, 0.6);
	check_number(find(&scene, "f")->after.share, 0);
	check_number(find(&scene, "g")->change, 0.6);
	close_scene(&scene);
}

static void nothing_without_samples_of_both(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	stacked__sample(scene.before->stacks, "f:1", 5);
	compute(&scene);
	assert_int_equal(scene.diff.n, 0);
	stacks__free(scene.after->stacks);
	scene.after->stacks = NULL;
	ranking_diff__release(&scene.diff);
	compute(&scene);
	assert_int_equal(scene.diff.n, 0);
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_compared),
		cmocka_unit_test(chance_shrinks_with_samples),
		cmocka_unit_test(which_functions_are_the_same),
		cmocka_unit_test(several_of_one_name),
		cmocka_unit_test(nothing_without_samples_of_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
