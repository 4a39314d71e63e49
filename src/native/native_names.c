// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/native_names.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/printable.h"
#include "dwarf/debuginfo.h"
#include "elf/objfile.h"
#include "native/nomatch.h"

struct listing {
	const struct frontend_request *request;
	FILE *out;
	const char *object; /* name of the object that is being listed */
	size_t n;
	bool partial; /* a part of some object's debug information cannot be read, which was said */
};

static int list_name(const char *name, const char *file, unsigned line, void *ctx)
{
	struct listing *listing = ctx;

	printable__print(listing->out, "%s  %s:%u  %s", name, file, line, listing->object);
	fputc('\n', listing->out);
	listing->n++;
	return ferror(listing->out) ? -EIO : 0;
}

static int list_object(struct listing *listing, const struct target_object *object, const struct diag *diag)
{
	struct debuginfo *info;
	struct objfile *obj;
	bool named = listing->request->one_object;
	int err = objfile__open(object->path, object->name, &obj);

	if (err) {
		if (!named)
			return 0;
		diag__failure(diag, err, "%s holds no code that can be profiled", object->name);
		return err;
	}
	err = debuginfo__open(obj, object->files,
			      named	     ? DEBUGINFO_REQUIRED
			      : object->main ? DEBUGINFO_WANTED
					     : DEBUGINFO_AT_HAND,
			      diag, &info);
	if (!err) {
		listing->object = object->name;
		listing->partial |= debuginfo__is_partial(info);
		err = debuginfo__each_name(info, listing->request->selectors, listing->request->n_selectors, list_name,
					   listing);
		debuginfo__close(info);
	} else if (err == -ENOENT && !named) {
		diag__debug(diag, "%s has no debug information (build ID %s)", object->name, objfile__build_id(obj));
		err = 0;
	}
	objfile__close(obj);
	return err;
}

int native_names__list(const struct frontend_request *request, const struct diag *diag, FILE *out)
{
	struct listing listing = {.request = request, .out = out};
	int err = 0;

	for (size_t i = 0; !err && i < request->objects->n; i++)
		err = list_object(&listing, &request->objects->items[i], diag);
	if (err || listing.n)
		return err;
	if (listing.partial)
		diag__error(diag, "there is no %sfunction in the part of the debug information that can be read",
			    request->n_selectors ? "such " : "");
	else if (request->n_selectors)
		nomatch__explain(request->selectors[0], request, diag);
	else
		diag__error(diag, "there is no function with debug information; compile with -g or install the debug "
				  "symbols");
	return -ENOENT;
}
