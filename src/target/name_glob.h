/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_glob: which names a pattern of the shell's kind means. Pure.
 */
#ifndef LPROF_NAME_GLOB_H
#define LPROF_NAME_GLOB_H

#include <stdbool.h>

#include "target/name_style.h"

/*
 * Whether GLOB matches NAME: all of it, or, if GLOB has several parts ("Class::*", "(*Store).*"), what is left when the
 * first parts of NAME, its outer namespaces and classes or the path of its package, are left out. Template arguments
 * may be left out, too, and the inline namespaces INLINES ("outer::v2", up to a NULL; NULL: none), outer ones listed
 * before those within. A GLOB with a leading "::" must match all of it. False when out of memory.
 */
bool name_glob__is(const char *glob, const char *name, const struct name_style *style, const char *const *inlines);

#endif
