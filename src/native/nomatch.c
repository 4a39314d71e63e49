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

#define SUGGESTIONS 3
#define LONGEST	    127

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
	struct neighbour before, after; /* the nearest functions that begin before the line, and on it or behind it */
	/* These are "" if there is no such object. */
	char partial[PATH_MAX]; /* an object that has the symbol, and misses a part of its debug information */
	char owner[PATH_MAX]; /* an object that has the symbol, and debug information, but not of the symbol's source */
	char indirect[PATH_MAX]; /* one whose symbol is that of an indirect function, of unknown implementations */
	char holder[PATH_MAX];	 /* an object that has the symbol but no debug information */
	char first[PATH_MAX];	 /* the target's first object, if it has no debug information */
};

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

unsigned nomatch__distance(const char *a, const char *b, unsigned limit)
{
	/* The algorithm is optimal string alignment. It looks back two rows only, so three rows are enough. */
	unsigned rows[3][LONGEST + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > LONGEST || m > LONGEST)
		return limit;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return rows[n % 3][m] < limit ? rows[n % 3][m] : limit;
}

static const char *after_scope(const char *name)
{
	const char *bare = name;

	for (const char *p = name; *p && *p != '(' && *p != '<'; p++)
		if (p[0] == ':' && p[1] == ':')
			bare = p + 2;
	return bare;
}

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
	unsigned limit = (unsigned)strlen(search->wanted) / 2 + 1, distance;

	if (search->line) {
		consider_place(search, name, file, line);
		return 0;
	}
	/* Names of libraries are of no help, but for a slip of the pen. */
	if (!search->main && limit > 2)
		limit = 2;
	distance = nomatch__distance(search->wanted, name, limit);
	if (distance == limit)
		distance = nomatch__distance(after_scope(search->wanted), after_scope(name), limit);
	if (distance < limit)
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
	err = debuginfo__open(obj, object->files, true, &quiet, &info);
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

static void say(const struct search *search, const char *text, const char *hint)
{
	char names[512] = "";

	for (size_t k = 0; k < SUGGESTIONS && search->close[k].name; k++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", search->close[k].name);
	}
	if (say_neighbours(search, text))
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
	unsigned last;
	char hint[PATH_MAX + 128];

	if (name)
		search.wanted = name;
	if (!selector__lines(selector, &search.line, &last))
		search.line = 0;
	for (size_t i = 0; i < objects->n; i++)
		look_into(&search, &objects->items[i], i == 0);
	elsewhere__hint(request, *search.first, hint, sizeof(hint));
	if (!say_symbol(&search, selector__text(selector)) && !elsewhere__explain(selector, request, diag))
		say(&search, selector__text(selector), hint);
	for (size_t k = 0; k < SUGGESTIONS; k++)
		free(search.close[k].name);
	free(search.before.name);
	free(search.after.name);
}
