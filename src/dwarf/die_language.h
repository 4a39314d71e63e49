/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * die_language: how names are written in the language that a DIE's unit was compiled from.
 */
#ifndef LPROF_DIE_LANGUAGE_H
#define LPROF_DIE_LANGUAGE_H

#include <elfutils/libdw.h>

#include "target/name_style.h"

/* BARE: the function's DW_AT_name, or NULL. Some compilers do not tell their language, but it shows in the names. */
const struct name_style *die_language__style(Dwarf_Die *die, const char *bare);

#endif
