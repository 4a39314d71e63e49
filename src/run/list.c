// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/list.h"

#include "run/prepare.h"

static int list_names(const struct options *options, const struct diag *diag)
{
	struct target_objects objects = {0};
	struct profiler_request request = {
		.objects = &objects,
		.selectors = (const struct selector *const *)options->functions,
		.n_selectors = options->n_functions,
		.one_object = options->file,
	};
	int err = prepare__objects(options, diag, &objects);

	request.frontends = prepare__frontends(&request.n_frontends);
	if (!err)
		err = profiler__list_names(&request, diag, stdout);
	target_objects__free(&objects);
	return err;
}

static int list_plans(const struct options *options, const struct diag *diag)
{
	const struct prepare_request request = {
		.options = options,
		.selectors = (const struct selector *const *)options->functions,
		.n_selectors = options->n_functions,
		.pids = options->pids,
		.n_pids = options->n_pids,
	};
	struct profiler *profiler;
	int err = prepare__profiler(&request, diag, &profiler);

	if (err)
		return err;
	err = profiler__list(profiler, stdout);
	profiler__close(profiler);
	return err;
}

int list__run(const struct options *options, const struct diag *diag)
{
	bool plans = options->n_functions && !options->n_patterns;
	int err = plans ? list_plans(options, diag) : list_names(options, diag);

	return diag__end(diag, err);
}
