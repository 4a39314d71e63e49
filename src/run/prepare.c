// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/prepare.h"

#include <errno.h>
#include <stdbool.h>

#include "monitoring/monitoring.h"
#include "native/native.h"
#include "python/python.h"
#include "run/same_files.h"
#include "sample/stack_sampler.h"
#include "target/target_loader.h"

/* Front-ends of interpreters come first: they determine which objects are not to be searched for native functions. */
static const struct frontend *const frontends[] = {
	&python_frontend,
	&monitoring_frontend,
	&native_frontend,
};

const struct frontend *const *prepare__frontends(size_t *n)
{
	*n = sizeof(frontends) / sizeof(*frontends);
	return frontends;
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

/* The objects in which functions are looked for, and the target's, which may be the same. */
struct found {
	struct target_objects file, target;
};

static void release_found(struct found *found)
{
	target_objects__free(&found->file);
	target_objects__free(&found->target);
}

/* Finds the objects of the processes or, without any, of the command that the options have. */
static int find_target(const struct prepare_request *request, const struct diag *diag, struct target_objects *objects)
{
	const struct options *options = request->options;
	int err = 0;

	if (request->executed && !request->n_pids)
		return target_loader__objects_of_executed(request->executed, diag, objects);
	if (options->command && !request->n_pids)
		return target_loader__objects(options->command, options->user, diag, objects);
	for (size_t i = 0; !err && i < request->n_pids; i++)
		err = target__objects_of_pid(request->pids[i], diag, objects);
	return err ? err : same_files__merge(diag, objects);
}

/* Lets debug files of OBJECTS be looked for in the directories that the user named as well. */
static void use_debug_dirs(const struct options *options, const struct target_objects *objects)
{
	for (size_t i = 0; options->debug_dirs.n && i < objects->n; i++)
		target_files__set_debug_dirs(objects->items[i].files, &options->debug_dirs);
}

static int find_objects(const struct prepare_request *request, const struct diag *diag, struct found *found)
{
	const struct options *options = request->options;
	int err = options->file ? target__object_of_file(options->file, diag, &found->file) : 0;

	if (!err)
		err = find_target(request, diag, &found->target);
	if (!err)
		err = use_files_of(&found->target, &found->file);
	use_debug_dirs(options, &found->file);
	use_debug_dirs(options, &found->target);
	/* Nobody asked for this library, so nothing is fetched for it. */
	for (size_t i = 0; request->library && i < found->file.n; i++)
		found->file.items[i].main = false;
	return err;
}

int prepare__profiler(const struct prepare_request *prepare, const struct diag *diag, struct profiler **out)
{
	const struct options *options = prepare->options;
	struct found found = {0};
	struct profiler_request request = {
		.objects = options->file ? &found.file : &found.target,
		.interpreters =
			!prepare->library && (options->command || prepare->n_pids) ? &found.target : &found.file,
		.selectors = prepare->selectors,
		.n_selectors = prepare->n_selectors,
		.optional = prepare->optional,
		.pids = prepare->pids,
		.n_pids = prepare->n_pids,
		.command = prepare->n_pids ? NULL : options->command,
		.executed = prepare->executed,
		.growing = prepare->growing,
		.one_object = options->file && !prepare->library,
		.every_line = options->every_line,
		.all_jumps = options->all_jumps,
		.samples = prepare->samples,
		.clock = options->clock,
		.by = options->by,
		.sampler = prepare->sampler,
		.empty_probe = options->empty_probe,
		.budget = {options->max_overhead, (uint64_t)(options->max_pause * 1e6)},
		.source_dirs = &options->source_dirs,
	};
	int err = 0;

	if (prepare->n_selectors) {
		request.frontends = prepare__frontends(&request.n_frontends);
		err = find_objects(prepare, diag, &found);
		if (!err)
			err = same_files__check(diag, &found.target);
	}
	if (!err)
		err = profiler__prepare(&request, diag, out);
	release_found(&found);
	return err;
}

/* Of the front-ends, one reads interpreted frames. */
static const struct sample_reader_ops *find_reader(void)
{
	for (size_t i = 0; i < sizeof(frontends) / sizeof(*frontends); i++)
		if (frontends[i]->samples)
			return frontends[i]->samples;
	return NULL;
}

/* Adds OBJECTS to those that the request wants to be KNOWN. 0 or -ENOMEM. */
static int add_known(const struct target_objects *objects, struct target_objects *known)
{
	int err = 0;

	for (size_t i = 0; known && err != -ENOMEM && i < objects->n; i++) {
		const struct target_object *object = &objects->items[i];

		err = target_objects__add(known, object->name, object->path, object->files, object->pid);
	}
	return err == -ENOMEM ? err : 0; /* what is gone meanwhile is not known */
}

int prepare__sampler(const struct prepare_request *prepare, const struct diag *diag, struct stack_sampler **out)
{
	const struct options *options = prepare->options;
	struct stack_sampler_config config = {.by = options->by, .clock = options->clock};
	struct found found = {0};
	int err = find_objects(prepare, diag, &found);

	config.expected = &found.target;
	config.reader = find_reader();
	config.natives = options->file && options->n_functions;
	config.only = found.file.n ? found.file.items : NULL;
	if (!err)
		err = add_known(&found.target, prepare->known);
	if (!err)
		err = stack_sampler__new(&config, out);
	release_found(&found);
	return err;
}

int prepare__objects(const struct options *options, const struct diag *diag, struct target_objects *objects)
{
	const struct prepare_request request = {.options = options, .pids = options->pids, .n_pids = options->n_pids};
	int err = options->file ? target__object_of_file(options->file, diag, objects)
				: find_target(&request, diag, objects);

	use_debug_dirs(options, objects);
	return err;
}
