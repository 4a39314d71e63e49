// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/function_candidate.h"

#include <stdlib.h>

void function_candidate__clear(struct function_candidate *candidate)
{
	debug_function__release(&candidate->function);
	free(candidate->selected);
	*candidate = (struct function_candidate){.selected = NULL};
}
