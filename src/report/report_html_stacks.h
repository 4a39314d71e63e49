/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_html_stacks: what sampled stacks add to the HTML report: the picture of all calls, and the functions that a
 * line calls.
 */
#ifndef LPROF_REPORT_HTML_STACKS_H
#define LPROF_REPORT_HTML_STACKS_H

#include <stdio.h>

#include "profile/profile.h"
#include "profile/ranking.h"
#include "profile/stack_calls.h"

struct report_html_stacks {
	const struct profile *profile;
	const struct profile_function **functions; /* the tables of the page, in their order; borrowed */
	size_t n;
	const struct stacks *stacks; /* NULL: nothing was sampled, and nothing of the following is set */
	uint32_t *function_of;	     /* for each table, the index of its function in the stacks, or STACKS_NONE */
	struct stack_calls calls;
	struct ranking ranking;
	struct report_html_callee {
		uint32_t function;
		uint64_t ns;
	} * callees; /* private: room for those of one line */
};

/*
 * Fills SELF for a page with tables of the N FUNCTIONS, which are borrowed. report_html_stacks__clear() releases it
 * afterwards in any case. 0 or -ENOMEM.
 */
int report_html_stacks__prepare(struct report_html_stacks *self, const struct profile *profile,
				const struct profile_function **functions, size_t n);
void report_html_stacks__clear(struct report_html_stacks *self);

/* Whether samples went through the function of table I. */
bool report_html_stacks__has(const struct report_html_stacks *self, size_t i);

/*
 * Writes the list of all functions that were sampled, those with most own time first, and of those with tables that
 * were not.
 */
void report_html_stacks__put_list(const struct report_html_stacks *self, FILE *out);

/* Writes the picture and the data that its script draws. Writes nothing without stacks. 0 or -ENOMEM. */
int report_html_stacks__put_picture(const struct report_html_stacks *self, FILE *out);

/* Writes the functions that a line of table I calls, closed at first. Writes nothing if there are none. */
void report_html_stacks__put_calls(const struct report_html_stacks *self, size_t i, const struct profile_line *line,
				   FILE *out);

#endif
