/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place_order: sorts the functions of a profile by their place in the source, so that the functions of one file, and
 * the tables of one function for different processes or threads, are next to each other in a report. Pure.
 */
#ifndef LPROF_PLACE_ORDER_H
#define LPROF_PLACE_ORDER_H

#include "profile/profile.h"

/*
 * Compares two functions by file, line, name, linkage name, object and build ID, in that order. Returns a number less
 * than, equal to or greater than zero, like strcmp(3). Zero means the same function, though its figures may belong to
 * different owners.
 */
int place_order__compare(const struct profile_function *a, const struct profile_function *b);

/* Like place_order__compare(), and orders the same function by its owner: rank, process, thread. */
int place_order__compare_owned(const struct profile_function *a, const struct profile_function *b);

/*
 * Pointers to all functions of PROFILE, sorted as place_order__compare_owned() says. The array is owned by the caller,
 * the functions by the profile. NULL when out of memory.
 */
const struct profile_function **place_order__functions(const struct profile *profile);

#endif
