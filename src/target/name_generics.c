// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/name_generics.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "target/name_form.h"
#include "target/name_tokens.h"

/* The length of the argument at P, in a list. */
static size_t argument_length(const char *p)
{
	size_t length = 0;

	while (p[length] && p[length] != ',' && (p[length] != '>' || (length && p[length - 1] == '-'))) {
		size_t group = strchr("<([{", p[length]) ? name_tokens__group(p + length) : 0;

		length += group ? group : 1;
	}
	return length;
}

/* Takes the values of N generics from the LIST "<a,b>"; none if it has more or less. */
static void take_values(struct name_generic *generics, size_t n, const char *list)
{
	size_t count = 1;
	const char *p;

	for (p = list + 1; p[argument_length(p)] == ','; p += argument_length(p) + 1)
		count++;
	if (count != n)
		return;
	p = list + 1;
	for (size_t i = 0; i < n; i++) {
		size_t length = argument_length(p);

		generics[i].value = strndup(p, length);
		p += length + 1;
	}
}

struct name_generic *name_generics__make(const char *const *names, const char *bare, const struct name_style *style)
{
	struct name_generic *generics;
	char *form, *list;
	size_t n = 0;

	while (names && names[n])
		n++;
	generics = n ? calloc(n + 1, sizeof(*generics)) : NULL;
	if (!generics)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		generics[i].name = strdup(names[i]);
		if (!generics[i].name)
			break;
	}
	form = bare ? name_form__make(bare, style, NULL) : NULL;
	list = form ? strchr(form, '<') : NULL;
	/* In C++, the arguments of the class are not in the name of its function. */
	if (list && list > form && style->generics)
		take_values(generics, n, list);
	free(form);
	return generics;
}

void name_generics__free(struct name_generic *generics)
{
	for (struct name_generic *g = generics; g && g->name; g++) {
		free(g->name);
		free(g->value);
	}
	free(generics);
}
