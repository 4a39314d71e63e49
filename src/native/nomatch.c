// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/nomatch.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/debuginfo.h"
#include "elf/objfile.h"

#define SUGGESTIONS 3
#define LONGEST	    127

struct search {
	const char *wanted; /* bare or qualified name, as the user wrote it */
	const struct diag *diag;
	struct {
		char *name;
		unsigned distance;
	} close[SUGGESTIONS];
	char holder[PATH_MAX]; /* an object that has the symbol but no debug information; "": none */
	char first[PATH_MAX];  /* the target's first object if it has no debug information; else "" */
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

static int consider(const char *name, const char *file, unsigned line, void *ctx)
{
	struct search *search = ctx;
	unsigned limit = (unsigned)strlen(search->wanted) / 2 + 1, distance;

	(void)file;
	(void)line;
	distance = nomatch__distance(search->wanted, name, limit);
	if (distance == limit)
		distance = nomatch__distance(after_scope(search->wanted), after_scope(name), limit);
	if (distance < limit)
		remember(search, name, distance);
	return 0;
}

static int is_wanted_symbol(const struct objfile_symbol *symbol, void *ctx)
{
	const struct search *search = ctx;

	return !strcmp(symbol->name, search->wanted);
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
	err = debuginfo__open(obj, object->files, true, &quiet, &info);
	if (!err) {
		debuginfo__each_name(info, consider, search);
		debuginfo__close(info);
	} else if (err == -ENOENT) {
		if (!*search->holder && objfile__each_function(obj, is_wanted_symbol, search))
			describe(obj, search->holder);
		if (first)
			describe(obj, search->first);
	}
	objfile__close(obj);
}

static void say(const struct search *search, const char *text)
{
	char names[512] = "";

	for (size_t k = 0; k < SUGGESTIONS && search->close[k].name; k++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", search->close[k].name);
	}
	if (*search->holder)
		diag__error(search->diag,
			    "function %s is in %s, which has no debug information; install it or compile with -g", text,
			    search->holder);
	else if (*search->first)
		diag__error(search->diag,
			    "no function matches %s, but %s has no debug information; install it or compile with -g",
			    text, search->first);
	else if (*names)
		diag__error(search->diag, "no function matches %s; close names: %s", text, names);
	else
		diag__error(search->diag,
			    "no function matches %s in the target's objects with debug information; `lprof-bpf list` "
			    "shows what there is",
			    text);
}

void nomatch__explain(const struct selector *selector, const struct target_objects *objects, const struct diag *diag)
{
	const char *exact = selector__exact_name(selector);
	struct search search = {.wanted = selector__text(selector), .diag = diag};

	if (exact && selector__file(selector))
		search.wanted = exact;
	for (size_t i = 0; i < objects->n; i++)
		look_into(&search, &objects->items[i], i == 0);
	say(&search, selector__text(selector));
	for (size_t k = 0; k < SUGGESTIONS; k++)
		free(search.close[k].name);
}
