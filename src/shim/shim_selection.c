// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_selection.h"

#include <fnmatch.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct selector {
	uint32_t kind;
	uint32_t first, last;
	char *name, *file;
	regex_t regex;
	bool compiled; /* REGEX is */
};

struct shim_selection {
	struct selector *items;
	uint32_t n;
};

void shim_selection__free(struct shim_selection *selection)
{
	if (!selection)
		return;
	for (uint32_t i = 0; i < selection->n; i++) {
		if (selection->items[i].compiled)
			regfree(&selection->items[i].regex);
		free(selection->items[i].name);
		free(selection->items[i].file);
	}
	free(selection->items);
	free(selection);
}

/* A copy of the text that begins at AT. */
static char *text_at(const struct lprof_shim_run *run, uint32_t at)
{
	return at < LPROF_SHIM_TEXT ? strndup(run->text + at, LPROF_SHIM_TEXT - at) : strdup("");
}

/* Returns false when out of memory. */
static bool take(const struct lprof_shim_run *run, const struct lprof_shim_selector *from, struct selector *selector)
{
	selector->kind = from->kind;
	selector->first = from->first;
	selector->last = from->last;
	selector->name = text_at(run, from->name);
	selector->file = text_at(run, from->file);
	if (!selector->name || !selector->file)
		return false;
	if (selector->kind == LPROF_SHIM_REGEX)
		selector->compiled = !regcomp(&selector->regex, selector->name, REG_EXTENDED | REG_NOSUB);
	return true;
}

struct shim_selection *shim_selection__new(const struct lprof_shim_run *run)
{
	uint32_t n = run->n_selectors < LPROF_SHIM_SELECTORS ? run->n_selectors : LPROF_SHIM_SELECTORS;
	struct shim_selection *selection = calloc(1, sizeof(*selection));
	bool ok;

	if (!selection)
		return NULL;
	selection->items = calloc(n + 1, sizeof(*selection->items));
	ok = selection->items;
	while (ok && selection->n < n) {
		ok = take(run, &run->selectors[selection->n], &selection->items[selection->n]);
		selection->n++;
	}
	if (ok)
		return selection;
	if (!selection->items)
		selection->n = 0;
	shim_selection__free(selection);
	return NULL;
}

static bool matches_file(const struct selector *selector, const char *file)
{
	const char *base = strrchr(file, '/');

	base = base ? base + 1 : file;
	return !*selector->file || !strcmp(selector->file, base) || !fnmatch(selector->file, base, 0);
}

/* Whether GLOB matches the name, or what follows one of its dots. */
static bool matches_glob(const char *glob, const char *name)
{
	for (; name; name = strchr(name, '.'), name = name ? name + 1 : NULL)
		if (!fnmatch(glob, name, 0))
			return true;
	return false;
}

static bool matches_name(const struct selector *selector, const struct shim_identity *identity)
{
	switch (selector->kind) {
	case LPROF_SHIM_NAME:
		return !strcmp(selector->name, identity->name);
	case LPROF_SHIM_GLOB:
		return matches_glob(selector->name, identity->qualname) || !fnmatch(selector->name, identity->name, 0);
	case LPROF_SHIM_REGEX:
		/* One that this C library does not understand selects all: the profiler has the last word. */
		return !selector->compiled || !regexec(&selector->regex, identity->qualname, 0, NULL, 0) ||
		       !regexec(&selector->regex, identity->name, 0, NULL, 0);
	default:
		return true;
	}
}

static bool matches_lines(const struct selector *selector, const struct shim_identity *identity)
{
	if (!selector->last || (identity->first_line >= selector->first && identity->first_line <= selector->last))
		return true;
	for (uint32_t i = 1; i < identity->n_lines; i++)
		if (identity->lines[i] >= selector->first && identity->lines[i] <= selector->last)
			return true;
	return false;
}

bool shim_selection__may_want(const struct shim_selection *selection, const struct shim_identity *identity)
{
	for (uint32_t i = 0; i < selection->n; i++)
		if (matches_name(&selection->items[i], identity) && matches_file(&selection->items[i], identity->file))
			return true;
	return false;
}

bool shim_selection__wants(const struct shim_selection *selection, const struct shim_identity *identity)
{
	for (uint32_t i = 0; i < selection->n; i++)
		if (matches_name(&selection->items[i], identity) &&
		    matches_file(&selection->items[i], identity->file) && matches_lines(&selection->items[i], identity))
			return true;
	return false;
}
