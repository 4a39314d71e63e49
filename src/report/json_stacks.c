// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * There may be a hundred thousand nodes, so a node is an array of numbers, not an object.
 */
#include "report/json_stacks.h"

#include "report/json_build.h"

static json_t *json_function(const struct stack_function *function)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= json_build__set(object, "name", json_build__text(function->name));
	failed |= json_build__set(object, "linkage_name", json_build__text(function->linkage_name));
	failed |= json_build__set(object, "file", json_build__text(function->file));
	failed |= json_build__set(object, "line", json_build__u64(function->line));
	failed |= json_build__set(object, "object", json_build__text(function->object));
	failed |= json_build__set(object, "build_id", json_build__text(function->build_id));
	return json_build__unless(failed, object);
}

static json_t *json_functions(const struct stacks *stacks)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < stacks->n_functions; i++)
		failed |= json_build__append(array, json_function(&stacks->functions[i]));
	return json_build__unless(failed, array);
}

static json_t *json_files(const struct stacks *stacks)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < stacks->n_files; i++)
		failed |= json_build__append(array, json_build__text(stacks->files[i]));
	return json_build__unless(failed, array);
}

static json_t *json_owners(const struct stacks *stacks)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < stacks->n_owners; i++) {
		json_t *owner = json_object();

		failed |= json_build__set_owner(owner, &stacks->owners[i]);
		failed |= json_build__append(array, owner);
	}
	return json_build__unless(failed, array);
}

static json_t *json_node(const struct stack_node *node)
{
	const uint64_t numbers[] = {
		node->parent == STACKS_NONE ? 0 : node->parent + UINT64_C(1),
		node->function,
		node->line,
		node->file,
		node->owner,
		node->samples,
		node->cpu_ns,
		node->blocked_ns,
	};
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		failed |= json_build__append(array, json_build__u64(numbers[i]));
	return json_build__unless(failed, array);
}

static json_t *json_nodes(const struct stacks *stacks)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; !failed && i < stacks->n_nodes; i++)
		failed |= json_build__append(array, json_node(&stacks->nodes[i]));
	return json_build__unless(failed, array);
}

json_t *json_stacks(const struct stacks *stacks)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= json_build__set(object, "period_ns", json_build__u64(stacks->period_ns));
	failed |= json_build__set(object, "unprobed_ns", json_build__u64(stacks->unprobed_ns));
	failed |= json_build__set(object, "cut_samples", json_build__u64(stacks->cut_samples));
	failed |= json_build__set(object, "lost_samples", json_build__u64(stacks->lost_samples));
	failed |= json_build__set(object, "probed_samples", json_build__u64(stacks->probed_samples));
	failed |= json_build__set(object, "functions", json_functions(stacks));
	failed |= json_build__set(object, "files", json_files(stacks));
	failed |= json_build__set(object, "owners", json_owners(stacks));
	failed |= json_build__set(object, "nodes", json_nodes(stacks));
	return json_build__unless(failed, object);
}
