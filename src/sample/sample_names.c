// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/sample_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "dwarf/address_frames.h"
#include "shim/lprof_shim.h"

#define MOST_INLINED 64 /* functions at one address */

#define UNKNOWN_NAME "[unknown]"
#define KERNEL_NAME  "[kernel]"
#define OWN_NAME     "[lprof-bpf]" /* what counts lines in Python programs */

/* What is known of the code of an object. */
struct object_names {
	struct address_frames *frames; /* NULL: it could not be opened */
	bool tried;
};

struct sample_names {
	const struct sampled_objects *objects;
	const struct sample_reader *reader;
	struct object_names *known; /* of each object */
	size_t n_known;
};

struct sample_names *sample_names__new(const struct sampled_objects *objects, const struct sample_reader *reader)
{
	struct sample_names *names = calloc(1, sizeof(*names));

	if (names)
		*names = (struct sample_names){.objects = objects, .reader = reader};
	return names;
}

void sample_names__free(struct sample_names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->n_known; i++)
		address_frames__close(names->known[i].frames);
	free(names->known);
	free(names);
}

/* Makes room for what is known of each object that there is now. */
static int reserve(struct sample_names *names)
{
	size_t n = names->objects->n;

	if (names->n_known >= n)
		return 0;
	if (grow__resize(&names->known, n, sizeof(*names->known)))
		return -ENOMEM;
	memset(names->known + names->n_known, 0, (n - names->n_known) * sizeof(*names->known));
	names->n_known = n;
	return 0;
}

/* The names of the object's code; NULL: there are none. */
static struct address_frames *frames_of(struct sample_names *names, uint32_t object)
{
	const struct sampled_object *sampled = &names->objects->items[object];
	struct object_names *known = &names->known[object];

	if (!known->tried && address_frames__open(sampled->path, sampled->name, sampled->files, &known->frames))
		known->frames = NULL;
	known->tried = true;
	return known->frames;
}

/* One conversion of a tree. */
struct naming {
	struct sample_names *names;
	const struct sample_tree *tree;
	const uint32_t *owners;
	struct stacks *stacks;
	uint32_t *outer; /* of each node of the tree: that of the stacks, for its innermost function */
};

/* Adds a node to the stacks. Only the innermost one of an address has figures. Returns its index or -ENOMEM. */
static int64_t add_node(const struct naming *naming, const struct sample_node *from, const struct stack_function *what,
			uint32_t parent, const struct address_frame *frame, bool innermost)
{
	struct stack_node node = {.parent = parent, .owner = naming->owners[from->owner]};
	int64_t function = stacks__function(naming->stacks, what), file = 0;

	if (frame && frame->line && strcmp(frame->line_file, frame->file) != 0)
		file = stacks__file(naming->stacks, frame->line_file);
	if (function < 0 || file < 0)
		return -ENOMEM;
	node.function = (uint32_t)function;
	node.file = (uint32_t)file;
	node.line = frame ? frame->line : 0;
	if (innermost) {
		node.samples = from->samples;
		node.cpu_ns = from->cpu_ns;
		node.blocked_ns = from->blocked_ns;
	}
	return stacks__add(naming->stacks, &node);
}

static bool is_own(const struct sampled_object *object)
{
	return !strncmp(object->name, LPROF_SHIM_MAPPED, strlen(LPROF_SHIM_MAPPED));
}

/* A node whose code nobody has a name for. */
static int64_t add_nameless(const struct naming *naming, const struct sample_node *from, uint32_t parent)
{
	struct stack_function what = {
		.name = UNKNOWN_NAME, .linkage_name = "", .file = "", .object = "", .build_id = ""};

	if (from->frame.object == SAMPLE_KERNEL) {
		what.name = KERNEL_NAME;
	} else if (from->frame.object != SAMPLE_UNKNOWN) {
		const struct sampled_object *object = &naming->names->objects->items[from->frame.object];

		if (is_own(object))
			what.name = OWN_NAME;
		what.object = object->name;
		what.build_id = (char *)objfile__build_id(object->file);
	}
	return add_node(naming, from, &what, parent, NULL, true);
}

/* Adds the functions at one address, the outermost first. */
static int64_t add_named(const struct naming *naming, const struct sample_node *from, uint32_t parent,
			 const struct address_frame *frames, int n)
{
	const struct sampled_object *object = &naming->names->objects->items[from->frame.object];
	int64_t index = parent;

	for (int i = n - 1; i >= 0 && index >= 0; i--) {
		struct stack_function what = {
			.name = (char *)frames[i].name,
			.linkage_name = (char *)frames[i].linkage,
			.file = (char *)frames[i].file,
			.line = frames[i].decl_line,
			.object = object->name,
			.build_id = (char *)objfile__build_id(object->file),
		};

		index = add_node(naming, from, &what, (uint32_t)index, &frames[i], !i);
	}
	return index;
}

static int64_t add_interpreted(const struct naming *naming, const struct sample_node *from, uint32_t parent)
{
	const struct sample_reader *reader = naming->names->reader;
	struct address_frame frame = {.line_file = "", .file = ""};
	struct stack_function what;

	reader->ops->name(reader->state, from->frame.addr, &what, &frame.line);
	return add_node(naming, from, &what, parent, &frame, true);
}

static int64_t add(const struct naming *naming, const struct sample_node *from, uint32_t parent)
{
	struct address_frame frames[MOST_INLINED];
	struct address_frames *known;
	int n = 0;

	if (from->frame.object == SAMPLE_INTERPRETED)
		return add_interpreted(naming, from, parent);
	if (from->frame.object < naming->names->objects->n &&
	    !is_own(&naming->names->objects->items[from->frame.object])) {
		known = frames_of(naming->names, from->frame.object);
		if (known)
			n = address_frames__at(known, from->frame.addr, frames, MOST_INLINED);
	}
	if (n < 0)
		return n;
	return n ? add_named(naming, from, parent, frames, n) : add_nameless(naming, from, parent);
}

int sample_names__add(struct sample_names *names, const struct sample_tree *tree, const uint32_t *owners,
		      struct stacks *stacks)
{
	struct naming naming = {names, tree, owners, stacks, calloc(tree->n + 1, sizeof(*naming.outer))};
	int err = naming.outer ? reserve(names) : -ENOMEM;

	for (size_t i = 0; !err && i < tree->n; i++) {
		const struct sample_node *from = &tree->nodes[i];
		int64_t index =
			add(&naming, from, from->parent == SAMPLE_TREE_NONE ? STACKS_NONE : naming.outer[from->parent]);

		if (index < 0)
			err = (int)index;
		else
			naming.outer[i] = (uint32_t)index;
	}
	free(naming.outer);
	return err;
}

/* The bodies of a function whose lines were visited. */
struct visited {
	uint64_t *entries;
	size_t n;
};

/* Whether the body that begins at ENTRY is new, which it is not any more then. -ENOMEM. */
static int visit(struct visited *visited, uint64_t entry)
{
	int err;

	for (size_t i = 0; i < visited->n; i++)
		if (visited->entries[i] == entry)
			return false;
	err = grow__counted(&visited->entries, visited->n, 1, sizeof(entry));
	if (err)
		return err;
	visited->entries[visited->n++] = entry;
	return true;
}

static bool is_of(const struct address_frame *frame, const struct stack_function *what)
{
	return frame->has_lines && !strcmp(frame->name, what->name) && !strcmp(frame->linkage, what->linkage_name) &&
	       !strcmp(frame->file, what->file);
}

int sample_names__each_line(struct sample_names *names, const struct sample_tree *tree,
			    const struct stack_function *what, int (*fn)(const char *file, uint32_t line, void *ctx),
			    void *ctx)
{
	struct address_frame frames[MOST_INLINED];
	struct visited visited = {NULL, 0};
	int err = 0;

	for (size_t i = 0; !err && i < tree->n; i++) {
		const struct sample_frame *at = &tree->nodes[i].frame;
		struct address_frames *known;
		int n;

		if (at->object >= names->n_known || strcmp(names->objects->items[at->object].name, what->object) != 0)
			continue;
		known = frames_of(names, at->object);
		n = known ? address_frames__at(known, at->addr, frames, MOST_INLINED) : 0;
		err = n < 0 ? n : 0;
		for (int k = 0; !err && k < n; k++)
			if (is_of(&frames[k], what) && (err = visit(&visited, frames[k].entry)) > 0)
				err = address_frames__each_line(known, &frames[k], fn, ctx);
	}
	free(visited.entries);
	return err;
}
