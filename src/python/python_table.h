/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_table: which lines the instructions of a CPython 3.11 code object belong to (its co_linetable). Pure.
 */
#ifndef LPROF_PYTHON_TABLE_H
#define LPROF_PYTHON_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct python_lines {
	uint32_t *
		lines; /* that have code, the instructions before the first traceable one excepted; sorted, each once */
	size_t n;
	uint32_t first; /* where execution begins; 0: an instruction without a line */
	bool silent;	/* the beginning of that line is no event, since the entry is on the same line */
};

/*
 * Decodes TABLE, of SIZE bytes, of a code object that begins on FIRST_LINE and whose instruction FIRST_TRACEABLE is
 * the one at which a call is seen. A damaged table yields what was read before the damage. Returns 0 and lines that
 * python_lines__release() frees, or -ENOMEM.
 */
int python_table__lines(const uint8_t *table, size_t size, uint32_t first_line, uint32_t first_traceable,
			struct python_lines *out);
void python_lines__release(struct python_lines *lines);

#endif
