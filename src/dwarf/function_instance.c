// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/function_instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "dwarf/die_name.h"
#include "dwarf/function_part.h"
#include "dwarf/line_spans.h"
#include "dwarf/same_code.h"

static struct addr_range *copy_ranges(const struct addr_range *ranges, size_t n)
{
	struct addr_range *copy = reallocarray(NULL, n, sizeof(*copy));

	return copy ? memcpy(copy, ranges, n * sizeof(*copy)) : NULL;
}

/* Notes which other names the code has, and which of the rows at its addresses may be the function's own then. */
static int find_same(struct debug_function *function, const struct function_instance_place *place,
		     struct line_window *window)
{
	struct same_code same;
	int err = same_code__find(place->symbols, place->own->entry, function, &same);

	if (!err)
		err = same_code__note(&same, function);
	if (!err)
		*window = same_code__window(&same, place->unit, function);
	same_code__clear(&same);
	return err;
}

/* Adds to the ranges of an inlined INSTANCE what debug information leaves out. */
static int add_strays(const struct function_instance_place *place, struct debug_instance *instance)
{
	return stray_code__add(place->strays, place->die, &instance->ranges, &instance->n_ranges);
}

/* GCC gives the functions of anonymous namespaces no linkage names, but their bodies have symbols. */
static char variant_of(const struct function_instance_place *place)
{
	char variant = function_part__variant(die_name__linkage(place->die));

	if (!variant && place->symbols && (!place->body || place->body == place->own))
		variant = function_part__variant(symbols__at(place->symbols, place->own->entry));
	return variant;
}

int function_instance__add(struct function_candidate *candidate, const struct function_instance_place *place)
{
	struct debug_function *function = &candidate->function;
	const struct code_piece *own = place->own;
	const struct code_piece *body = place->body ? place->body : own;
	struct line_window window = {0, 0};
	struct debug_instance instance = {
		.n_ranges = own->n_ranges,
		.entry = own->entry,
		.inlined = own != body,
		.part = candidate->frame ? PART_RESUMING : PART_NONE,
		.variant = variant_of(place),
		.n_body_ranges = body->n_ranges,
		.body_entry = body->entry,
	};
	const struct line_source source = {place->die, place->strays, place->compiled};
	int err = own == body && place->symbols ? find_same(function, place, &window) : 0;

	instance.ranges = copy_ranges(own->ranges, own->n_ranges);
	instance.body_ranges = copy_ranges(body->ranges, body->n_ranges);
	if (!instance.ranges || !instance.body_ranges)
		err = -ENOMEM;
	if (!err)
		err = own != body && place->strays ? add_strays(place, &instance) : 0;
	if (!err)
		err = line_spans__build(&source, function, place->files, &window, &instance);
	if (!err)
		err = grow__one(&function->instances, &candidate->capacity, function->n_instances, sizeof(instance));
	if (err)
		debug_instance__release(&instance);
	else
		function->instances[function->n_instances++] = instance;
	return err;
}
