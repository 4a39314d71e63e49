// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/sampled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test.h"

struct stacks *sampled__begin(struct profile *profile)
{
	const struct profile_owner everybody = {.pid = 0};

	profile->stacks = stacks__new();
	assert_non_null(profile->stacks);
	profile->stacks->period_ns = SAMPLED_PERIOD_NS;
	assert_int_equal(stacks__owner(profile->stacks, &everybody), 0);
	return profile->stacks;
}

static uint32_t add_function(struct stacks *stacks, const char *text)
{
	char *name = strdup(text), *at = name ? strchr(name, '@') : NULL, *id = NULL;
	struct stack_function function = {.linkage_name = (char[]){""}};
	int64_t index;

	assert_non_null(name);
	if (at)
		*at++ = '\0';
	function.name = name;
	function.object = at ? at : (char[]){SAMPLED_OBJECT};
	function.file = at ? (char[]){""} : (char[]){SAMPLED_FILE};
	function.line = at ? 0 : 1;
	assert_true(asprintf(&id, "%s's ID", function.object) > 0);
	function.build_id = id;
	index = stacks__function(stacks, &function);
	assert_true(index >= 0);
	free(name);
	free(id);
	return (uint32_t)index;
}

uint32_t sampled__call(struct stacks *stacks, uint32_t caller, const char *function, uint32_t line, uint64_t samples,
		       uint64_t blocked_ns)
{
	const struct stack_node node = {
		.parent = caller,
		.function = add_function(stacks, function),
		.line = line,
		.samples = samples + (blocked_ns > 0),
		.cpu_ns = samples * SAMPLED_PERIOD_NS,
		.blocked_ns = blocked_ns,
	};
	int64_t index = stacks__add(stacks, &node);

	assert_true(index >= 0);
	return (uint32_t)index;
}
