/* SPDX-License-Identifier: GPL-2.0-or-later */
/* code_labels: where the labels of a function are, in its source and in its code. */
#ifndef LPROF_CODE_LABELS_H
#define LPROF_CODE_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "dwarf/line_rows.h"

struct code_label {
	uint64_t addr; /* 0: it has no code */
	uint32_t line; /* debug_places.h */
};

struct code_labels {
	struct code_label *items; /* by address, then by line; owned */
	size_t n, capacity;
};

/* The labels of the function of ROWS, not those of inlined callees. Returns 0 or -ENOMEM. */
int code_labels__find(struct code_labels *labels, struct line_rows *rows);

/* The line of the first label at ADDR, or 0. */
uint32_t code_labels__line_at(const struct code_labels *labels, uint64_t addr);

/* How many labels are on LINE or above it. */
uint32_t code_labels__up_to(const struct code_labels *labels, uint32_t line);

void code_labels__clear(struct code_labels *labels);

#endif
