// SPDX-License-Identifier: GPL-2.0-or-later
#include "options/options.h"

#include <stdlib.h>

void options__free(struct options *options)
{
	for (size_t i = 0; i < options->n_functions; i++)
		selector__free(options->functions[i]);
	free(options->functions);
	free(options->pids);
	free(options->saved);
	source_dirs__release(&options->source_dirs);
	debug_dirs__release(&options->debug_dirs);
	options->saved = NULL;
	options->n_saved = 0;
	push_url__free(options->push);
	options->push = NULL;
	options->functions = NULL;
	options->n_functions = 0;
	options->pids = NULL;
	options->n_pids = 0;
}
