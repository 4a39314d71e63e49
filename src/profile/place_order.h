/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place_order: the functions of a profile by where they are, so that what belongs together in a report
 * (the functions of a file, the owners of a function) comes one after the other. Pure.
 */
#ifndef LPROF_PLACE_ORDER_H
#define LPROF_PLACE_ORDER_H

#include "profile/profile.h"

/*
 * Less than, equal to or greater than zero as A comes before B, is the same function (whoever's figures
 * it has) or comes after it: by file, line, name, linkage name, object and build ID.
 */
int place_order__compare(const struct profile_function *a, const struct profile_function *b);

/* The same, and of functions at the same place by whose they are. */
int place_order__compare_owned(const struct profile_function *a, const struct profile_function *b);

/*
 * Pointers to all functions of PROFILE in that order, those of one function by process and thread. The
 * array is the caller's, the functions stay the profile's. NULL when out of memory.
 */
const struct profile_function **place_order__functions(const struct profile *profile);

#endif
