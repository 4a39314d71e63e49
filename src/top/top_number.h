/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top_number: numbers as the live view shows them, in columns of a certain width. Pure. */
#ifndef LPROF_TOP_NUMBER_H
#define LPROF_TOP_NUMBER_H

#include <stdint.h>

enum { TOP_NUMBER_SIZE = 32 };

/* Formats a count; if it is wider than the column, in thousands, millions and so on ("12.3M"). */
void top_number__count(char cell[TOP_NUMBER_SIZE], int width, uint64_t count);

/*
 * Formats a count that may be an estimate, with DOUBT as in rough_count.h, which has MARK behind it; where none was
 * seen, "<" and what it is below. In other counts of the column a blank is in the mark's place. NULL: no count of the
 * column is an estimate.
 */
void top_number__estimate(char cell[TOP_NUMBER_SIZE], const char *mark, int width, uint64_t count, uint64_t doubt);

/* Formats PART_NS as a percentage of WHOLE_NS, unless that is 0. */
void top_number__percent(char cell[TOP_NUMBER_SIZE], uint64_t part_ns, uint64_t whole_ns);
void top_number__seconds(char cell[TOP_NUMBER_SIZE], int width, uint64_t ns);

/* Formats an amount as the table at the end does. */
void top_number__amount(char cell[TOP_NUMBER_SIZE], int width, double amount);

#endif
