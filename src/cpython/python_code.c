// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpython/python_code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "cpython/python_text.h"

#define MOST_CODES (1u << 24)
#define MOST_TABLE (LPROF_PYTHON_CHUNKS * LPROF_PYTHON_CHUNK)

static void release_code(struct python_code *code)
{
	free(code->name);
	free(code->qualname);
	free(code->file);
	free(code->table);
	python_lines__release(&code->lines);
	*code = (struct python_code){0};
}

/* The element for ID, which is made if need be; NULL when out of memory. */
static struct python_code *place(struct python_codes *codes, uint32_t id)
{
	while (codes->n < id) {
		if (grow__one(&codes->items, &codes->room, codes->n, sizeof(*codes->items)))
			return NULL;
		codes->items[codes->n++] = (struct python_code){0};
	}
	return &codes->items[id - 1];
}

/*
 * Takes a code object's first record. It may come a second time, when the ring buffer had no room for the records after
 * it: then everything begins anew.
 */
static int take_code(struct python_code *code, const struct lprof_python_code_record *record)
{
	release_code(code);
	*code = (struct python_code){
		.id = record->record.id,
		.key = record->key,
		.pid = (pid_t)record->pid,
		.name = python_text__string(&record->name),
		.qualname = python_text__string(&record->qualname),
		.file = python_text__string(&record->file),
		.first_line = record->first_line,
		.first_traceable = record->first_traceable,
		.nameless = record->nameless,
		.table_size = record->table_size,
	};
	if (!code->name || !code->qualname || !code->file) {
		release_code(code);
		return -ENOMEM;
	}
	return 0;
}

static int take_table(struct python_code *code, const struct lprof_python_table_record *record)
{
	if (!code->id || record->offset != code->table_got || record->size > sizeof(record->bytes) ||
	    record->size > code->table_size - code->table_got)
		return -EINVAL;
	if (!code->table)
		code->table = malloc(code->table_size);
	if (!code->table)
		return -ENOMEM;
	memcpy(code->table + code->table_got, record->bytes, record->size);
	code->table_got += record->size;
	return 0;
}

bool python_code__is_complete(const struct python_code *code)
{
	return code->id && code->table_got == code->table_size;
}

int python_codes__take(struct python_codes *codes, const struct lprof_python_record *record, size_t size,
		       struct python_code **out)
{
	size_t wanted = record->kind == LPROF_PYTHON_CODE ? sizeof(struct lprof_python_code_record)
							  : sizeof(struct lprof_python_table_record);
	struct python_code *code;
	int err;

	*out = NULL;
	if (size < wanted || !record->id || record->id > MOST_CODES ||
	    (record->kind == LPROF_PYTHON_CODE &&
	     ((const struct lprof_python_code_record *)record)->table_size > MOST_TABLE))
		return -EINVAL;
	code = place(codes, record->id);
	if (!code)
		return -ENOMEM;
	err = record->kind == LPROF_PYTHON_CODE ? take_code(code, (const void *)record)
						: take_table(code, (const void *)record);
	if (err || !python_code__is_complete(code))
		return err;
	err = python_table__lines(code->table, code->table_size, code->first_line, code->first_traceable, &code->lines);
	if (!err)
		*out = code;
	return err;
}

/* Of such code there is no table of lines; that its lines are the same shows as well that two are the same function. */
int python_codes__add(struct python_codes *codes, const struct python_code_facts *facts, uint32_t *id)
{
	size_t size = facts->n_lines * sizeof(*facts->lines);
	struct python_code *code = place(codes, (uint32_t)codes->n + 1);

	if (!code)
		return -ENOMEM;
	*code = (struct python_code){
		.name = strdup(facts->name),
		.qualname = strdup(facts->qualname),
		.file = strdup(facts->file),
		.first_line = facts->first_line,
		.table = malloc(size + 1),
		.table_size = size,
		.table_got = size,
		.lines = {.lines = malloc(size + 1), .n = facts->n_lines},
	};
	if (!code->name || !code->qualname || !code->file || !code->table || !code->lines.lines) {
		release_code(code);
		return -ENOMEM;
	}
	if (size) {
		memcpy(code->table, facts->lines, size);
		memcpy(code->lines.lines, facts->lines, size);
	}
	code->id = (uint32_t)codes->n;
	*id = code->id;
	return 0;
}

const struct python_code *python_codes__find(const struct python_codes *codes, uint32_t id)
{
	return id && id <= codes->n && codes->items[id - 1].id ? &codes->items[id - 1] : NULL;
}

void python_codes__release(struct python_codes *codes)
{
	for (size_t i = 0; i < codes->n; i++)
		release_code(&codes->items[i]);
	free(codes->items);
	*codes = (struct python_codes){0};
}

/*
 * Whether the code object has code on the lines FIRST to LAST. A module has code on each line where a function's
 * definition begins, so a range of lines never selects it.
 */
static bool on_lines(const struct python_code *code, unsigned first, unsigned last)
{
	if (first != last && !strcmp(code->name, "<module>"))
		return false;
	if (code->first_line >= first && code->first_line <= last)
		return true;
	for (size_t i = 0; i < code->lines.n; i++)
		if (code->lines.lines[i] >= first && code->lines.lines[i] <= last)
			return true;
	return false;
}

/* Whether WANT is QUALNAME, or what follows one of its dots. "<locals>." in QUALNAME may be left out of WANT. */
static bool is_tail(const char *want, const char *qualname)
{
	static const char locals[] = "<locals>.";
	const char *w = want + strlen(want), *q = qualname + strlen(qualname);
	const size_t skipped = strlen(locals);

	while (w > want) {
		if (w[-1] == '.' && q >= qualname + skipped && !strncmp(q - skipped, locals, skipped) &&
		    !(w >= want + skipped && !strncmp(w - skipped, locals, skipped)))
			q -= skipped;
		if (q == qualname || q[-1] != w[-1])
			return false;
		q--;
		w--;
	}
	return q == qualname || q[-1] == '.';
}

/* Whether the code is frozen into the interpreter: parts of the interpreter's start are written in Python. */
static bool is_frozen(const struct python_code *code)
{
	return !strncmp(code->file, "<frozen ", strlen("<frozen "));
}

bool python_code__is_selected(const struct python_code *code, const struct selector *selector)
{
	const char *name = selector__name(selector);
	unsigned first, last;

	if (!selector__matches_file(selector, code->file) || (is_frozen(code) && !selector__file(selector)))
		return false;
	if (selector__lines(selector, &first, &last))
		return on_lines(code, first, last);
	if (name)
		return is_tail(name, code->qualname) || !strcmp(name, code->name);
	return selector__matches_name(selector,
				      &(struct function_names){.bare = code->name, .qualified = code->qualname});
}

void python_code__forget(struct python_code *code)
{
	uint32_t id = code->id;

	release_code(code);
	code->id = id;
	code->unwanted = true;
}

int python_code__compare(const struct python_code *a, const struct python_code *b)
{
	int order = strcmp(a->file, b->file);

	if (!order)
		order = (a->first_line > b->first_line) - (a->first_line < b->first_line);
	if (!order)
		order = strcmp(a->qualname, b->qualname);
	if (!order)
		order = (a->table_size > b->table_size) - (a->table_size < b->table_size);
	if (!order)
		order = python_code__is_complete(a) - python_code__is_complete(b);
	if (order)
		return order;
	if (!python_code__is_complete(a))
		return (a->id > b->id) - (a->id < b->id);
	return a->table_size ? memcmp(a->table, b->table, a->table_size) : 0;
}

const char *python_code__bare_name(const struct selector *selector)
{
	const char *name = selector__name(selector), *dot = name ? strrchr(name, '.') : NULL;

	return dot ? dot + 1 : name;
}
