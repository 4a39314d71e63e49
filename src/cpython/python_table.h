/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_table: decodes which lines the instructions of a CPython 3.11 code object belong to (its co_linetable). Pure.
 */
#ifndef LPROF_PYTHON_TABLE_H
#define LPROF_PYTHON_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct python_lines {
	uint32_t *lines; /* lines with code after the first traceable instruction; sorted, each once */
	size_t n;
	uint32_t first; /* line where execution begins; 0: it begins with an instruction that has no line */
	bool silent;	/* the interpreter has no event for the beginning of that line, since the entry is on it too */
};

/*
 * Decodes TABLE, of SIZE bytes, of a code object that begins on FIRST_LINE. A call of it is seen at its instruction
 * FIRST_TRACEABLE. A damaged table yields what was read before the damage. Returns 0 and lines that
 * python_lines__release() frees, or -ENOMEM.
 */
int python_table__lines(const uint8_t *table, size_t size, uint32_t first_line, uint32_t first_traceable,
			struct python_lines *out);
void python_lines__release(struct python_lines *lines);

/* The line of each code unit, which is what an instruction or an element of its inline cache takes. */
struct python_units {
	uint32_t *lines; /* 0: the instruction has no line */
	size_t n;
};

/* Decodes TABLE as python_table__lines() does. Returns 0 and units that python_units__release() frees, or -ENOMEM. */
int python_table__units(const uint8_t *table, size_t size, uint32_t first_line, struct python_units *out);
void python_units__release(struct python_units *units);

#endif
