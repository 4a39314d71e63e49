/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * absent_lines: lines of a function that have code in some of its copies (its body, its inlined calls) and none in
 * others that were executed.
 */
#ifndef LPROF_ABSENT_LINES_H
#define LPROF_ABSENT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/line_hits_list.h"

/* A line, and how many of the executed copies have code of it. */
struct absent_line {
	uint32_t line;
	uint32_t n;
};

/* All zeros at first. */
struct absent_lines {
	struct absent_line *items;
	size_t n, room;
	uint32_t n_executed; /* copies */
};

/* Takes the lines HITS of a copy that was executed if EXECUTED. 0 or -ENOMEM. */
int absent_lines__note(struct absent_lines *absent, const struct line_hits_list *hits, bool executed);

/* Keeps the lines that some executed copy has no code of, by line. */
void absent_lines__choose(struct absent_lines *absent);

void absent_lines__release(struct absent_lines *absent);

#endif
