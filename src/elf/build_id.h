/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build_id: what identifies the build that a file belongs to, as text.
 */
#ifndef LPROF_BUILD_ID_H
#define LPROF_BUILD_ID_H

#include <libelf.h>
#include <stddef.h>

/* The N bytes at BYTES in lower-case hexadecimal; the caller frees it. NULL when out of memory. */
char *build_id__hex(const void *bytes, size_t n);

/* The build ID of ELF, "" when it has none; the caller frees it. NULL when out of memory. */
char *build_id__of(Elf *elf);

#endif
