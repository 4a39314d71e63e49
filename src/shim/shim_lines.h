/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_lines: which lines of a function that does not fit into the budget fit by themselves. These stay open: their
 * hits are counted all the time, and are exact. Pure.
 */
#ifndef LPROF_SHIM_LINES_H
#define LPROF_SHIM_LINES_H

#include <stdbool.h>
#include <stdint.h>

#define SHIM_LINES_NONE UINT32_MAX

struct shim_line {
	bool closed;
	bool useless;	/* it cannot be a reference */
	uint32_t hits;	/* since it was last decided which lines stay open, */
	uint64_t total; /* and since the function does not fit, while the line was open */
};

/* By number; 0 is the entry. */
struct shim_lines {
	struct shim_line *items;
	uint32_t n;
};

/* All of them are open. To be released. Without memory there is none. */
void shim_lines__begin(struct shim_lines *lines, uint32_t n);
void shim_lines__release(struct shim_lines *lines);

/* A line that is unknown is not open. */
static inline bool shim_lines__is_open(const struct shim_lines *lines, uint32_t line)
{
	return line < lines->n && !lines->items[line].closed;
}

static inline void shim_lines__hit(struct shim_lines *lines, uint32_t line)
{
	if (!shim_lines__is_open(lines, line))
		return;
	lines->items[line].hits++;
	lines->items[line].total++;
}

/* The function does not fit any more: closes the lines that were hit more than MOST times. */
void shim_lines__choose(struct shim_lines *lines, double most);

/* How often open lines were hit since the last decision. */
uint64_t shim_lines__hits(const struct shim_lines *lines);

/* The open line that was hit most since then; SHIM_LINES_NONE: none was. */
uint32_t shim_lines__dearest(const struct shim_lines *lines);

/* It was decided. */
void shim_lines__forget_hits(struct shim_lines *lines);

/* LINE was too rare to be a reference, and so are those that were hardly hit more often. */
void shim_lines__rule_out(struct shim_lines *lines, uint32_t line);

/* The process is a new one: nothing was hit in it yet. */
void shim_lines__forget_all(struct shim_lines *lines);

/* The open line that was hit most in all, and more than LEAST times; SHIM_LINES_NONE: there is none. */
uint32_t shim_lines__reference(const struct shim_lines *lines, uint64_t least);

#endif
