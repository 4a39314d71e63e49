// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/code_labels.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "dwarf/die_block.h"

enum { MAX_DEPTH = 256 };

/* Adds the label DIE, if it has a line. */
static int add_label(struct code_labels *labels, struct line_rows *rows, Dwarf_Die *die)
{
	Dwarf_Addr addr = 0;
	int line = 0, err;
	uint32_t number;

	if (dwarf_decl_line(die, &line) != 0)
		return 0;
	if (dwarf_lowpc(die, &addr) != 0)
		addr = 0;
	number = line_rows__number(rows, dwarf_decl_file(die), line);
	if (!number)
		return 0;
	err = grow__one(&labels->items, &labels->capacity, labels->n, sizeof(*labels->items));
	if (!err)
		labels->items[labels->n++] = (struct code_label){addr, number};
	return err;
}

static int collect(struct code_labels *labels, struct line_rows *rows, Dwarf_Die *die, int depth)
{
	Dwarf_Die child;
	int err = 0;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_label)
			err = add_label(labels, rows, &child);
		else if (die_block__is(tag))
			err = collect(labels, rows, &child, depth + 1);
	} while (!err && dwarf_siblingof(&child, &child) == 0);
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct code_label *left = a, *right = b;

	if (left->addr != right->addr)
		return left->addr < right->addr ? -1 : 1;
	return (left->line > right->line) - (left->line < right->line);
}

int code_labels__find(struct code_labels *labels, struct line_rows *rows)
{
	int err = collect(labels, rows, rows->die, 0);

	if (labels->n)
		qsort(labels->items, labels->n, sizeof(*labels->items), compare);
	return err;
}

uint32_t code_labels__line_at(const struct code_labels *labels, uint64_t addr)
{
	size_t found = SORTED_AT(labels->items, labels->n, addr, addr);

	return found < labels->n ? labels->items[found].line : 0;
}

uint32_t code_labels__up_to(const struct code_labels *labels, uint32_t line)
{
	uint32_t n = 0;

	for (size_t k = 0; k < labels->n; k++)
		n += labels->items[k].line <= line;
	return n;
}

void code_labels__clear(struct code_labels *labels)
{
	free(labels->items);
	*labels = (struct code_labels){.items = NULL};
}
