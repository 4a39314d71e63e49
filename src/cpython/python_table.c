// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table is a sequence of entries (see CPython's Objects/locations.md). There is one for each instruction with its
 * inline caches, or several if these are longer than eight code units. The first byte of an entry has bit 7 set; then
 * come four bits of form, and three bits that hold the number of units minus one. In some forms, the difference of the
 * line to that of the entry before follows. Then come columns, which do not matter here. Only first bytes have bit 7
 * set, so damage is noticed.
 */
#include "cpython/python_table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

enum form {
	FORM_SHORT_LAST = 9,  /* 0 to 9: same line, a byte of columns */
	FORM_ONE_LINE = 10,   /* 10 to 12: 0 to 2 lines further, two bytes of columns */
	FORM_NO_COLUMNS = 13, /* a signed difference of lines */
	FORM_LONG = 14,	      /* a signed difference of lines, three unsigned numbers */
	FORM_NONE = 15,	      /* the instruction has no line */
};

struct reader {
	const uint8_t *at, *end;
	int64_t line;
	uint32_t unit; /* index of the code unit that the next entry begins with */
	bool has_line; /* the entry that was read last has one */
};

/* Reads an unsigned number: each byte has six bits of it, the lowest first, and bit 6 says that more bytes follow. */
static uint64_t read_number(struct reader *reader)
{
	uint64_t value = 0;
	unsigned shift = 0;

	while (reader->at < reader->end && !(*reader->at & 0x80)) {
		uint8_t byte = *reader->at++;

		if (shift < 60)
			value |= (uint64_t)(byte & 0x3f) << shift;
		shift += 6;
		if (!(byte & 0x40))
			break;
	}
	return value;
}

/* Reads a signed number, whose sign is in the lowest bit. */
static int64_t read_signed(struct reader *reader)
{
	uint64_t value = read_number(reader);

	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

/* Reads an entry. Afterwards the reader's line is that of the entry's units, which end before reader->unit. */
static bool read_entry(struct reader *reader)
{
	unsigned form;

	if (reader->at >= reader->end || !(*reader->at & 0x80))
		return false;
	form = *reader->at >> 3 & 0xf;
	reader->unit += (*reader->at++ & 7) + 1;
	reader->has_line = form != FORM_NONE;
	if (form >= FORM_ONE_LINE && form < FORM_NO_COLUMNS)
		reader->line += form - FORM_ONE_LINE;
	else if (form == FORM_NO_COLUMNS || form == FORM_LONG)
		reader->line += read_signed(reader);
	while (reader->at < reader->end && !(*reader->at & 0x80)) /* columns */
		reader->at++;
	return true;
}

static int compare_lines(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static size_t sort_once(uint32_t *lines, size_t n)
{
	size_t kept = 0;

	qsort(lines, n, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < n; i++)
		if (!kept || lines[kept - 1] != lines[i])
			lines[kept++] = lines[i];
	return kept;
}

/* The line of the entry that was read last, or 0. */
static uint32_t line_of(const struct reader *reader)
{
	return reader->has_line && reader->line > 0 && reader->line < UINT32_MAX ? (uint32_t)reader->line : 0;
}

int python_table__lines(const uint8_t *table, size_t size, uint32_t first_line, uint32_t first_traceable,
			struct python_lines *out)
{
	struct reader reader = {.at = table, .end = table + size, .line = first_line};
	uint32_t entry_line = 0;
	bool begun = false;
	size_t room = 0;

	*out = (struct python_lines){0};
	while (read_entry(&reader)) {
		uint32_t line = line_of(&reader);

		if (reader.unit <= first_traceable + 1) {
			entry_line = line;
			continue;
		}
		if (!begun) {
			out->first = line;
			out->silent = line && line == entry_line;
			begun = true;
		}
		if (!line)
			continue;
		if (grow__one(&out->lines, &room, out->n, sizeof(*out->lines))) {
			python_lines__release(out);
			return -ENOMEM;
		}
		out->lines[out->n++] = line;
	}
	if (out->n)
		out->n = sort_once(out->lines, out->n);
	return 0;
}

void python_lines__release(struct python_lines *lines)
{
	free(lines->lines);
	*lines = (struct python_lines){0};
}

int python_table__units(const uint8_t *table, size_t size, uint32_t first_line, struct python_units *out)
{
	struct reader reader = {.at = table, .end = table + size, .line = first_line};
	size_t room = 0;

	*out = (struct python_units){0};
	while (read_entry(&reader)) {
		while (out->n < reader.unit) {
			if (grow__one(&out->lines, &room, out->n, sizeof(*out->lines))) {
				python_units__release(out);
				return -ENOMEM;
			}
			out->lines[out->n++] = line_of(&reader);
		}
	}
	return 0;
}

void python_units__release(struct python_units *units)
{
	free(units->lines);
	*units = (struct python_units){0};
}
