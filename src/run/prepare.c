// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/prepare.h"

#include <errno.h>
#include <stdbool.h>

#include "native/native.h"
#include "python/python.h"
#include "run/same_files.h"
#include "target/target_loader.h"

/* Front-ends of interpreters come first: they determine which objects are not to be searched for native functions. */
static const struct frontend *const frontends[] = {
	&python_frontend,
	&native_frontend,
};

const struct frontend *const *prepare__frontends(size_t *n)
{
	*n = sizeof(frontends) / sizeof(*frontends);
	return frontends;
}

static int find_target_objects(const struct options *options, const struct diag *diag, struct target_objects *objects)
{
	int err = 0;

	if (options->command)
		return target_loader__objects(options->command, options->user, diag, objects);
	for (size_t i = 0; !err && i < options->n_pids; i++)
		err = target__objects_of_pid(options->pids[i], diag, objects);
	return err ? err : same_files__merge(diag, objects);
}

/*
 * Sets whose files may be opened for the object that the user named (-x): those that may be opened for all objects of
 * the target's processes, if these are known, rather than those that the owner of the object's file suggests.
 */
static int use_files_of(const struct target_objects *target, struct target_objects *file)
{
	struct target_files *all;
	int err = 0;

	if (!target->n)
		return 0;
	all = target_files__ref(target->items[0].files);
	for (size_t i = 1; !err && i < target->n; i++) {
		struct target_files *more;

		err = target_files__of_both(all, target->items[i].files, &more);
		if (err)
			break;
		target_files__unref(all);
		all = more;
	}
	if (!err)
		target_objects__set_files(file, all);
	target_files__unref(all);
	return err;
}

/* Functions cannot be found by samples yet. */
static int check(const struct options *options, const struct diag *diag)
{
	if (options->no_probes)
		diag__error(diag, "--no-probes cannot be used yet; leave it out");
	else if (!options->n_functions)
		diag__error(diag,
			    "no function chosen; say which with -f NAME (lprof-bpf list -p PID shows what there is)");
	else
		return 0;
	return -EINVAL;
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
		.command = options->command,
		.one_object = options->file,
		.every_line = options->every_line,
		.clock = options->clock,
		.by = options->by,
		.empty_probe = options->empty_probe,
		.source_dirs = &options->source_dirs,
	};
	int err = check(options, diag);

	if (!err && options->file)
		err = target__object_of_file(options->file, diag, &file);
	request.frontends = prepare__frontends(&request.n_frontends);
	if (!err)
		err = find_target_objects(options, diag, &target);
	if (!err)
		err = use_files_of(&target, &file);
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
