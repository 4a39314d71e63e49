/* SPDX-License-Identifier: GPL-2.0-or-later */
/* imports: which functions of other objects an ELF file calls. */
#ifndef LPROF_IMPORTS_H
#define LPROF_IMPORTS_H

#include <stdbool.h>

/*
 * Whether the ELF file PATH wants, of its libraries, one of the symbols NAMES, which NULL ends. False also when the
 * file cannot be read, or is linked statically.
 */
bool imports__any(const char *path, const char *const *names);

/* Whether PATH is an ELF file that nobody can tell that of: it is linked statically, and has no symbols either. */
bool imports__are_hidden(const char *path);

#endif
