// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/line_table.h"

#include <dwarf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether that is why libdw has failed. It has numbers for its errors, but does not tell what they mean. */
static bool is_out_of_memory(void)
{
	const char *why = dwarf_errmsg(-1);

	return why && !strcmp(why, "out of memory");
}

int line_table__open(struct line_table *table, Dwarf_Die *die)
{
	Dwarf_Die unit;

	*table = (struct line_table){.n = 0};
	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return -ENOENT;
	if (dwarf_getsrclines(&unit, &table->rows, &table->n))
		return is_out_of_memory() ? -ENOMEM : -ENOENT;
	return table->n ? 0 : -ENOENT;
}

uint64_t line_table__address(const struct line_table *table, size_t row)
{
	Dwarf_Addr address = 0;

	dwarf_lineaddr(dwarf_onesrcline(table->rows, row), &address);
	return address;
}

size_t line_table__above(const struct line_table *table, uint64_t addr)
{
	size_t lo = 0;
	size_t hi = table->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (line_table__address(table, mid) <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct line_row line_table__read(const struct line_table *table, size_t row)
{
	Dwarf_Line *line = dwarf_onesrcline(table->rows, row);
	struct line_row out = {.addr = line_table__address(table, row)};
	int number = 0, column = 0;

	dwarf_lineendsequence(line, &out.end);
	if (out.end)
		return out;
	dwarf_lineno(line, &number);
	dwarf_linecol(line, &column);
	dwarf_linebeginstatement(line, &out.is_stmt);
	out.number = number > 0 ? (uint32_t)number : 0;
	out.column = column > 0 ? (uint32_t)column : 0;
	out.path = dwarf_linesrc(line, NULL, NULL);
	return out;
}

char *line_table__absolute(Dwarf_Die *die, const char *path)
{
	Dwarf_Die unit;
	Dwarf_Attribute attribute;
	const char *dir = NULL;
	char *result;

	if (*path != '/' && dwarf_diecu(die, &unit, NULL, NULL))
		dir = dwarf_formstring(dwarf_attr(&unit, DW_AT_comp_dir, &attribute));
	/* A relative compilation directory (-ffile-prefix-map) is in the path already when it is the file's own. */
	if (!dir || !*dir || (strncmp(path, dir, strlen(dir)) == 0 && path[strlen(dir)] == '/'))
		return strdup(path);
	return asprintf(&result, "%s/%s", dir, strncmp(path, "./", 2) == 0 ? path + 2 : path) < 0 ? NULL : result;
}
