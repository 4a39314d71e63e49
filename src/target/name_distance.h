/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_distance: how near a function's name is to one that somebody typed and that no function has. Pure.
 */
#ifndef LPROF_NAME_DISTANCE_H
#define LPROF_NAME_DISTANCE_H

/* Of names that have nothing to do with each other. */
#define NAME_DISTANCE_FAR (~0U)

/*
 * How far HAVE, a name in debug information, is from WANT: 0 when they are the same but for namespaces and classes that
 * WANT leaves out, template arguments and parameters; more the more they differ, in the last word above all.
 * NAME_DISTANCE_FAR when more than a third of WANT's last word, or more than MOST of its letters, would have to be
 * changed.
 */
unsigned name_distance__between(const char *want, const char *have, unsigned most);

/*
 * The edit distance between A and B (insertions, deletions, substitutions, swaps of neighbours), but at most LIMIT. A
 * string of more than 127 bytes is LIMIT away from any other.
 */
unsigned name_distance__edits(const char *a, const char *b, unsigned limit);

#endif
