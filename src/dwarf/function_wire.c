// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/function_wire.h"

#include <stdlib.h>
#include <string.h>

static void put_places(struct wire *wire, const struct debug_places *places)
{
	wire__put_number(wire, places->n);
	for (size_t i = 0; i < places->n; i++) {
		wire__put_text(wire, places->items[i].file);
		wire__put_number(wire, places->items[i].line);
	}
}

static void put_instance(struct wire *wire, const struct debug_instance *instance)
{
	const uint64_t numbers[] = {
		instance->entry,      instance->body_entry,
		instance->entry_mark, instance->entry_view,
		instance->part,	      (unsigned char)instance->variant,
		instance->inlined,    instance->open_ended,
		instance->thunk,      instance->entry_mark_known,
		instance->marked,     instance->optimised,
		instance->endless,
	};

	wire__put(wire, numbers, sizeof(numbers));
	wire__put_array(wire, instance->ranges, instance->n_ranges, sizeof(*instance->ranges));
	wire__put_array(wire, instance->body_ranges, instance->n_body_ranges, sizeof(*instance->body_ranges));
	wire__put_array(wire, instance->lines, instance->n_lines, sizeof(*instance->lines));
	wire__put_array(wire, instance->marks, instance->n_marks, sizeof(*instance->marks));
}

static void put_function(struct wire *wire, const struct debug_function *function)
{
	wire__put_text(wire, function->name);
	wire__put_text(wire, function->linkage_name);
	wire__put_text(wire, function->file);
	wire__put_number(wire, function->line);
	wire__put_number(wire, function->last_line);
	wire__put_number(wire, function->noreturn);
	wire__put_number(wire, function->copied);
	wire__put_number(wire, function->emptied);
	wire__put_number(wire, function->n_notes);
	for (size_t i = 0; i < function->n_notes; i++)
		wire__put_text(wire, function->notes[i]);
	wire__put_number(wire, function->n_instances);
	for (size_t i = 0; i < function->n_instances; i++)
		put_instance(wire, &function->instances[i]);
}

void function_wire__put(struct wire *wire, const struct debug_functions *functions)
{
	put_places(wire, &functions->places);
	wire__put_number(wire, functions->n);
	for (size_t i = 0; i < functions->n; i++)
		put_function(wire, &functions->items[i]);
}

/* A text that is never NULL. */
static char *get_name(struct wire_reader *reader)
{
	char *text = wire__get_text(reader);

	reader->failed |= !text;
	return text;
}

static void get_places(struct wire_reader *reader, struct debug_places *places)
{
	size_t n = wire__get_count(reader, 2 * sizeof(uint64_t));

	for (size_t i = 0; i < n && !reader->failed; i++) {
		char *file = get_name(reader);
		uint32_t line = (uint32_t)wire__get_below(reader, UINT32_MAX), number;

		if (!reader->failed && debug_places__number(places, file, line, &number))
			reader->failed = reader->full = true;
		else if (!reader->failed && number != (DEBUG_PLACE_OTHER | (uint32_t)i))
			reader->failed = true;
		free(file);
	}
}

/* Any byte but 0 and 1 in a bool would be undefined. */
static void settle(bool *flag)
{
	unsigned char byte;

	memcpy(&byte, flag, 1);
	*flag = byte != 0;
}

static bool is_place(const struct debug_places *places, uint32_t line)
{
	return !(line & DEBUG_PLACE_OTHER) || (line & ~DEBUG_PLACE_OTHER) < places->n;
}

/* Ranges in order, which do not meet, in executable segments of OBJ. */
static struct addr_range *get_ranges(struct wire_reader *reader, const struct objfile *obj, size_t *n)
{
	struct addr_range *ranges = wire__get_array(reader, sizeof(*ranges), n);

	for (size_t i = 0; ranges && i < *n; i++)
		reader->failed |= ranges[i].lo >= ranges[i].hi || (i && ranges[i].lo < ranges[i - 1].hi) ||
				  !objfile__is_code(obj, ranges[i].lo) || !objfile__is_code(obj, ranges[i].hi - 1);
	return ranges;
}

static void get_lines(struct wire_reader *reader, const struct debug_places *places, struct debug_instance *instance)
{
	instance->lines = wire__get_array(reader, sizeof(*instance->lines), &instance->n_lines);
	for (size_t i = 0; i < instance->n_lines; i++) {
		struct line_span *span = &instance->lines[i];

		settle(&span->is_stmt);
		settle(&span->quiet);
		reader->failed |=
			span->lo >= span->hi || (i && span->lo < span[-1].hi) || !is_place(places, span->line);
	}
}

static void get_marks(struct wire_reader *reader, const struct debug_places *places, struct debug_instance *instance)
{
	instance->marks = wire__get_array(reader, sizeof(*instance->marks), &instance->n_marks);
	for (size_t i = 0; i < instance->n_marks; i++) {
		struct debug_mark *mark = &instance->marks[i];

		settle(&mark->has_code);
		settle(&mark->codeless);
		settle(&mark->before_label);
		settle(&mark->behind_label);
		reader->failed |= (i && mark->addr < mark[-1].addr) || !is_place(places, mark->line);
	}
}

static void get_instance(struct wire_reader *reader, const struct objfile *obj, const struct debug_places *places,
			 struct debug_instance *instance)
{
	instance->entry = wire__get_number(reader);
	instance->body_entry = wire__get_number(reader);
	instance->entry_mark = wire__get_number(reader);
	instance->entry_view = (uint32_t)wire__get_number(reader);
	instance->part = (enum function_part)wire__get_below(reader, PART_RESUMING + 1);
	instance->variant = (char)wire__get_below(reader, 256);
	instance->inlined = wire__get_below(reader, 2);
	instance->open_ended = wire__get_below(reader, 2);
	instance->thunk = wire__get_below(reader, 2);
	instance->entry_mark_known = wire__get_below(reader, 2);
	instance->marked = wire__get_below(reader, 2);
	instance->optimised = wire__get_below(reader, 2);
	instance->endless = wire__get_below(reader, 2);
	instance->ranges = get_ranges(reader, obj, &instance->n_ranges);
	instance->body_ranges = get_ranges(reader, obj, &instance->n_body_ranges);
	get_lines(reader, places, instance);
	get_marks(reader, places, instance);
	reader->failed |= !instance->n_ranges || !instance->n_body_ranges;
}

static void get_notes(struct wire_reader *reader, struct debug_function *function)
{
	size_t n = wire__get_count(reader, sizeof(uint64_t));

	for (size_t i = 0; i < n && !reader->failed; i++) {
		char *note = get_name(reader);

		if (note && debug_function__add_note(function, "%s", note))
			reader->failed = reader->full = true;
		free(note);
	}
}

static void get_function(struct wire_reader *reader, const struct objfile *obj, const struct debug_places *places,
			 struct debug_function *function)
{
	size_t n;

	function->name = get_name(reader);
	function->linkage_name = get_name(reader);
	function->file = get_name(reader);
	function->line = (uint32_t)wire__get_below(reader, UINT32_MAX);
	function->last_line = (uint32_t)wire__get_below(reader, UINT32_MAX);
	function->noreturn = wire__get_below(reader, 2);
	function->copied = wire__get_below(reader, 2);
	function->emptied = wire__get_below(reader, 2);
	get_notes(reader, function);
	n = wire__get_count(reader, sizeof(uint64_t));
	function->instances = calloc(n + 1, sizeof(*function->instances));
	if (!function->instances)
		reader->failed = reader->full = true;
	while (!reader->failed && function->n_instances < n)
		get_instance(reader, obj, places, &function->instances[function->n_instances++]);
}

void function_wire__get(struct wire_reader *reader, const struct objfile *obj, struct debug_functions *functions)
{
	size_t n;

	*functions = (struct debug_functions){.n = 0};
	get_places(reader, &functions->places);
	n = wire__get_count(reader, sizeof(uint64_t));
	functions->items = calloc(n + 1, sizeof(*functions->items));
	if (!functions->items)
		reader->failed = reader->full = true;
	while (!reader->failed && functions->n < n)
		get_function(reader, obj, &functions->places, &functions->items[functions->n++]);
}
