// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is read is checked as a whole at its end, since its keys may come in any order. Then it is added to an empty
 * struct stacks. That merges functions and stacks that are equal, as those can be that differed by bytes that JSON
 * cannot hold.
 */
#include "profile/stacks_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

#define NODE_MEMORY 128 /* bytes that a node takes, with those of its places in tables, while it is read */

static char *new_text(struct json_parser *parser, const struct json_text *text)
{
	char *copy = strndup(text->text, text->len);

	json_parser__keep(parser, text->len);
	json_parser__check(parser, copy ? 0 : -ENOMEM);
	return copy;
}

/* clang-format off */
#define FUNCTION(name) offsetof(struct stack_function, name)

static const struct json_key function_keys[] = {
	{JSON_KEY("name"), json_parser__string, FUNCTION(name), 0, true},
	{JSON_KEY("linkage_name"), json_parser__string, FUNCTION(linkage_name), 0, true},
	{JSON_KEY("file"), json_parser__string, FUNCTION(file), 0, true},
	JSON_NUMBER32(struct stack_function, line, true),
	{JSON_KEY("object"), json_parser__string, FUNCTION(object), 0, true},
	{JSON_KEY("build_id"), json_parser__string, FUNCTION(build_id), 0, true},
};
/* clang-format on */

static void read_functions(struct json_parser *parser, const struct json_key *key, void *object)
{
	struct stacks *stacks = object;

	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		struct stack_function *function;

		json_parser__keep(parser, sizeof(*function));
		if (grow__counted(&stacks->functions, stacks->n_functions, 1, sizeof(*function))) {
			json_parser__check(parser, -ENOMEM);
			return;
		}
		function = &stacks->functions[stacks->n_functions++];
		*function = (struct stack_function){0};
		json_parser__object(parser, function_keys, JSON_KEYS(function_keys), function);
	}
}

static void read_files(struct json_parser *parser, const struct json_key *key, void *object)
{
	struct stacks *stacks = object;

	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		const struct json_text text = json_reader__string(&parser->reader);

		if (grow__counted(&stacks->files, stacks->n_files, 1, sizeof(*stacks->files))) {
			json_parser__check(parser, -ENOMEM);
			return;
		}
		stacks->files[stacks->n_files] = new_text(parser, &text);
		stacks->n_files += stacks->files[stacks->n_files] != NULL;
	}
}

/* clang-format off */
struct owner {
	struct profile_owner owner;
};

static const struct json_key owner_keys[] = {
	JSON_OWNER(struct owner, owner),
};
/* clang-format on */

static void read_owners(struct json_parser *parser, const struct json_key *key, void *object)
{
	struct stacks *stacks = object;

	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		struct owner owner = {0};

		json_parser__object(parser, owner_keys, JSON_KEYS(owner_keys), &owner);
		json_parser__keep(parser, sizeof(owner));
		if (grow__counted(&stacks->owners, stacks->n_owners, 1, sizeof(*stacks->owners))) {
			json_parser__check(parser, -ENOMEM);
			return;
		}
		stacks->owners[stacks->n_owners++] = owner.owner;
	}
}

/* Reads the next of an array of numbers. */
static uint64_t read_number(struct json_parser *parser, uint64_t max)
{
	if (!json_reader__item(&parser->reader)) {
		json_parser__fail(parser, "a node of the stacks has too few numbers");
		return 0;
	}
	return json_reader__integer(&parser->reader, max);
}

static struct stack_node read_node(struct json_parser *parser)
{
	struct stack_node node;

	json_reader__enter(&parser->reader, '[');
	node.parent = (uint32_t)read_number(parser, UINT32_MAX) - 1; /* 0 becomes STACKS_NONE */
	node.function = (uint32_t)read_number(parser, UINT32_MAX);
	node.line = (uint32_t)read_number(parser, UINT32_MAX);
	node.file = (uint32_t)read_number(parser, UINT32_MAX);
	node.owner = (uint32_t)read_number(parser, UINT32_MAX);
	node.samples = read_number(parser, INT64_MAX);
	node.cpu_ns = read_number(parser, INT64_MAX);
	node.blocked_ns = read_number(parser, INT64_MAX);
	while (json_reader__item(&parser->reader)) /* later versions may add numbers */
		json_reader__skip(&parser->reader);
	return node;
}

static void read_nodes(struct json_parser *parser, const struct json_key *key, void *object)
{
	struct stacks *stacks = object;

	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		struct stack_node node = read_node(parser);

		json_parser__keep(parser, NODE_MEMORY);
		if (grow__counted(&stacks->nodes, stacks->n_nodes, 1, sizeof(node))) {
			json_parser__check(parser, -ENOMEM);
			return;
		}
		stacks->nodes[stacks->n_nodes++] = node;
	}
}

/* clang-format off */
static const struct json_key stacks_keys[] = {
	JSON_NUMBER(struct stacks, period_ns, true),
	JSON_NUMBER(struct stacks, unprobed_ns, true),
	JSON_NUMBER(struct stacks, cut_samples, true),
	JSON_NUMBER(struct stacks, lost_samples, true),
	JSON_NUMBER(struct stacks, probed_samples, true),
	{JSON_KEY("functions"), .read = read_functions, .required = true},
	{JSON_KEY("files"), .read = read_files, .required = true},
	{JSON_KEY("owners"), .read = read_owners, .required = true},
	{JSON_KEY("nodes"), .read = read_nodes, .required = true},
};
/* clang-format on */

/* What is wrong with the node of this index, given the depths of those before it; NULL: nothing. */
static const char *check_node(const struct stacks *stacks, size_t index, const uint32_t *depths)
{
	const struct stack_node *node = &stacks->nodes[index];

	if (node->function >= stacks->n_functions)
		return "a node of the stacks has a function that is not in the list";
	if (node->file > stacks->n_files)
		return "a node of the stacks has a file that is not in the list";
	if (node->owner >= stacks->n_owners)
		return "a node of the stacks has an owner that is not in the list";
	if (node->parent == STACKS_NONE)
		return NULL;
	if (node->parent >= index)
		return "a node of the stacks comes before its caller";
	if (stacks->nodes[node->parent].owner != node->owner)
		return "a node of the stacks has another owner than its caller";
	return depths[node->parent] + 1 >= STACKS_DEEPEST ? "a stack is too deep" : NULL;
}

static void check_nodes(struct json_parser *parser, const struct stacks *stacks)
{
	uint32_t *depths = calloc(stacks->n_nodes + 1, sizeof(*depths));
	const char *problem = NULL;

	json_parser__check(parser, depths ? 0 : -ENOMEM);
	for (size_t i = 0; depths && !problem && i < stacks->n_nodes; i++) {
		uint32_t parent = stacks->nodes[i].parent;

		problem = check_node(stacks, i, depths);
		if (!problem && parent != STACKS_NONE)
			depths[i] = depths[parent] + 1;
	}
	if (problem) {
		parser->key = "nodes";
		json_reader__fail(&parser->reader, problem);
	}
	free(depths);
}

/* Owners that have the same numbers are not the same: they are of different runs. */
static int merge(struct stacks *stacks, const struct stacks *read)
{
	uint32_t *owners = calloc(read->n_owners + 1, sizeof(*owners));
	int err = owners ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < read->n_owners; i++) {
		int64_t owner;

		stacks__close_owners(stacks);
		owner = stacks__owner(stacks, &read->owners[i]);
		if (owner < 0)
			err = (int)owner;
		else
			owners[i] = (uint32_t)owner;
	}
	if (!err)
		err = stacks__merge(stacks, read, owners);
	free(owners);
	return err;
}

/* The same with empty structs to read into and to return. */
static void read_into(struct json_parser *parser, struct stacks *read, struct stacks *out)
{
	json_parser__object(parser, stacks_keys, JSON_KEYS(stacks_keys), read);
	if (!parser->reader.problem)
		check_nodes(parser, read);
	if (!parser->reader.problem)
		json_parser__check(parser, merge(out, read));
}

void stacks_json__read(struct json_parser *parser, struct stacks **out)
{
	struct stacks *read = stacks__new(), *stacks = stacks__new();

	if (read && stacks)
		read_into(parser, read, stacks);
	else
		json_parser__check(parser, -ENOMEM);
	stacks__free(read);
	if (parser->reader.problem)
		stacks__free(stacks);
	else
		*out = stacks;
}
