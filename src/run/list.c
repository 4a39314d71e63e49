// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "dwarf/debuginfo.h"
#include "elf/objfile.h"
#include "run/prepare.h"

struct listing {
	const struct options *options;
	const char *object; /* being listed */
	size_t n;
};

static bool is_listed(const struct options *options, const char *name, const char *file)
{
	if (!options->n_functions)
		return true;
	for (size_t i = 0; i < options->n_functions; i++)
		if (selector__matches_file(options->functions[i], file) &&
		    selector__matches_name(options->functions[i], NULL, name, NULL))
			return true;
	return false;
}

static int list_name(const char *name, const char *file, unsigned line, void *ctx)
{
	struct listing *listing = ctx;

	if (!is_listed(listing->options, name, file))
		return 0;
	printable__print(stdout, "%s  %s:%u  %s", name, file, line, listing->object);
	putchar('\n');
	listing->n++;
	return ferror(stdout) ? -EIO : 0;
}

static int list_object(struct listing *listing, const struct target_object *object, const struct diag *diag)
{
	struct debuginfo *info;
	struct objfile *obj;
	bool named = listing->options->file;
	int err = objfile__open(object->path, object->name, &obj);

	if (err) {
		if (!named)
			return 0;
		diag__error(diag, "%s holds no code that can be profiled: %s", object->name, strerror(-err));
		return err;
	}
	err = debuginfo__open(obj, object->files, !named, diag, &info);
	if (!err) {
		listing->object = object->name;
		err = debuginfo__each_name(info, list_name, listing);
		debuginfo__close(info);
	} else if (err == -ENOENT && !named) {
		diag__debug(diag, "%s has no debug information (build ID %s)", object->name, objfile__build_id(obj));
		err = 0;
	}
	objfile__close(obj);
	return err;
}

static int list_names(const struct options *options, const struct target_objects *objects, const struct diag *diag)
{
	struct listing listing = {.options = options};
	int err = 0;

	for (size_t i = 0; !err && i < objects->n; i++)
		err = list_object(&listing, &objects->items[i], diag);
	if (!err && !listing.n) {
		diag__error(
			diag,
			"there is no %sfunction with debug information; compile with -g or install the debug symbols",
			options->n_functions ? "such " : "");
		err = -ENOENT;
	}
	return err;
}

static int list_plans(const struct options *options, const struct diag *diag)
{
	struct profiler *profiler;
	int err = prepare__profiler(options, diag, &profiler);

	if (err)
		return err;
	err = profiler__list(profiler, stdout);
	profiler__close(profiler);
	return err;
}

int list__run(const struct options *options, const struct diag *diag)
{
	struct target_objects objects = {0};
	int err;

	if (options->n_functions && !options->pattern)
		return list_plans(options, diag) ? EXIT_FAILURE : EXIT_SUCCESS;
	err = prepare__objects(options, diag, &objects);
	if (!err)
		err = list_names(options, &objects, diag);
	target_objects__free(&objects);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
