/* SPDX-License-Identifier: GPL-2.0-or-later */
/* string_table: gives each different text a number, counting from 0, and keeps one copy of it. Pure. */
#ifndef LPROF_STRING_TABLE_H
#define LPROF_STRING_TABLE_H

#include <stddef.h>

struct string_table {
	char **strings; /* strings[NUMBER]; owned by the table */
	size_t n, capacity;
	void *tree; /* tsearch(3) tree of the entries, by text */
};

/*
 * Initializes TABLE; "" gets the number 0. Returns 0 or -ENOMEM. The caller must call string_table__free() in either
 * case.
 */
int string_table__init(struct string_table *table);
void string_table__free(struct string_table *table);

/* Sets *number to the number of TEXT. A new text is copied and gets the next number. Returns 0 or -ENOMEM. */
int string_table__add(struct string_table *table, const char *text, size_t *number);

#endif
