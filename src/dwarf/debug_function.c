// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/debug_function.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

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
