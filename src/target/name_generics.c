// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/name_generics.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "target/name_form.h"
#include "target/name_tokens.h"

/* Takes the values of N generics from the LIST "<a,b>"; none if it has more or less. */
static void take_values(struct name_generic *generics, size_t n, const char *list)
{
	const char *p, *end = list + strlen(list);
	size_t count = 1;

	for (p = list + 1; p[name_tokens__argument(p, end)] == ','; p += name_tokens__argument(p, end) + 1)
		count++;
	if (count != n)
		return;
	p = list + 1;
	for (size_t i = 0; i < n; i++) {
		size_t length = name_tokens__argument(p, end);

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
	for (size_t i = 0; i < n; i++)
		generics[i].name = names[i];
	/* In C++, the arguments of the class are not in the name of its function. */
	form = bare && style->generics ? name_form__make(bare, style, NULL) : NULL;
	list = form ? strchr(form, '<') : NULL;
	if (list && list > form)
		take_values(generics, n, list);
	free(form);
	return generics;
}

void name_generics__free(struct name_generic *generics)
{
	for (struct name_generic *g = generics; g && g->name; g++)
		free(g->value);
	free(generics);
}
