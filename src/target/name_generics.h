/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_generics: what the parameters of a template or a generic function are for one function. Pure.
 */
#ifndef LPROF_NAME_GENERICS_H
#define LPROF_NAME_GENERICS_H

#include "target/name_match.h"

/*
 * The generics called NAMES (up to a NULL; NULL: none), of the function with the BARE name, whose arguments are their
 * values if there are as many of them. Owned by the caller, but it borrows the texts of NAMES; NULL when there are
 * none, or out of memory.
 */
struct name_generic *name_generics__make(const char *const *names, const char *bare, const struct name_style *style);
void name_generics__free(struct name_generic *generics);

#endif
