// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/debug_function.h"

#include <stdlib.h>

void debug_instance__release(struct debug_instance *instance)
{
	free(instance->ranges);
	free(instance->body_ranges);
	free(instance->lines);
}

void debug_function__release(struct debug_function *function)
{
	for (size_t i = 0; i < function->n_instances; i++)
		debug_instance__release(&function->instances[i]);
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
