/* SPDX-License-Identifier: GPL-2.0-or-later */
/* merged_lines: lines of which a compiler may have made one code for several inlined calls of a function. Pure. */
#ifndef LPROF_MERGED_LINES_H
#define LPROF_MERGED_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "flow/attribute.h"

/* An instruction of an inlined call: the call's number, from 1 on, and the line; both are 0 in other code. */
struct merged_code {
	uint32_t call, line;
};

/*
 * CODE has one item for each instruction of the body. Sets *OUT to the lines that may have been executed more often
 * than their code, N of them, some maybe twice: an array owned by the caller. Returns 0 or -ENOMEM.
 */
int merged_lines__find(const struct attribution *attribution, const struct merged_code *code, uint32_t **out,
		       size_t *n);

#endif
