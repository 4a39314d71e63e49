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
	bool skipped; /* some copies that have it were entered more often than it was hit */
};

/* All zeros at first. */
struct absent_lines {
	struct absent_line *items;
	size_t n, room;
	uint32_t n_executed; /* copies */
};

/*
 * Takes the lines HITS of a copy that was entered N times. Where statements are MARKED, lines that calls may pass by
 * are not kept: a branch may be left out since it is never taken. 0 or -ENOMEM.
 */
int absent_lines__note(struct absent_lines *absent, const struct line_hits_list *hits, uint64_t n, bool marked);

/* Keeps the lines that some executed copy has no code of, by line. */
void absent_lines__choose(struct absent_lines *absent);

void absent_lines__release(struct absent_lines *absent);

#endif
