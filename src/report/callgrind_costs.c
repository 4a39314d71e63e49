// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Some readers of this format take for the inclusive cost of a function the sum of its own costs and of those of the
 * calls in it; others, the sum of the calls of it. If samples go through several activations of a function, either sum
 * would count them several times, and could be more than all there is. So each sample is taken to have come into a
 * function by the call of its outermost activation, and what came between that and the innermost one is left out: of
 * main -> f -> g -> f -> h, the calls main -> f and f -> h have the sample's time, and the calls in between have none.
 * Then both sums are the same. They are right for all functions that call themselves directly, and too low for the
 * others (g) on the way from a function to itself.
 *
 * By node, those further inside first: the time that arrived at a node goes on to the outermost node of its function,
 * if that is another one; otherwise it is the time of the call of this node, and goes on to the caller's.
 *
 * A function is another one for each owner, since its name is written with the owner. Functions that have the same
 * name, file, object and owner are of one group, which readers take for one function.
 *
 * How often a function was called is counted for all its callers together. If it has several, its calls are shared out
 * in proportion to the time that passed in them.
 */
#include "report/callgrind_costs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/hash.h"
#include "base/key_map.h"
#include "profile/place_order.h"
#include "profile/rough_count.h"
#include "profile/stacks.h"

struct maker {
	struct callgrind_costs *costs;
	size_t functions_capacity, costs_capacity;
	struct key_map functions, groups; /* from hashes to indexes; of a group, that of its first function */
	bool cpu;			  /* only time on a processor counts */
};

/* A sum that stops at UINT64_MAX. */
static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

static uint64_t hash_group(const struct callgrind_function *function)
{
	uint64_t hash = hash__text(hash__text(HASH_START, function->name), function->file);

	hash = hash__number(hash__text(hash, function->object), (uint64_t)function->owner.pid);
	return hash__number(hash, (uint64_t)function->owner.tid);
}

static bool same_group(const void *functions, size_t index, const void *item)
{
	const struct callgrind_function *a = &((const struct callgrind_function *)functions)[index], *b = item;

	return a->owner.pid == b->owner.pid && a->owner.tid == b->owner.tid && !strcmp(a->name, b->name) &&
	       !strcmp(a->file, b->file) && !strcmp(a->object, b->object);
}

static bool same_function(const void *functions, size_t index, const void *item)
{
	const struct callgrind_function *a = &((const struct callgrind_function *)functions)[index], *b = item;

	return a->line == b->line && same_group(functions, index, item);
}

/* Sets *index to that of a function that is the same; with ALWAYS_NEW, one is added even if there is one. */
static int add_function(struct maker *maker, struct callgrind_function function, bool always_new, uint32_t *index)
{
	struct callgrind_costs *costs = maker->costs;
	uint64_t hash = hash_group(&function), key, found;
	bool known = key_map__find(&maker->functions, hash__number(hash, function.line), same_function,
				   costs->functions, &function, &key);

	if (known && !always_new) {
		*index = (uint32_t)key;
		return 0;
	}
	if (grow__one(&costs->functions, &maker->functions_capacity, costs->n_functions, sizeof(function)))
		return -ENOMEM;
	*index = (uint32_t)costs->n_functions;
	function.group = *index;
	if (key_map__find(&maker->groups, hash, same_group, costs->functions, &function, &found))
		function.group = costs->functions[found].group;
	else if (key_map__set(&maker->groups, found, *index))
		return -ENOMEM;
	if (!known && key_map__set(&maker->functions, key, *index))
		return -ENOMEM;
	costs->functions[costs->n_functions++] = function;
	return 0;
}

static int add_cost(struct maker *maker, struct callgrind_cost cost)
{
	struct callgrind_costs *costs = maker->costs;

	if (cost.file && !strcmp(cost.file, costs->functions[cost.function].file))
		cost.file = NULL;
	if (grow__one(&costs->costs, &maker->costs_capacity, costs->n_costs, sizeof(cost)))
		return -ENOMEM;
	costs->costs[costs->n_costs++] = cost;
	if (cost.callee == CALLGRIND_OWN) {
		add(&costs->hits, cost.hits);
		add(&costs->time_ns, cost.time_ns);
	}
	return 0;
}

static int add_profiled(struct maker *maker, const struct profile_function *function)
{
	const struct callgrind_function added = {.name = function->name,
						 .file = function->file,
						 .object = function->object,
						 .line = function->line,
						 .owner = function->owner,
						 .profiled = function};
	uint32_t index;
	int err = add_function(maker, added, true, &index);

	for (size_t i = 0; !err && i < function->n_lines; i++) {
		const struct profile_line *line = &function->lines[i];

		err = add_cost(maker, (struct callgrind_cost){
					      .function = index,
					      .line = line->line,
					      .file = line->file ? profile_function__file(function, line->file) : NULL,
					      .callee = CALLGRIND_OWN,
					      .hits = rough_count__rounded(line->hits, line->hits_uncertainty),
					      .time_ns = maker->costs->sampled ? 0 : line->time_ns,
				      });
	}
	return err;
}

static int add_all_profiled(struct maker *maker, const struct profile *profile)
{
	const struct profile_function **functions = place_order__functions(profile);
	int err = functions ? 0 : -ENOMEM;

	for (size_t f = 0; !err && f < profile->n_functions; f++)
		err = add_profiled(maker, functions[f]);
	free(functions);
	return err;
}

/* The sampled stacks while their costs are computed. All arrays are by node. */
struct tree {
	const struct stacks *stacks;
	uint32_t *functions, *groups, *outer;
	uint64_t *passed; /* the time of the call of the node */
};

static int allocate_tree(struct tree *tree, const struct stacks *stacks)
{
	const size_t n = stacks->n_nodes;

	tree->stacks = stacks;
	tree->passed = calloc(n + 1, sizeof(*tree->passed));
	tree->functions = calloc(3 * n + 1, sizeof(*tree->functions));
	if (!tree->passed || !tree->functions)
		return -ENOMEM;
	tree->groups = tree->functions + n;
	tree->outer = tree->groups + n;
	return 0;
}

static void free_tree(const struct tree *tree)
{
	free(tree->passed);
	free(tree->functions);
}

static int find_functions(struct maker *maker, const struct tree *tree)
{
	const struct stacks *stacks = tree->stacks;
	int err = 0;

	for (size_t i = 0; !err && i < stacks->n_nodes; i++) {
		const struct stack_function *function = &stacks->functions[stacks->nodes[i].function];
		const struct callgrind_function wanted = {.name = function->name,
							  .file = function->file,
							  .object = function->object,
							  .line = function->line,
							  .owner = stacks->owners[stacks->nodes[i].owner]};

		err = add_function(maker, wanted, false, &tree->functions[i]);
		if (!err)
			tree->groups[i] = maker->costs->functions[tree->functions[i]].group;
	}
	return err;
}

static void find_passed(const struct maker *maker, const struct tree *tree)
{
	const struct stack_node *nodes = tree->stacks->nodes;
	uint32_t *outermost = tree->outer;

	/* Nodes further out have lower numbers. */
	for (uint32_t i = 0; i < tree->stacks->n_nodes; i++)
		outermost[i] = outermost[i] == STACKS_NONE ? i : outermost[outermost[i]];
	for (uint32_t i = (uint32_t)tree->stacks->n_nodes; i-- > 0;) {
		uint32_t next = outermost[i] == i ? nodes[i].parent : outermost[i];

		add(&tree->passed[i], stack_node__time(&nodes[i], maker->cpu));
		if (next != STACKS_NONE)
			add(&tree->passed[next], tree->passed[i]);
		if (outermost[i] != i)
			tree->passed[i] = 0;
	}
}

/*
 * Where the line is not known, as in instructions of a Python function that have none, costs are those of the
 * function's first line. callgrind_annotate stumbles over files in which no line is known.
 */
static uint32_t line_of(const struct stacks *stacks, const struct stack_node *node)
{
	return node->line ? node->line : stacks->functions[node->function].line;
}

static int add_node(struct maker *maker, const struct tree *tree, size_t i)
{
	const struct stack_node *node = &tree->stacks->nodes[i], *parent;
	struct callgrind_cost cost = {
		.function = tree->functions[i],
		.line = line_of(tree->stacks, node),
		.file = node->file ? stacks__file_name(tree->stacks, node) : NULL,
		.callee = CALLGRIND_OWN,
		.time_ns = stack_node__time(node, maker->cpu),
	};
	int err = cost.time_ns ? add_cost(maker, cost) : 0;

	if (err || node->parent == STACKS_NONE)
		return err;
	parent = &tree->stacks->nodes[node->parent];
	return add_cost(maker, (struct callgrind_cost){
				       .function = tree->functions[node->parent],
				       .line = line_of(tree->stacks, parent),
				       .file = parent->file ? stacks__file_name(tree->stacks, parent) : NULL,
				       .callee = tree->functions[i],
				       .time_ns = tree->passed[i],
			       });
}

static int add_stacks(struct maker *maker, const struct stacks *stacks)
{
	struct tree tree = {0};
	int err = allocate_tree(&tree, stacks);

	if (!err)
		err = find_functions(maker, &tree);
	if (!err)
		err = stacks__find_outer(stacks, tree.groups, maker->costs->n_functions, tree.outer);
	if (!err)
		find_passed(maker, &tree);
	for (size_t i = 0; !err && i < stacks->n_nodes; i++)
		err = add_node(maker, &tree, i);
	free_tree(&tree);
	return err;
}

static int compare_costs(const void *x, const void *y)
{
	const struct callgrind_cost *a = x, *b = y;
	int order = (a->function > b->function) - (a->function < b->function);

	if (!order)
		order = (a->file != NULL) - (b->file != NULL);
	if (!order && a->file != b->file)
		order = strcmp(a->file, b->file);
	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	/* CALLGRIND_OWN becomes 0. */
	return order ? order : (a->callee + 1 > b->callee + 1) - (a->callee + 1 < b->callee + 1);
}

static void sort_and_join(struct callgrind_costs *costs)
{
	size_t n = 0;

	if (costs->n_costs)
		qsort(costs->costs, costs->n_costs, sizeof(*costs->costs), compare_costs);
	for (size_t i = 0; i < costs->n_costs; i++) {
		struct callgrind_cost *last = n ? &costs->costs[n - 1] : NULL;

		if (last && !compare_costs(last, &costs->costs[i])) {
			add(&last->hits, costs->costs[i].hits);
			add(&last->time_ns, costs->costs[i].time_ns);
		} else {
			costs->costs[n++] = costs->costs[i];
		}
	}
	costs->n_costs = n;
}

/* What is known of the calls of a group, and how much of it was shared out so far. */
struct shares {
	uint64_t calls, time_ns;
	uint64_t given, passed_ns;
};

/* What falls to a call in which TIME_NS passed: the calls of its group in sum, but where that is none, 1. */
static uint64_t share(struct shares *shares, uint64_t time_ns)
{
	uint64_t upto = shares->calls, given;

	add(&shares->passed_ns, time_ns);
	if (shares->time_ns && shares->passed_ns < shares->time_ns)
		upto = (uint64_t)((unsigned __int128)shares->calls * shares->passed_ns / shares->time_ns);
	given = upto - shares->given;
	shares->given = upto;
	return given ? given : 1;
}

static int count_calls(struct callgrind_costs *costs)
{
	struct shares *shares = calloc(costs->n_functions + 1, sizeof(*shares));

	if (!shares)
		return -ENOMEM;
	for (size_t f = 0; f < costs->n_functions; f++) {
		const struct callgrind_function *function = &costs->functions[f];

		if (function->profiled)
			add(&shares[function->group].calls,
			    rough_count__rounded(function->profiled->calls, function->profiled->calls_uncertainty));
	}
	for (size_t i = 0; i < costs->n_costs; i++)
		if (costs->costs[i].callee != CALLGRIND_OWN)
			add(&shares[costs->functions[costs->costs[i].callee].group].time_ns, costs->costs[i].time_ns);
	for (size_t i = 0; i < costs->n_costs; i++) {
		struct callgrind_cost *cost = &costs->costs[i];

		if (cost->callee != CALLGRIND_OWN)
			cost->calls = share(&shares[costs->functions[cost->callee].group], cost->time_ns);
	}
	free(shares);
	return 0;
}

int callgrind_costs__make(const struct profile *profile, struct callgrind_costs *costs)
{
	struct maker maker = {.costs = costs, .cpu = profile->clock == PROFILE_CLOCK_CPU};
	int err;

	*costs = (struct callgrind_costs){.sampled = stacks__any(profile->stacks)};
	err = add_all_profiled(&maker, profile);
	if (!err && costs->sampled)
		err = add_stacks(&maker, profile->stacks);
	key_map__clear(&maker.functions);
	key_map__clear(&maker.groups);
	if (err)
		return err;
	sort_and_join(costs);
	return count_calls(costs);
}

void callgrind_costs__release(struct callgrind_costs *costs)
{
	free(costs->functions);
	free(costs->costs);
}
