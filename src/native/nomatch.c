// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/nomatch.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/asked_symbols.h"
#include "dwarf/debuginfo.h"
#include "elf/objfile.h"
#include "native/elsewhere.h"
#include "target/name_distance.h"

#define SUGGESTIONS 3

/* A function of the file of which the user named a line. */
struct neighbour {
	char *name; /* NULL: there is none */
	unsigned line;
};

struct search {
	const struct selector *selector;
	const char *wanted; /* bare or qualified name, as the user wrote it */
	unsigned line;	    /* the first that is wanted, 0: the selector is by name */
	const struct diag *diag;
	bool main; /* the object that is looked into is the program itself */
	struct {
		char *name;
		unsigned distance;
	} close[SUGGESTIONS];
	char *misplaced;		/* a file with a function of that name, when another file is wanted */
	struct neighbour before, after; /* the nearest functions that begin before the line, and on it or behind it */
	/* These are "" if there is no such object. */
	char partial[PATH_MAX]; /* an object that has the symbol, and misses a part of its debug information */
	char owner[PATH_MAX]; /* an object that has the symbol, and debug information, but not of the symbol's source */
	char indirect[PATH_MAX]; /* one whose symbol is that of an indirect function, of unknown implementations */
	char holder[PATH_MAX];	 /* an object that has the symbol but no debug information */
	char first[PATH_MAX];	 /* the target's first object, if it has no debug information */
};

static void remember(struct search *search, const char *name, unsigned distance)
{
	size_t k = SUGGESTIONS;

	for (size_t i = 0; i < SUGGESTIONS; i++)
		if (search->close[i].name && !strcmp(search->close[i].name, name))
			return;
	while (k && (!search->close[k - 1].name || search->close[k - 1].distance > distance))
		k--;
	if (k == SUGGESTIONS)
		return;
	free(search->close[SUGGESTIONS - 1].name);
	memmove(&search->close[k + 1], &search->close[k], (SUGGESTIONS - 1 - k) * sizeof(search->close[0]));
	search->close[k].name = strdup(name);
	search->close[k].distance = distance;
}

static void set_neighbour(struct neighbour *neighbour, const char *name, unsigned line)
{
	free(neighbour->name);
	*neighbour = (struct neighbour){strdup(name), line};
}

static void consider_place(struct search *search, const char *name, const char *file, unsigned line)
{
	if (!selector__matches_file(search->selector, file))
		return;
	if (line < search->line && (!search->before.name || search->before.line < line))
		set_neighbour(&search->before, name, line);
	if (line >= search->line && (!search->after.name || search->after.line > line))
		set_neighbour(&search->after, name, line);
}

static int consider(const char *name, const char *file, unsigned line, void *ctx)
{
	struct search *search = ctx;
	unsigned distance;

	if (search->line) {
		consider_place(search, name, file, line);
		return 0;
	}
	/* Names of libraries are of no help, but for a slip of the pen. */
	distance = name_distance__between(search->wanted, name, search->main ? UINT_MAX : 1);
	if (!distance && search->main && file && !search->misplaced && !selector__matches_file(search->selector, file))
		search->misplaced = strdup(file);
	if (distance != NAME_DISTANCE_FAR)
		remember(search, name, distance);
	return 0;
}

static int is_wanted_indirect(const struct objfile_symbol *symbol, void *ctx)
{
	const struct search *search = ctx;

	return symbol->kind == SYMBOL_INDIRECT && !strcmp(symbol->name, search->wanted);
}

/* Whether the object has a function with this name, as far as its symbols tell. */
static bool has_symbol(const struct search *search, const struct objfile *obj)
{
	const struct symbols *symbols = objfile__symbols(obj);
	struct asked_symbols asked = {NULL, 0, 0};
	bool found;

	if (!symbols || !selector__exact_name(search->selector))
		return false;
	found = asked_symbols__find(obj, symbols, &search->selector, 1, &asked) == 0 && asked.n;
	asked_symbols__clear(&asked);
	return found;
}

static void describe(const struct objfile *obj, char text[PATH_MAX])
{
	const char *build_id = objfile__build_id(obj);

	snprintf(text, PATH_MAX, "%s (build ID %s)", objfile__name(obj), *build_id ? build_id : "missing");
}

static void look_into(struct search *search, const struct target_object *object, bool first)
{
	/* No notes: they were made when the object was opened to look for the selected functions. */
	const struct diag quiet = {.stream = search->diag->stream, .verbosity = -1, .status = search->diag->status};
	struct debuginfo *info = NULL;
	struct objfile *obj;
	int err;

	if (objfile__open(object->path, object->name, &obj))
		return;
	search->main = object->main;
	err = debuginfo__open(obj, object->files, DEBUGINFO_AT_HAND, &quiet, &info);
	if (!err) {
		char *holder = debuginfo__is_partial(info) ? search->partial : search->owner;

		debuginfo__each_name(info, NULL, 0, consider, search);
		debuginfo__close(info);
		if (!*holder && has_symbol(search, obj))
			describe(obj, holder);
		if (!*search->indirect && objfile__each_function(obj, is_wanted_indirect, search) > 0)
			describe(obj, search->indirect);
	} else if (err == -ENOENT) {
		if (!*search->holder && has_symbol(search, obj))
			describe(obj, search->holder);
		if (first)
			describe(obj, search->first);
	}
	objfile__close(obj);
}

/* What is known of a symbol with the wanted name. Returns whether anything was said. */
static bool say_symbol(const struct search *search, const char *text)
{
	if (*search->partial)
		diag__error(search->diag,
			    "function %s is in %s, but the part of its debug information that can be read does not "
			    "describe it",
			    text, search->partial);
	else if (*search->owner)
		diag__error(search->diag,
			    "function %s is in %s, but its source was compiled without debug information; compile that "
			    "with -g",
			    text, search->owner);
	else if (*search->holder)
		diag__error(search->diag,
			    "function %s is in %s, which has no debug information; install it or compile with -g", text,
			    search->holder);
	else if (*search->indirect)
		diag__error(search->diag,
			    "%s is an indirect function of %s: when that is loaded, one of several implementations is "
			    "chosen for it; name one of these",
			    text, search->indirect);
	return *search->partial || *search->owner || *search->holder || *search->indirect;
}

/* What is known of the functions around the wanted line. Returns whether anything was said. */
static bool say_neighbours(const struct search *search, const char *text)
{
	const struct neighbour *before = &search->before, *after = &search->after;

	if (before->name && after->name)
		diag__error(search->diag,
			    "no function has code on %s; in that file, %s begins on line %u, and next %s on line %u",
			    text, before->name, before->line, after->name, after->line);
	else if (before->name || after->name)
		diag__error(search->diag, "no function has code on %s; in that file, %s begins on line %u", text,
			    before->name ? before->name : after->name, before->name ? before->line : after->line);
	return before->name || after->name;
}

/* That the wanted file, of which a line or a function is wanted, has none. Returns whether anything was said. */
static bool say_file(const struct search *search, const char *text, const char *hint)
{
	const char *file = selector__file(search->selector);

	if (search->misplaced)
		diag__error(search->diag, "no function matches %s; %s is in %s%s", text, search->wanted,
			    search->misplaced, hint);
	else if (search->line && file && !*search->first)
		diag__error(search->diag,
			    "no function matches %s: the debug information that was found has no function of a file "
			    "%s; `lprof-bpf list` shows what there is%s",
			    text, file, hint);
	else
		return false;
	return true;
}

static void say(const struct search *search, const char *text, const char *hint)
{
	char names[512] = "";

	for (size_t k = 0; k < SUGGESTIONS && search->close[k].name; k++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", search->close[k].name);
	}
	if (say_neighbours(search, text) || say_file(search, text, hint))
		return;
	if (*search->first)
		diag__error(search->diag,
			    "no function matches %s, but %s has no debug information; install it or compile with "
			    "-g%s",
			    text, search->first, hint);
	else if (*names)
		diag__error(search->diag, "no function matches %s; close names: %s%s", text, names, hint);
	else
		diag__error(search->diag,
			    "no function matches %s in the target's objects with debug information; `lprof-bpf list` "
			    "shows what there is%s",
			    text, hint);
}

void nomatch__explain(const struct selector *selector, const struct frontend_request *request, const struct diag *diag)
{
	const struct target_objects *objects = request->objects;
	const char *name = selector__name(selector);
	struct search search = {.selector = selector, .wanted = selector__text(selector), .diag = diag};
	char hint[PATH_MAX + 128], *inner = NULL;
	unsigned last;

	if (name)
		search.wanted = name;
	else if (*search.wanted == '/' && strlen(search.wanted) > 2)
		inner = strndup(search.wanted + 1, strlen(search.wanted) - 2); /* of a regular expression */
	if (inner)
		search.wanted = inner;
	if (!selector__lines(selector, &search.line, &last))
		search.line = 0;
	for (size_t i = 0; i < objects->n; i++)
		look_into(&search, &objects->items[i], i == 0);
	elsewhere__hint(request, *search.first, hint, sizeof(hint));
	if ((search.misplaced || !say_symbol(&search, selector__text(selector))) &&
	    !elsewhere__explain(selector, request, diag))
		say(&search, selector__text(selector), hint);
	free(search.misplaced);
	free(inner);
	for (size_t k = 0; k < SUGGESTIONS; k++)
		free(search.close[k].name);
	free(search.before.name);
	free(search.after.name);
}
