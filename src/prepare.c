// SPDX-License-Identifier: GPL-2.0-or-later
#include "prepare.h"

#include <stdbool.h>

static int find_target_objects(const struct options *options, const struct diag *diag, struct target_objects *objects)
{
	int err = 0;

	if (options->command)
		return target__objects_of_command(options->command, diag, objects);
	for (size_t i = 0; !err && i < options->n_pids; i++)
		err = target__objects_of_pid(options->pids[i], diag, objects);
	return err;
}

int prepare__profiler(const struct options *options, const struct diag *diag, struct profiler **out)
{
	struct target_objects file = {0}, target = {0};
	struct profiler_request request = {
		.objects = options->file ? &file : &target,
		.interpreters = options->command || options->n_pids ? &target : &file,
		.selectors = (const struct selector *const *)options->functions,
		.n_selectors = options->n_functions,
		.pids = options->pids,
		.n_pids = options->n_pids,
		.one_object = options->file,
		.every_line = options->every_line,
		.clock = options->clock,
		.by = options->by,
		.empty_probe = options->empty_probe,
	};
	int err = options->file ? target__object_of_file(options->file, diag, &file) : 0;

	if (!err)
		err = find_target_objects(options, diag, &target);
	if (!err)
		err = profiler__prepare(&request, diag, out);
	target_objects__free(&file);
	target_objects__free(&target);
	return err;
}

int prepare__objects(const struct options *options, const struct diag *diag, struct target_objects *objects)
{
	return options->file ? target__object_of_file(options->file, diag, objects)
			     : find_target_objects(options, diag, objects);
}
