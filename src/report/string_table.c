// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/string_table.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

struct table_entry {
	const char *text; /* points to the copy in the table's array */
	size_t number;
};

static int compare(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;

	return strcmp(x->text, y->text);
}

int string_table__init(struct string_table *table)
{
	size_t number;

	*table = (struct string_table){0};
	return string_table__add(table, "", &number);
}

void string_table__free(struct string_table *table)
{
	tdestroy(table->tree, free);
	for (size_t i = 0; i < table->n; i++)
		free(table->strings[i]);
	free(table->strings);
	*table = (struct string_table){0};
}

static int add_new(struct string_table *table, const char *text)
{
	struct table_entry *entry = malloc(sizeof(*entry));
	char *copy = strdup(text);

	if (!entry || !copy || grow__one(&table->strings, &table->capacity, table->n, sizeof(*table->strings)))
		goto fail;
	*entry = (struct table_entry){.text = copy, .number = table->n};
	if (!tsearch(entry, &table->tree, compare))
		goto fail;
	table->strings[table->n++] = copy;
	return 0;
fail:
	free(entry);
	free(copy);
	return -ENOMEM;
}

int string_table__add(struct string_table *table, const char *text, size_t *number)
{
	const struct table_entry key = {.text = text};
	struct table_entry *const *found = tfind(&key, &table->tree, compare);

	*number = found ? (*found)->number : table->n;
	return found ? 0 : add_new(table, text);
}
