// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "shim/shim_selection.h"
#include "unit/test.h"

static const uint32_t lines[] = {0, 21, 22, 30};

static struct shim_identity identity_of(const char *qualname)
{
	const char *dot = strrchr(qualname, '.');

	return (struct shim_identity){
		.name = dot ? dot + 1 : qualname,
		.qualname = qualname,
		.file = "/usr/lib/model.py",
		.first_line = 20,
		.lines = lines,
		.n_lines = 4,
	};
}

/* Whether a selector of this KIND and these texts selects the function QUALNAME. */
static bool selects(struct lprof_shim_selector selector, const char *name, const char *file, const char *qualname)
{
	struct lprof_shim_run *run = calloc(1, sizeof(*run));
	const struct shim_identity identity = identity_of(qualname);
	struct shim_selection *selection;
	bool wanted;

	assert_non_null(run);
	selector.name = 1;
	strcpy(run->text + 1, name);
	selector.file = (uint32_t)strlen(name) + 2;
	strcpy(run->text + selector.file, file);
	run->selectors[0] = selector;
	run->n_selectors = 1;
	selection = shim_selection__new(run);
	assert_non_null(selection);
	wanted = shim_selection__wants(selection, &identity);
	assert_true(!wanted || shim_selection__may_want(selection, &identity));
	shim_selection__free(selection);
	free(run);
	return wanted;
}

static void by_name(void **state)
{
	const struct lprof_shim_selector name = {.kind = LPROF_SHIM_NAME};

	(void)state;
	assert_true(selects(name, "fit", "", "Model.fit"));
	assert_true(selects(name, "fit", "model.py", "fit"));
	assert_true(selects(name, "fit", "mod*.py", "fit"));
	assert_false(selects(name, "fit", "odel.py", "fit"));
	assert_false(selects(name, "fi", "", "Model.fit"));
	assert_false(selects(name, "Model", "", "Model.fit"));
}

static void by_pattern(void **state)
{
	const struct lprof_shim_selector glob = {.kind = LPROF_SHIM_GLOB}, regex = {.kind = LPROF_SHIM_REGEX};

	(void)state;
	assert_true(selects(glob, "f*", "", "Model.fit"));
	assert_true(selects(glob, "Model.*", "", "Model.fit"));
	assert_true(selects(glob, "*", "", "<module>"));
	assert_false(selects(glob, "g*", "", "Model.fit"));
	assert_true(selects(regex, "^fit$", "", "Model.fit"));
	assert_true(selects(regex, "del.f", "", "Model.fit"));
	assert_false(selects(regex, "^del", "", "Model.fit"));
	assert_true(selects(regex, "(", "", "Model.fit")); /* invalid: the profiler decides */
}

static void by_lines(void **state)
{
	(void)state;
	assert_true(selects((struct lprof_shim_selector){LPROF_SHIM_ALL, 0, 0, 22, 22}, "", "model.py", "fit"));
	assert_true(selects((struct lprof_shim_selector){LPROF_SHIM_ALL, 0, 0, 1, 20}, "", "", "fit"));
	assert_false(selects((struct lprof_shim_selector){LPROF_SHIM_ALL, 0, 0, 23, 29}, "", "", "fit"));
	assert_false(selects((struct lprof_shim_selector){LPROF_SHIM_ALL, 0, 0, 22, 22}, "", "other.py", "fit"));
	assert_false(selects((struct lprof_shim_selector){LPROF_SHIM_ALL, 0, 0, 1, 19}, "", "", "fit"));
}

/* What the page says may be anything. */
static void nonsense_selects_nothing_or_all(void **state)
{
	struct lprof_shim_run *run = calloc(1, sizeof(*run));
	const struct shim_identity identity = identity_of("fit");
	struct shim_selection *selection;

	(void)state;
	assert_non_null(run);
	memset(run->text, 'x', sizeof(run->text));
	run->n_selectors = UINT32_MAX;
	memset(run->selectors, 0xff, sizeof(run->selectors));
	selection = shim_selection__new(run);
	assert_non_null(selection);
	(void)shim_selection__wants(selection, &identity);
	shim_selection__free(selection);
	run->n_selectors = 0;
	selection = shim_selection__new(run);
	assert_false(shim_selection__wants(selection, &identity));
	shim_selection__free(selection);
	free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_name),
		cmocka_unit_test(by_pattern),
		cmocka_unit_test(by_lines),
		cmocka_unit_test(nonsense_selects_nothing_or_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
