// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/name_glob.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target/name_tokens.h"

/* TEXT with "::" between its parts, whatever STYLE has there. Owned by the caller; NULL when out of memory. */
static char *separate(const char *text, const struct name_style *style)
{
	const char *separators = style->packages ? ".%/" : style->dots ? ".%" : "";
	char *result = malloc(2 * strlen(text) + 1);
	size_t n = 0;

	for (const char *p = text; result && *p;) {
		size_t length = name_tokens__closed(text, p);

		if (length) {
			memcpy(result + n, p, length);
			n += length;
			p += length;
		} else if (strchr(separators, *p)) {
			result[n++] = ':';
			result[n++] = ':';
			p++;
		} else {
			result[n++] = *p++;
		}
	}
	if (result)
		result[n] = '\0';
	return result;
}

/* What follows the first "::" in TEXT, or NULL. */
static const char *next_part(const char *text)
{
	for (const char *p = text; *p;) {
		size_t length = name_tokens__closed(text, p);

		if (!length && strncmp(p, "::", 2) == 0)
			return p + 2;
		p += length ? length : 1;
	}
	return NULL;
}

/* Takes the template arguments out of NAME: "Ring::sum" for "Ring<int>::sum". */
static void drop_arguments(char *name)
{
	for (char *p = name; *p;) {
		size_t length = name_tokens__closed(name, p);

		if (length && *p == '<' && p > name)
			memmove(p, p + length, strlen(p + length) + 1);
		else
			p += length ? length : 1;
	}
}

/* Takes the inline namespaces INLINES ("outer::v2") out of NAME: "outer::f" for "outer::v2::f". */
static void drop_inlines(char *name, const char *const *inlines)
{
	size_t n = 0;

	while (inlines && inlines[n])
		n++;
	/* Those within others, which follow them in the list, go first. */
	for (size_t i = n; i-- > 0;) {
		size_t length = strlen(inlines[i]);
		const char *last = memrchr(inlines[i], ':', length);
		size_t outer = last ? (size_t)(last - inlines[i]) + 1 : 0;

		for (char *p = strstr(name, inlines[i]); p; p = strstr(p + 1, inlines[i]))
			if ((p == name || !(name_tokens__is_word(p[-1]) || p[-1] == ':')) &&
			    strncmp(p + length, "::", 2) == 0)
				memmove(p + outer, p + length + 2, strlen(p + length + 2) + 1);
	}
}

/* Whether GLOB matches NAME, both with "::" between their parts, or a tail of it. */
static bool matches_tail(const char *glob, const char *name, bool global, int flags)
{
	bool found = fnmatch(glob, name, flags) == 0;

	/* A pattern of one part must not mean all that is in a namespace or a class of that name. */
	if (!global && next_part(glob))
		for (const char *tail = next_part(name); tail && !found; tail = next_part(tail))
			found = fnmatch(glob, tail, flags) == 0;
	return found;
}

/* Rust: whether GLOB matches "Circle::area" or "Shape::area", for the NAME "<Circle as Shape>::area". */
static bool matches_trait(const char *glob, const char *name, const struct name_style *style)
{
	size_t length = style->generics && *name == '<' ? name_tokens__group(name) : 0;
	const char *as = length ? memmem(name, length, " as ", 4) : NULL;
	bool found = false;

	for (int trait = 0; as && trait < 2 && !found; trait++) {
		const char *type = trait ? as + 4 : name + 1;
		const char *end = trait ? name + length - 1 : as;
		char *plain;

		if (asprintf(&plain, "%.*s%s", (int)(end - type), type, name + length) < 0)
			return false;
		found = name_glob__is(glob, plain, style, NULL);
		free(plain);
	}
	return found;
}

/* Whether NAME has the longest word of GLOB in it, without which no way of reading it can match. This is cheap. */
static bool has_word(const char *glob, const char *name, bool any_case)
{
	char word[64] = "";
	size_t longest = 0;

	/* What is in square brackets is no word. */
	if (strchr(glob, '['))
		return true;
	for (const char *p = glob; *p;) {
		size_t length = 0;

		while (isalnum((unsigned char)p[length]) || p[length] == '_')
			length++;
		if (length > longest && length < sizeof(word)) {
			longest = length;
			memcpy(word, p, length);
			word[length] = '\0';
		}
		p += length ? length : 1;
	}
	return any_case ? strcasestr(name, word) : strstr(name, word);
}

bool name_glob__is(const char *glob, const char *name, const struct name_style *style, const char *const *inlines)
{
	int flags = style->any_case ? FNM_CASEFOLD : 0;
	bool global = strncmp(glob, "::", 2) == 0;
	char *parts, *whole;
	bool found = false;

	if (fnmatch(glob + (global ? 2 : 0), name, flags) == 0 || strcmp(glob, name) == 0)
		return true;
	/* Spelling the names of all functions of a large program otherwise would take long. */
	if (!strpbrk(glob, ":.%/") || !has_word(glob, name, style->any_case))
		return false;
	parts = separate(glob + (global ? 2 : 0), style);
	whole = separate(name, style);
	if (parts && whole) {
		found = matches_tail(parts, whole, global, flags);
		drop_inlines(whole, inlines);
		found = found || matches_tail(parts, whole, global, flags);
		if (!found && !strchr(glob, '<')) {
			drop_arguments(whole);
			found = matches_tail(parts, whole, global, flags);
		}
	}
	free(parts);
	free(whole);
	return found || matches_trait(glob, name, style);
}
