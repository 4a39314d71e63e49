// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/address_frames.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/debug_file.h"
#include "dwarf/frame_functions.h"
#include "dwarf/symbol_functions.h"
#include "dwarf/unit_index.h"
#include "dwarf/unnamed_code.h"
#include "elf/objfile.h"

struct address_frames {
	struct objfile *obj;
	struct target_files *files;
	struct debug_file *debug; /* NULL: there is none */
	struct unit_index *units; /* likewise */
	struct frame_functions functions;
	struct unnamed_code unnamed;
};

static bool say_nothing(void *context, const struct diag *diag)
{
	(void)context;
	(void)diag;
	return true;
}

static const struct diag_cause quiet_cause = {.explain = say_nothing};

/* Opens the debug information, if there is any. What is wrong with it does not matter here: symbols must do, then. */
static int open_debug(struct address_frames *object)
{
	const struct diag quiet = {.stream = stderr, .verbosity = -1, .cause = &quiet_cause};
	int err = debug_file__open(object->obj, object->files, DEBUGINFO_AT_HAND, &quiet, &object->debug);

	if (!err)
		err = unit_index__new(object->debug, object->obj, &object->units);
	return err == -ENOMEM ? err : 0;
}

static int find_symbols(struct address_frames *object)
{
	if (object->debug)
		return debug_file__symbols(object->debug, &object->functions.symbols);
	object->functions.symbols = objfile__symbols(object->obj);
	return object->functions.symbols ? 0 : -ENOMEM;
}

static int open_all(struct address_frames *object, const char *path, const char *name)
{
	int err = objfile__open(path, name, &object->obj);

	if (!err)
		err = open_debug(object);
	if (!err)
		err = find_symbols(object);
	object->functions.obj = object->obj;
	object->functions.units = object->units;
	return err ? err : frame_functions__begin(&object->functions);
}

int address_frames__open(const char *path, const char *name, struct target_files *files, struct address_frames **out)
{
	struct address_frames *object = calloc(1, sizeof(*object));
	int err;

	if (!object)
		return -ENOMEM;
	object->files = target_files__ref(files);
	err = open_all(object, path, name);
	if (err) {
		address_frames__close(object);
		return err;
	}
	*out = object;
	return 0;
}

void address_frames__close(struct address_frames *object)
{
	if (!object)
		return;
	frame_functions__clear(&object->functions);
	unnamed_code__clear(&object->unnamed);
	unit_index__free(object->units);
	debug_file__close(object->debug);
	objfile__close(object->obj);
	target_files__unref(object->files);
	free(object);
}

const char *address_frames__build_id(const struct address_frames *object)
{
	return objfile__build_id(object->obj);
}

/* The body that holds an address. */
struct held {
	struct unit_bodies *bodies;
	struct unit_body *body; /* NULL: none does */
};

static const struct debug_function *function_of(const struct frame_functions *functions, const struct held *held)
{
	size_t index = held->body->tree.nodes[0].function;

	return &functions->items[functions->items[index].as].candidate.function;
}

/* Takes BODY as the one that holds the address, if it has a name and is before the one in HELD. */
static int consider(struct frame_functions *functions, const struct held *held, struct held *best)
{
	struct unit_body *body = held->body;
	int err = unit_body__read(body, functions->obj);

	if (!err)
		err = frame_functions__of_node(functions, held->bodies, body, &body->tree.nodes[0]);
	if (err || body->tree.nodes[0].function == BODY_NODE_NONE)
		return err;
	if (!best->body || debug_function__compare(function_of(functions, held), function_of(functions, best)) < 0)
		*best = *held;
	return 0;
}

/*
 * Finds the body at ADDR. Of several functions that a linker made one, it is the one in whose table shared_bodies
 * leaves the code when all of them are profiled. *range becomes that of a unit, if there is one.
 */
static int find_body(struct address_frames *object, uint64_t addr, struct held *found, const struct unit_range **range)
{
	const struct unit_range *at = object->units ? unit_index__at(object->units, addr, NULL) : NULL;
	int err = 0;

	*found = (struct held){NULL, NULL};
	for (*range = at; at && !err; at = unit_index__at(object->units, addr, at)) {
		struct held held;
		const struct body_range *in = NULL;

		err = unit_index__bodies(object->units, at->unit, &held.bodies);
		if (!err)
			in = unit_bodies__at(held.bodies, addr, NULL);
		for (; in && !err; in = unit_bodies__at(held.bodies, addr, in)) {
			held.body = &held.bodies->items[in->body];
			err = consider(&object->functions, &held, found);
		}
		if (err == -EINVAL)
			err = 0;
	}
	return err;
}

/* Describes the code at ADDR in a function and one of its instances. */
static struct address_frame frame_of(const struct frame_functions *functions, size_t index, size_t instance,
				     uint64_t addr)
{
	const struct frame_function *item = &functions->items[index], *as = &functions->items[item->as];
	struct debug_place place = frame_functions__place(functions, index, instance, addr);

	return (struct address_frame){
		.name = as->candidate.function.name,
		.linkage = as->candidate.function.linkage_name,
		.file = as->candidate.function.file,
		.decl_line = as->line,
		.line_file = place.file ? place.file : item->candidate.function.file,
		.line = place.line,
		.has_lines = item->candidate.function.n_instances > 0 && *item->candidate.function.file,
	};
}

/* Puts FRAME before the N in FRAMES, which has room for MOST, of which the first ones may be lost. */
static size_t push(struct address_frame *frames, size_t n, size_t most, const struct address_frame *frame)
{
	if (n == most)
		return n;
	memmove(frames + 1, frames, n * sizeof(*frames));
	frames[0] = *frame;
	return n + 1;
}

static int read_chain(struct frame_functions *functions, const struct held *held, uint64_t addr,
		      struct address_frame *frames, size_t most)
{
	struct body_tree *tree = &held->body->tree;
	size_t n = 0;

	for (size_t i = 0; i != BODY_NODE_NONE; i = body_tree__inside(tree, i, addr)) {
		struct body_node *node = &tree->nodes[i];
		struct address_frame frame;
		int err = frame_functions__of_node(functions, held->bodies, held->body, node);

		if (!err && node->function == BODY_NODE_NONE)
			continue;
		if (!err)
			err = frame_functions__read_lines(functions, held->bodies, held->body, node);
		if (err)
			return err;
		frame = frame_of(functions, node->function, node->instance, addr);
		frame.inlined = i > 0;
		frame.entry = held->body->code.entry;
		n = push(frames, n, most, &frame);
	}
	return (int)n;
}

/* Whether the code at ADDR is that of FOUND: a symbol without a size may end before. */
static int check_end(struct address_frames *object, uint64_t addr, const struct symbol_function *found, bool *holds)
{
	uint64_t begin = UINT64_MAX, stub;
	int err = 0;

	*holds = !found->open_ended || !objfile__stub_name(object->obj, addr, &stub);
	if (found->open_ended && *holds)
		err = unnamed_code__begin(&object->unnamed, object->obj, addr, &begin);
	*holds = *holds && (begin == UINT64_MAX || begin <= found->range.lo);
	return err;
}

/* Finds the function whose symbol is at ADDR or before, in RANGE unless that is NULL. */
static int find_symbol(struct address_frames *object, uint64_t addr, const struct unit_range *range,
		       struct symbol_function *found, bool *holds)
{
	const struct addr_range all = {0, UINT64_MAX};

	*holds = symbol_functions__at(object->functions.symbols, range ? &range->range : &all, addr, found);
	return *holds && !range ? check_end(object, addr, found, holds) : 0;
}

/* Sets *index to the function at ADDR that has no symbol, and *entry to where it begins. -ENOENT: there is none. */
static int find_unnamed(struct address_frames *object, uint64_t addr, size_t *index, uint64_t *entry)
{
	char *name;
	int err = unnamed_code__name(&object->unnamed, object->obj, addr, entry, &name);

	if (!err)
		err = name ? frame_functions__of_name(&object->functions, *entry, name, index) : -ENOENT;
	free(name);
	return err;
}

/*
 * Describes code that debug information does not: by its symbol, and by the line table of the unit in RANGE if that is
 * not NULL.
 */
static int read_symbol(struct address_frames *object, uint64_t addr, const struct unit_range *range,
		       struct address_frame *frame)
{
	struct unit_bodies *bodies = NULL;
	struct symbol_function found;
	uint64_t entry;
	size_t index;
	bool holds;
	int err = find_symbol(object, addr, range, &found, &holds);

	if (!err && range)
		err = unit_index__bodies(object->units, range->unit, &bodies);
	if (err == -EINVAL)
		err = 0;
	if (!err && holds) {
		entry = found.range.lo;
		err = frame_functions__of_symbol(&object->functions, bodies, &found, &index);
	} else if (!err) {
		err = find_unnamed(object, addr, &index, &entry);
	}
	if (err)
		return err == -ENOENT ? 0 : err;
	*frame = frame_of(&object->functions, index, 0, addr);
	frame->entry = entry;
	return 1;
}

int address_frames__at(struct address_frames *object, uint64_t addr, struct address_frame *frames, size_t most)
{
	const struct unit_range *range;
	struct held held;
	int err = find_body(object, addr, &held, &range);

	if (err)
		return err;
	if (held.body)
		return read_chain(&object->functions, &held, addr, frames, most);
	return most ? read_symbol(object, addr, range, frames) : 0;
}

/* What address_frames__each_line() calls. */
struct line_listing {
	int (*fn)(const char *file, uint32_t line, void *ctx);
	void *ctx;
};

/* Names the lines of an instance of the function with this INDEX. */
static int list_lines(const struct frame_functions *functions, size_t index, size_t instance,
		      const struct line_listing *listing)
{
	const struct debug_function *function = &functions->items[index].candidate.function;
	int result = 0;

	if (instance >= function->n_instances)
		return 0;
	for (size_t i = 0; !result && i < function->instances[instance].n_lines; i++) {
		struct debug_place place =
			debug_places__at(&functions->files.places, function->instances[instance].lines[i].line);

		if (place.line)
			result = listing->fn(place.file ? place.file : function->file, place.line, listing->ctx);
	}
	return result;
}

static bool is_function(const struct frame_functions *functions, size_t index, const struct address_frame *frame)
{
	const struct frame_function *as = &functions->items[functions->items[index].as];
	const struct debug_function *function = &as->candidate.function;

	return as->line == frame->decl_line && strcmp(function->name, frame->name) == 0 &&
	       strcmp(function->linkage_name, frame->linkage) == 0 && strcmp(function->file, frame->file) == 0;
}

/* Names the lines that the function of FRAME has in a body. */
static int list_body(struct frame_functions *functions, const struct held *held, const struct address_frame *frame,
		     const struct line_listing *listing)
{
	struct body_tree *tree = &held->body->tree;
	int result = 0;

	for (size_t i = 0; !result && i < tree->n; i++) {
		struct body_node *node = &tree->nodes[i];

		result = frame_functions__of_node(functions, held->bodies, held->body, node);
		if (result || node->function == BODY_NODE_NONE || !is_function(functions, node->function, frame))
			continue;
		result = frame_functions__read_lines(functions, held->bodies, held->body, node);
		if (!result)
			result = list_lines(functions, node->function, node->instance, listing);
	}
	return result;
}

int address_frames__each_line(struct address_frames *object, const struct address_frame *frame,
			      int (*fn)(const char *file, uint32_t line, void *ctx), void *ctx)
{
	const struct line_listing listing = {fn, ctx};
	const struct unit_range *range;
	struct held held;
	size_t index;
	int err = find_body(object, frame->entry, &held, &range);

	if (err)
		return err;
	if (held.body)
		return list_body(&object->functions, &held, frame, &listing);
	if (!key_map__get(&object->functions.by_symbol, frame->entry + 1, &index))
		return 0;
	return list_lines(&object->functions, index, 0, &listing);
}
