// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is there already is found by the hash of all that makes it the same.
 *
 * In samples that go through several activations of a function, or several nodes of any group, each node but the
 * outermost of its group has a nearest one further out, its *outer* node. One walk of the tree from the outermost nodes
 * inwards finds them all, with the innermost node of each group on the way kept at hand. Then a sum in which each
 * sample counts once is a sum over the nodes that have no outer node.
 */
#include "profile/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/hash.h"
#include "base/key_map.h"

struct stacks_index {
	struct key_map functions, files, owners, nodes; /* from hashes to indexes */
	size_t functions_capacity, files_capacity, owners_capacity, nodes_capacity;
};

struct stacks *stacks__new(void)
{
	struct stacks *stacks = calloc(1, sizeof(*stacks));

	if (!stacks)
		return NULL;
	stacks->index = calloc(1, sizeof(*stacks->index));
	if (stacks->index)
		return stacks;
	free(stacks);
	return NULL;
}

static void release_function(const struct stack_function *function)
{
	free(function->name);
	free(function->linkage_name);
	free(function->file);
	free(function->object);
	free(function->build_id);
}

void stacks__free(struct stacks *stacks)
{
	if (!stacks)
		return;
	for (size_t i = 0; i < stacks->n_functions; i++)
		release_function(&stacks->functions[i]);
	free(stacks->functions);
	for (size_t i = 0; i < stacks->n_files; i++)
		free(stacks->files[i]);
	free(stacks->files);
	free(stacks->owners);
	free(stacks->nodes);
	key_map__clear(&stacks->index->functions);
	key_map__clear(&stacks->index->files);
	key_map__clear(&stacks->index->owners);
	key_map__clear(&stacks->index->nodes);
	free(stacks->index);
	free(stacks);
}

/* Indexes must fit into 32 bits, below STACKS_NONE. */
static int make_room(void *items, size_t *capacity, size_t n, size_t size)
{
	return n >= STACKS_NONE - 1 ? -ENOMEM : grow__one(items, capacity, n, size);
}

static uint64_t hash_function(const struct stack_function *function)
{
	uint64_t hash = hash__number(HASH_START, function->line);

	hash = hash__text(hash, function->name);
	hash = hash__text(hash, function->linkage_name);
	hash = hash__text(hash, function->file);
	hash = hash__text(hash, function->object);
	return hash__text(hash, function->build_id);
}

static bool same_function(const void *stacks, size_t index, const void *item)
{
	const struct stack_function *a = &((const struct stacks *)stacks)->functions[index], *b = item;

	return a->line == b->line && !strcmp(a->name, b->name) && !strcmp(a->linkage_name, b->linkage_name) &&
	       !strcmp(a->file, b->file) && !strcmp(a->object, b->object) && !strcmp(a->build_id, b->build_id);
}

static int copy_function(struct stack_function *copy, const struct stack_function *function)
{
	*copy = (struct stack_function){
		.name = strdup(function->name),
		.linkage_name = strdup(function->linkage_name),
		.file = strdup(function->file),
		.line = function->line,
		.object = strdup(function->object),
		.build_id = strdup(function->build_id),
	};
	if (copy->name && copy->linkage_name && copy->file && copy->object && copy->build_id)
		return 0;
	release_function(copy);
	return -ENOMEM;
}

int64_t stacks__function(struct stacks *stacks, const struct stack_function *function)
{
	struct stacks_index *index = stacks->index;
	struct stack_function copy;
	uint64_t key;

	if (key_map__find(&index->functions, hash_function(function), same_function, stacks, function, &key))
		return (int64_t)key;
	if (make_room(&stacks->functions, &index->functions_capacity, stacks->n_functions, sizeof(copy)) ||
	    copy_function(&copy, function))
		return -ENOMEM;
	if (key_map__set(&index->functions, key, stacks->n_functions)) {
		release_function(&copy);
		return -ENOMEM;
	}
	stacks->functions[stacks->n_functions] = copy;
	return (int64_t)stacks->n_functions++;
}

static bool same_file(const void *stacks, size_t index, const void *item)
{
	return !strcmp(((const struct stacks *)stacks)->files[index], item);
}

int64_t stacks__file(struct stacks *stacks, const char *name)
{
	struct stacks_index *index = stacks->index;
	uint64_t key;
	char *copy;

	if (key_map__find(&index->files, hash__text(HASH_START, name), same_file, stacks, name, &key))
		return (int64_t)key + 1;
	if (make_room(&stacks->files, &index->files_capacity, stacks->n_files, sizeof(copy)))
		return -ENOMEM;
	copy = strdup(name);
	if (!copy || key_map__set(&index->files, key, stacks->n_files)) {
		free(copy);
		return -ENOMEM;
	}
	stacks->files[stacks->n_files++] = copy;
	return (int64_t)stacks->n_files;
}

static bool same_owner(const void *stacks, size_t index, const void *item)
{
	const struct profile_owner *a = &((const struct stacks *)stacks)->owners[index], *b = item;

	return a->pid == b->pid && a->tid == b->tid && a->has_rank == b->has_rank &&
	       (!a->has_rank || a->rank == b->rank);
}

int64_t stacks__owner(struct stacks *stacks, const struct profile_owner *owner)
{
	struct stacks_index *index = stacks->index;
	uint64_t key, hash = hash__number(hash__number(HASH_START, (uint64_t)owner->pid), (uint64_t)owner->tid);

	if (key_map__find(&index->owners, hash, same_owner, stacks, owner, &key))
		return (int64_t)key;
	if (make_room(&stacks->owners, &index->owners_capacity, stacks->n_owners, sizeof(*owner)) ||
	    key_map__set(&index->owners, key, stacks->n_owners))
		return -ENOMEM;
	stacks->owners[stacks->n_owners] = *owner;
	return (int64_t)stacks->n_owners++;
}

void stacks__close_owners(struct stacks *stacks)
{
	key_map__clear(&stacks->index->owners);
}

static bool same_node(const void *stacks, size_t index, const void *item)
{
	const struct stack_node *a = &((const struct stacks *)stacks)->nodes[index], *b = item;

	return a->parent == b->parent && a->function == b->function && a->line == b->line && a->file == b->file &&
	       a->owner == b->owner;
}

static uint64_t hash_node(const struct stack_node *node)
{
	uint64_t hash = hash__number(HASH_START, (uint64_t)node->parent << 32 | node->function);

	return hash__number(hash__number(hash, (uint64_t)node->file << 32 | node->line), node->owner);
}

static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

static void take_off(uint64_t *sum, uint64_t part)
{
	*sum -= *sum < part ? *sum : part;
}

int64_t stacks__add(struct stacks *stacks, const struct stack_node *node)
{
	struct stacks_index *index = stacks->index;
	uint64_t key;

	if (key_map__find(&index->nodes, hash_node(node), same_node, stacks, node, &key)) {
		struct stack_node *found = &stacks->nodes[key];

		add(&found->samples, node->samples);
		add(&found->cpu_ns, node->cpu_ns);
		add(&found->blocked_ns, node->blocked_ns);
		return (int64_t)key;
	}
	if (make_room(&stacks->nodes, &index->nodes_capacity, stacks->n_nodes, sizeof(*node)) ||
	    key_map__set(&index->nodes, key, stacks->n_nodes))
		return -ENOMEM;
	stacks->nodes[stacks->n_nodes] = *node;
	return (int64_t)stacks->n_nodes++;
}

/* The numbers that things of another struct stacks have in this one, by number there. */
struct numbers {
	uint32_t *functions, *files, *nodes;
	const uint32_t *owners;
	uint32_t owner; /* of all, if OWNERS is NULL */
};

static int allocate_numbers(struct numbers *numbers, const struct stacks *other)
{
	numbers->functions = calloc(other->n_functions + 1, sizeof(*numbers->functions));
	numbers->files = calloc(other->n_files + 1, sizeof(*numbers->files));
	numbers->nodes = calloc(other->n_nodes + 1, sizeof(*numbers->nodes));
	return numbers->functions && numbers->files && numbers->nodes ? 0 : -ENOMEM;
}

/* Sets *number to what one of the functions above returned, unless that is an error, which is returned. */
static int take_number(int64_t result, uint32_t *number)
{
	if (result < 0)
		return (int)result;
	*number = (uint32_t)result;
	return 0;
}

/* Finds or adds the nodes of OTHER, and adds their figures unless STRUCTURE is all that is asked for. */
static int merge_nodes(struct stacks *stacks, const struct stacks *other, const struct numbers *numbers, bool structure)
{
	int err = 0;

	for (size_t i = 0; !err && i < other->n_nodes; i++) {
		struct stack_node node = other->nodes[i];

		if (node.parent != STACKS_NONE)
			node.parent = numbers->nodes[node.parent];
		node.function = numbers->functions[node.function];
		node.file = numbers->files[node.file];
		node.owner = numbers->owners ? numbers->owners[node.owner] : numbers->owner;
		if (structure)
			node.samples = node.cpu_ns = node.blocked_ns = 0;
		err = take_number(stacks__add(stacks, &node), &numbers->nodes[i]);
	}
	return err;
}

static int merge_tree(struct stacks *stacks, const struct stacks *other, struct numbers *numbers, bool structure)
{
	static const struct profile_owner all;
	int err = 0;

	for (size_t i = 0; !err && i < other->n_functions; i++)
		err = take_number(stacks__function(stacks, &other->functions[i]), &numbers->functions[i]);
	for (size_t i = 0; !err && i < other->n_files; i++)
		err = take_number(stacks__file(stacks, other->files[i]), &numbers->files[i + 1]);
	if (!err && !numbers->owners)
		err = take_number(stacks__owner(stacks, &all), &numbers->owner);
	return err ? err : merge_nodes(stacks, other, numbers, structure);
}

static void raise_to(uint64_t *most, uint64_t value)
{
	if (*most < value)
		*most = value;
}

static void free_numbers(const struct numbers *numbers)
{
	free(numbers->functions);
	free(numbers->files);
	free(numbers->nodes);
}

int stacks__merge(struct stacks *stacks, const struct stacks *other, const uint32_t *owners)
{
	struct numbers numbers = {.owners = owners};
	int err = allocate_numbers(&numbers, other);

	if (!err)
		err = merge_tree(stacks, other, &numbers, false);
	free_numbers(&numbers);
	if (err)
		return err;
	raise_to(&stacks->period_ns, other->period_ns);
	raise_to(&stacks->unprobed_ns, other->unprobed_ns);
	add(&stacks->cut_samples, other->cut_samples);
	add(&stacks->lost_samples, other->lost_samples);
	add(&stacks->probed_samples, other->probed_samples);
	return 0;
}

int stacks__subtract(struct stacks *stacks, const struct stacks *other, const uint32_t *owners)
{
	struct numbers numbers = {.owners = owners};
	int err = allocate_numbers(&numbers, other);

	if (!err)
		err = merge_tree(stacks, other, &numbers, true);
	for (size_t i = 0; !err && i < other->n_nodes; i++) {
		struct stack_node *node = &stacks->nodes[numbers.nodes[i]];

		take_off(&node->samples, other->nodes[i].samples);
		take_off(&node->cpu_ns, other->nodes[i].cpu_ns);
		take_off(&node->blocked_ns, other->nodes[i].blocked_ns);
	}
	free_numbers(&numbers);
	if (err)
		return err;
	take_off(&stacks->cut_samples, other->cut_samples);
	take_off(&stacks->lost_samples, other->lost_samples);
	take_off(&stacks->probed_samples, other->probed_samples);
	return 0;
}

int stacks__owners(struct stacks *stacks, const struct stacks *other, uint32_t **out)
{
	uint32_t *owners = calloc(other->n_owners + 1, sizeof(*owners));
	int err = owners ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < other->n_owners; i++)
		err = take_number(stacks__owner(stacks, &other->owners[i]), &owners[i]);
	if (err)
		free(owners);
	else
		*out = owners;
	return err;
}

bool stacks__any(const struct stacks *stacks)
{
	for (size_t i = 0; stacks && i < stacks->n_nodes; i++)
		if (stacks->nodes[i].samples)
			return true;
	return false;
}

const char *stacks__file_name(const struct stacks *stacks, const struct stack_node *node)
{
	return node->file ? stacks->files[node->file - 1] : stacks->functions[node->function].file;
}

uint64_t stack_node__time(const struct stack_node *node, bool cpu)
{
	uint64_t time_ns = node->cpu_ns;

	if (!cpu)
		add(&time_ns, node->blocked_ns);
	return time_ns;
}

static void add_own(struct stack_times *times, const struct stack_node *node)
{
	add(&times->own_samples, node->samples);
	add(&times->own_cpu_ns, node->cpu_ns);
	add(&times->own_blocked_ns, node->blocked_ns);
}

static void add_through(struct stack_times *times, const struct stack_times *node)
{
	add(&times->samples, node->samples);
	add(&times->cpu_ns, node->cpu_ns);
	add(&times->blocked_ns, node->blocked_ns);
}

void stacks__node_times(const struct stacks *stacks, struct stack_times *times)
{
	for (size_t i = 0; i < stacks->n_nodes; i++)
		times[i] = (struct stack_times){0};
	for (size_t i = stacks->n_nodes; i-- > 0;) {
		const struct stack_node *node = &stacks->nodes[i];

		add_own(&times[i], node);
		add_through(&times[i], &(struct stack_times){.samples = node->samples,
							     .cpu_ns = node->cpu_ns,
							     .blocked_ns = node->blocked_ns});
		if (node->parent != STACKS_NONE)
			add_through(&times[node->parent], &times[i]);
	}
}

/* A walk of the tree, each caller before its callees. */
struct walk {
	const struct stacks *stacks;
	const uint32_t *groups;
	uint32_t *child, *sibling; /* by node: its first callee, and its caller's next one; STACKS_NONE: no more */
	uint32_t first;		   /* of the outermost nodes */
	uint32_t *innermost;	   /* by group: the innermost of its nodes that the walk is in, or STACKS_NONE */
};

static void link_nodes(struct walk *walk)
{
	walk->first = STACKS_NONE;
	memset(walk->child, 0xff, walk->stacks->n_nodes * sizeof(*walk->child));
	for (size_t i = walk->stacks->n_nodes; i-- > 0;) {
		uint32_t parent = walk->stacks->nodes[i].parent;
		uint32_t *first = parent == STACKS_NONE ? &walk->first : &walk->child[parent];

		walk->sibling[i] = *first;
		*first = (uint32_t)i;
	}
}

static void walk_all(struct walk *walk, uint32_t *outer)
{
	uint32_t node = walk->first;

	while (node != STACKS_NONE) {
		uint32_t *innermost = &walk->innermost[walk->groups[node]], parent;

		outer[node] = *innermost;
		*innermost = node;
		if (walk->child[node] != STACKS_NONE) {
			node = walk->child[node];
			continue;
		}
		for (;;) {
			walk->innermost[walk->groups[node]] = outer[node];
			parent = walk->stacks->nodes[node].parent;
			if (walk->sibling[node] != STACKS_NONE || parent == STACKS_NONE)
				break;
			node = parent;
		}
		node = walk->sibling[node];
	}
}

int stacks__find_outer(const struct stacks *stacks, const uint32_t *groups, size_t n_groups, uint32_t *outer)
{
	size_t n = stacks->n_nodes;
	struct walk walk = {.stacks = stacks, .groups = groups};

	walk.child = calloc(2 * n + n_groups + 1, sizeof(*walk.child));
	if (!walk.child)
		return -ENOMEM;
	walk.sibling = walk.child + n;
	walk.innermost = walk.sibling + n;
	memset(walk.innermost, 0xff, n_groups * sizeof(*walk.innermost));
	link_nodes(&walk);
	walk_all(&walk, outer);
	free(walk.child);
	return 0;
}

/* As stacks__function_times() for groups of nodes: groups[n] is the group of node n. */
static int group_times(const struct stacks *stacks, const uint32_t *groups, size_t n_groups, struct stack_times *times)
{
	struct stack_times *nodes = calloc(stacks->n_nodes + 1, sizeof(*nodes));
	uint32_t *outer = calloc(stacks->n_nodes + 1, sizeof(*outer));
	int err = nodes && outer ? 0 : -ENOMEM;

	if (!err)
		err = stacks__find_outer(stacks, groups, n_groups, outer);
	if (!err) {
		stacks__node_times(stacks, nodes);
		for (size_t g = 0; g < n_groups; g++)
			times[g] = (struct stack_times){0};
		for (size_t i = 0; i < stacks->n_nodes; i++) {
			add_own(&times[groups[i]], &stacks->nodes[i]);
			if (outer[i] == STACKS_NONE)
				add_through(&times[groups[i]], &nodes[i]);
		}
	}
	free(nodes);
	free(outer);
	return err;
}

int stacks__function_times(const struct stacks *stacks, struct stack_times *times)
{
	uint32_t *groups = calloc(stacks->n_nodes + 1, sizeof(*groups));
	int err;

	if (!groups)
		return -ENOMEM;
	for (size_t i = 0; i < stacks->n_nodes; i++)
		groups[i] = stacks->nodes[i].function;
	err = group_times(stacks, groups, stacks->n_functions, times);
	free(groups);
	return err;
}

struct stack_times stacks__total(const struct stacks *stacks)
{
	struct stack_times total = {0};

	for (size_t i = 0; i < stacks->n_nodes; i++)
		add_own(&total, &stacks->nodes[i]);
	total.samples = total.own_samples;
	total.cpu_ns = total.own_cpu_ns;
	total.blocked_ns = total.own_blocked_ns;
	return total;
}
