// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/debug_function.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

#define MOST_INSTANCES 16384

int debug_function__add_note(struct debug_function *function, const char *format, ...)
{
	va_list args;
	char *note;
	int length;

	va_start(args, format);
	length = vasprintf(&note, format, args);
	va_end(args);
	if (length < 0)
		return -ENOMEM;
	for (size_t i = 0; i < function->n_notes; i++) {
		if (strcmp(function->notes[i], note) == 0) {
			free(note);
			return 0;
		}
	}
	if (grow__counted(&function->notes, function->n_notes, 1, sizeof(*function->notes))) {
		free(note);
		return -ENOMEM;
	}
	function->notes[function->n_notes++] = note;
	return 0;
}

/* The line on which the instance's code begins, or the first line after that which is known; 0: none is. */
static uint32_t entry_line(const struct debug_instance *instance)
{
	for (size_t i = 0; i < instance->n_lines; i++)
		if (instance->lines[i].hi > instance->entry && instance->lines[i].line &&
		    !(instance->lines[i].line & DEBUG_PLACE_OTHER))
			return instance->lines[i].line;
	return 0;
}

int addr_range__compare(const void *a, const void *b)
{
	const struct addr_range *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

bool debug_function__is_full(const struct debug_function *function)
{
	return function->n_instances >= MOST_INSTANCES;
}

int debug_function__leave_out(struct debug_function *function)
{
	return debug_function__add_note(
		function, "it is in more than %d places, and only so many are counted: its calls and hits are too low",
		MOST_INSTANCES);
}

uint32_t debug_function__first_line(const struct debug_function *function)
{
	uint32_t first = 0;

	for (size_t i = 0; i < function->n_instances; i++) {
		uint32_t line = entry_line(&function->instances[i]);

		if (line && !function->instances[i].inlined)
			return line;
		if (line && (!first || line < first))
			first = line;
	}
	return first;
}

void debug_function__line_entries(struct debug_function *function, uint32_t line)
{
	for (size_t i = 0; i < function->n_instances; i++) {
		struct debug_instance *instance = &function->instances[i];

		if (!instance->inlined && instance->n_lines && instance->lines[0].lo == instance->entry &&
		    !instance->lines[0].line && !instance->lines[0].quiet)
			instance->lines[0].line = line;
	}
}

int debug_function__compare(const struct debug_function *left, const struct debug_function *right)
{
	int order = strcmp(left->file, right->file);

	if (!order)
		order = (left->line > right->line) - (left->line < right->line);
	if (!order)
		order = strcmp(left->name, right->name);
	return order ? order : strcmp(left->linkage_name, right->linkage_name);
}

void debug_instance__release(struct debug_instance *instance)
{
	free(instance->ranges);
	free(instance->body_ranges);
	free(instance->lines);
	free(instance->marks);
}

void debug_function__release(struct debug_function *function)
{
	for (size_t i = 0; i < function->n_instances; i++)
		debug_instance__release(&function->instances[i]);
	for (size_t i = 0; i < function->n_notes; i++)
		free(function->notes[i]);
	free(function->notes);
	free(function->instances);
	free(function->name);
	free(function->linkage_name);
	free(function->file);
	*function = (struct debug_function){.instances = NULL};
}

void debug_functions__free(struct debug_functions *functions)
{
	for (size_t i = 0; i < functions->n; i++)
		debug_function__release(&functions->items[i]);
	free(functions->items);
	debug_places__release(&functions->places);
	*functions = (struct debug_functions){.n = 0};
}
