/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * string_table: texts by number, each once. Pure.
 */
#ifndef LPROF_STRING_TABLE_H
#define LPROF_STRING_TABLE_H

#include <stddef.h>

struct string_table {
	char **strings; /* strings[NUMBER]; owned by the table */
	size_t n, capacity;
	void *tree; /* of pointers to the entries' text */
};

/*
 * Makes an empty table of TABLE, in which "" has the number 0. 0 or -ENOMEM; string_table__free() is due either way.
 */
int string_table__init(struct string_table *table);
void string_table__free(struct string_table *table);

/* Sets *number to that of TEXT, which is copied when it is new. 0 or -ENOMEM. */
int string_table__add(struct string_table *table, const char *text, size_t *number);

#endif
