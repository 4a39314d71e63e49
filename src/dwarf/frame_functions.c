// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The functions are made by the same modules as those that selectors select (function_reader), one at a time
 * and in the order in which addresses are asked for instead of that of the debug information. Where the result depends
 * on the order, the DIE that function_reader would meet first is looked up: it gives a constructor its linkage name,
 * and a function without a declaration its file and line.
 */
#include "dwarf/frame_functions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "dwarf/coroutine.h"
#include "dwarf/die_candidate.h"
#include "dwarf/entry_place.h"
#include "dwarf/function_instance.h"
#include "dwarf/symbol_candidate.h"

int frame_functions__begin(struct frame_functions *functions)
{
	functions->match = (struct function_match){.names_only = true};
	functions->scopes = die_scopes__new();
	return functions->scopes ? 0 : -ENOMEM;
}

void frame_functions__clear(struct frame_functions *functions)
{
	for (size_t i = 0; i < functions->n; i++)
		function_candidate__clear(&functions->items[i].candidate);
	free(functions->items);
	die_scopes__free(functions->scopes);
	debug_places__release(&functions->files.places);
	function_extents__release(&functions->files.extents);
	key_map__clear(&functions->by_root);
	key_map__clear(&functions->by_symbol);
	*functions = (struct frame_functions){.n = 0};
}

/* Takes CANDIDATE, also when it fails. */
static int add(struct frame_functions *functions, struct function_candidate *candidate, size_t *index)
{
	int err = grow__one(&functions->items, &functions->capacity, functions->n, sizeof(*functions->items));

	if (err) {
		function_candidate__clear(candidate);
		return err;
	}
	*index = functions->n++;
	functions->items[*index] = (struct frame_function){
		.candidate = *candidate,
		.line = candidate->function.line,
		.as = *index,
	};
	return 0;
}

/* A piece of a function's code. */
struct piece {
	struct unit_bodies *bodies;
	const Dwarf_Die *die;
	const struct code_piece *own, *body; /* BODY is NULL where the piece is an out-of-line body */
};

/* Adds the instance that PIECE is to the function with this INDEX. */
static int add_instance(struct frame_functions *functions, size_t index, const struct piece *piece)
{
	struct frame_function *item = &functions->items[index];
	Dwarf_Die die = *piece->die;
	const struct function_instance_place place = {
		.die = &die,
		.unit = &piece->bodies->unit,
		.own = piece->own,
		.body = piece->body,
		.symbols = functions->symbols,
		.files = &functions->files,
	};
	int err;

	/* The unit's extents are found once only. */
	functions->files.extents = piece->bodies->extents;
	err = function_instance__add(&item->candidate, &place);
	piece->bodies->extents = functions->files.extents;
	functions->files.extents = (struct function_extents){.n = 0};
	debug_function__line_entries(&item->candidate.function, item->line);
	return err;
}

/* Gives the function a file, which debug information does not tell, by its PIECE. */
static int place(struct function_candidate *candidate, const struct piece *piece)
{
	Dwarf_Die die = *piece->die;
	struct entry_place found;
	int err = entry_place__find(&die, piece->own->entry, code_piece__end(piece->own), &found);

	if (err)
		return err == -ENOENT ? 0 : err;
	free(candidate->function.file);
	candidate->function.file = found.file;
	candidate->unplaced = false;
	return 0;
}

/* The first place in BODIES where the function with origin ROOT was inlined, or else SEEN. */
static struct piece first_inlined(struct frame_functions *functions, struct unit_bodies *bodies, Dwarf_Die *root,
				  const struct piece *seen)
{
	size_t body;
	const struct body_node *node = unit_bodies__inlined(bodies, functions->obj, root, &body);

	return node ? (struct piece){bodies, &node->die, &node->code, &bodies->items[body].code} : *seen;
}

/* The piece by which the function with origin ROOT is placed: its first body in its units, or else code inlined. */
static int find_first(struct frame_functions *functions, Dwarf_Die *root, const struct piece *seen, struct piece *first)
{
	struct unit_bodies *bodies = seen->bodies;
	size_t item;
	int err = unit_bodies__of(bodies, root, true, &item);

	if (err == -ENOENT)
		err = unit_index__bodies_of(functions->units, root, &bodies);
	if (!err)
		err = unit_bodies__of(bodies, root, true, &item);
	if (!err)
		*first = (struct piece){bodies, &bodies->items[item].die, &bodies->items[item].code, NULL};
	else
		*first = first_inlined(functions, seen->bodies, root, seen);
	return err == -ENOMEM ? err : 0;
}

/* Finds the place of the function with this INDEX and origin ROOT where its declaration does not tell it. */
static int settle(struct frame_functions *functions, size_t index, Dwarf_Die *root, const struct piece *seen)
{
	struct frame_function *item = &functions->items[index];
	struct piece first;
	int err = find_first(functions, root, seen, &first);

	if (!err && item->candidate.unplaced)
		err = place(&item->candidate, &first);
	if (!err)
		err = add_instance(functions, index, &first);
	/* Without a body, all places in all units where the function is inlined would have to be compared. */
	if (!first.body)
		item->line = debug_function__first_line(&item->candidate.function);
	debug_function__line_entries(&item->candidate.function, item->line);
	return err;
}

/*
 * The item of BODIES that begins the coroutine with this FRAME, which goes on in a function of this NAME: by the
 * linkage name or, where that is lost, by NAME if only one function has it. NULL if none does.
 */
static struct unit_body *find_beginning(const struct frame_functions *functions, struct unit_bodies *bodies,
					const char *frame, const char *name)
{
	struct unit_body *found = NULL;
	Dwarf_Die known = {.addr = NULL};

	for (size_t i = 0; i < bodies->n; i++) {
		struct unit_body *item = &bodies->items[i];
		const char *linkage = die_name__linkage(&item->die), *bare = die_name__bare(&item->die);
		Dwarf_Die root;

		if (coroutine__is_begun_by(frame, linkage) ||
		    (item->code.n_ranges &&
		     coroutine__is_begun_by(frame, symbols__at(functions->symbols, item->code.entry))))
			return item;
		root = die_name__root(&item->die);
		if (linkage || !bare || !name || strcmp(bare, name) != 0 || coroutine__frame(&root))
			continue;
		if (found && root.addr != known.addr)
			return NULL;
		found = item;
		known = root;
	}
	return found;
}

/* Lets the function with this INDEX go by the name of the one that begins it as a coroutine, if it is one. */
static int join(struct frame_functions *functions, struct unit_bodies *bodies, Dwarf_Die *root, size_t index)
{
	const char *frame = functions->items[index].candidate.frame;
	struct unit_body *body = frame ? find_beginning(functions, bodies, frame, die_name__bare(root)) : NULL;
	struct body_node node = {.function = BODY_NODE_NONE};
	int err;

	if (!body)
		return 0;
	node.die = body->die;
	node.code = body->code;
	err = frame_functions__of_node(functions, bodies, body, &node);
	if (!err && node.function != BODY_NODE_NONE)
		functions->items[index].as = node.function;
	return err;
}

/* Makes the function of PIECE, whose origin is ROOT. */
static int make(struct frame_functions *functions, Dwarf_Die *root, const struct piece *piece, size_t *index)
{
	const struct die_candidate_input input = {functions->obj, functions->scopes, &functions->match};
	struct function_candidate candidate;
	Dwarf_Die die = *piece->die;
	size_t first;
	int err = 0;

	if (!die_name__linkage(root) && die_name__linkage(&die))
		err = unit_bodies__of(piece->bodies, root, false, &first);
	else
		err = -ENOENT;
	if (!err)
		die = piece->bodies->items[first].die;
	if (err == -ENOMEM)
		return err;
	err = die_candidate__make(&input, &die, root, 0, &candidate);
	if (!err)
		err = add(functions, &candidate, index);
	if (!err)
		err = key_map__set(&functions->by_root, (uint64_t)(uintptr_t)root->addr, *index);
	if (!err && !functions->items[*index].line)
		err = settle(functions, *index, root, piece);
	if (!err)
		err = join(functions, piece->bodies, root, *index);
	return err;
}

static struct piece piece_of(struct unit_bodies *bodies, struct unit_body *body, struct body_node *node)
{
	return (struct piece){bodies, &node->die, &node->code, node == body->tree.nodes ? NULL : &body->code};
}

int frame_functions__of_node(struct frame_functions *functions, struct unit_bodies *bodies, struct unit_body *body,
			     struct body_node *node)
{
	const struct piece piece = piece_of(bodies, body, node);
	Dwarf_Die root = die_name__root(&node->die);
	uint64_t key = (uint64_t)(uintptr_t)root.addr;
	size_t index;
	int err;

	if (node->function != BODY_NODE_NONE || key_map__get(&functions->by_root, key, &node->function))
		return 0;
	err = make(functions, &root, &piece, &index);
	if (err == -ENOENT)
		return key_map__set(&functions->by_root, key, BODY_NODE_NONE);
	if (!err)
		node->function = index;
	return err;
}

int frame_functions__read_lines(struct frame_functions *functions, struct unit_bodies *bodies, struct unit_body *body,
				struct body_node *node)
{
	const struct piece piece = piece_of(bodies, body, node);
	int err;

	if (node->instance != BODY_NODE_NONE)
		return 0;
	err = add_instance(functions, node->function, &piece);
	if (!err)
		node->instance = functions->items[node->function].candidate.function.n_instances - 1;
	return err;
}

/* Adds a function that only has a NAME. */
static int add_name(struct frame_functions *functions, const char *name, size_t *index)
{
	struct function_candidate candidate = {.selected = NULL};
	int err = symbol_candidate__names(name, &candidate.function);

	if (!err)
		candidate.function.file = strdup("");
	if (err || !candidate.function.file) {
		function_candidate__clear(&candidate);
		return -ENOMEM;
	}
	return add(functions, &candidate, index);
}

int frame_functions__of_symbol(struct frame_functions *functions, struct unit_bodies *bodies,
			       const struct symbol_function *found, size_t *index)
{
	struct function_candidate candidate;
	int err = -ENOENT;

	if (key_map__get(&functions->by_symbol, found->range.lo + 1, index))
		return 0;
	if (bodies)
		err = symbol_candidate__make(&functions->match, found, &bodies->skeleton, &candidate);
	if (err == -ENOENT)
		return frame_functions__of_name(functions, found->range.lo, found->symbol->name, index);
	if (!err) {
		const struct function_instance_place place = {
			.die = &bodies->skeleton,
			.unit = &bodies->unit,
			.symbols = functions->symbols,
			.files = &functions->files,
		};

		functions->files.extents = bodies->extents;
		err = symbol_candidate__add_code(found, &place, &candidate);
		bodies->extents = functions->files.extents;
		functions->files.extents = (struct function_extents){.n = 0};
		if (err)
			function_candidate__clear(&candidate);
		else
			err = add(functions, &candidate, index);
	}
	return err ? err : key_map__set(&functions->by_symbol, found->range.lo + 1, *index);
}

int frame_functions__of_name(struct frame_functions *functions, uint64_t vaddr, const char *name, size_t *index)
{
	int err;

	if (key_map__get(&functions->by_symbol, vaddr + 1, index))
		return 0;
	err = add_name(functions, name, index);
	return err ? err : key_map__set(&functions->by_symbol, vaddr + 1, *index);
}

struct debug_place frame_functions__place(const struct frame_functions *functions, size_t index, size_t instance,
					  uint64_t addr)
{
	const struct debug_function *function = &functions->items[index].candidate.function;
	const struct debug_instance *lines;
	size_t i;

	if (instance >= function->n_instances)
		return (struct debug_place){NULL, 0};
	lines = &function->instances[instance];
	i = SORTED_ABOVE(lines->lines, lines->n_lines, hi, addr);
	if (i == lines->n_lines || lines->lines[i].lo > addr)
		return (struct debug_place){NULL, 0};
	return debug_places__at(&functions->files.places, lines->lines[i].line);
}
