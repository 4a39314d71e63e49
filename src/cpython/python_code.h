/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_code: the code objects of which the BPF programs have sent records: their names, files and lines, and whether
 * they are wanted. Pure.
 */
#ifndef LPROF_PYTHON_CODE_H
#define LPROF_PYTHON_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cpython/python_table.h"
#include "lprof_python.h"
#include "target/selector.h"

struct python_code {
	uint32_t id; /* 0: there was no record of it yet */
	struct lprof_python_code_key key;
	pid_t pid; /* of the process that has it, 0: it is not seen from here */
	char *name;
	char *qualname; /* "Class.method", "function.<locals>.inner" */
	char *file;	/* as the interpreter knows it */
	uint32_t first_line;
	uint32_t first_traceable;
	bool nameless; /* as in lprof_python_site: nothing but the names is known */
	bool unwanted;
	uint8_t *table;
	size_t table_size;	   /* of the whole table, as the first record says */
	size_t table_got;	   /* how much of it has come */
	struct python_lines lines; /* filled when the table is complete */
};

struct python_codes {
	struct python_code *items; /* ID's is items[ID - 1] */
	size_t n, room;
};

/*
 * Takes a record of SIZE bytes. Returns 0 and sets *out to the code object if it is now completely known, or to NULL
 * when more records are to come. -EINVAL: the record makes no sense; -ENOMEM.
 */
int python_codes__take(struct python_codes *codes, const struct lprof_python_record *record, size_t size,
		       struct python_code **out);

/* What is known of a code object from elsewhere; all is copied. LINES are as in struct python_lines. */
struct python_code_facts {
	const char *name, *qualname, *file;
	uint32_t first_line;
	const uint32_t *lines;
	size_t n_lines;
};

/* Adds a code object that is known completely, and sets *id to its ID. 0 or -ENOMEM. */
int python_codes__add(struct python_codes *codes, const struct python_code_facts *facts, uint32_t *id);
const struct python_code *python_codes__find(const struct python_codes *codes, uint32_t id); /* or NULL */
void python_codes__release(struct python_codes *codes);

/* Frees all that is known of an unwanted code object but its ID and that it is unwanted. */
void python_code__forget(struct python_code *code);

/* Whether all records of the code object have come. */
bool python_code__is_complete(const struct python_code *code);

/*
 * Whether SELECTOR selects it, by name or because it has code on the selector's lines. Functions of modules that are
 * frozen into the interpreter must be selected with their file.
 */
bool python_code__is_selected(const struct python_code *code, const struct selector *selector);

/*
 * Orders by file and line. 0: both are the same function, perhaps of different processes. A code object whose records
 * have not all come equals only itself.
 */
int python_code__compare(const struct python_code *a, const struct python_code *b);

/* The last component of an exact name ("fit" of "Regression.fit"), or NULL when SELECTOR requires no name. */
const char *python_code__bare_name(const struct selector *selector);

#endif
