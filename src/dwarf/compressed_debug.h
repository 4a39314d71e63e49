/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compressed_debug: sections of debug information that are compressed in a way that elfutils cannot read. */
#ifndef LPROF_COMPRESSED_DEBUG_H
#define LPROF_COMPRESSED_DEBUG_H

#include <libelf.h>
#include <stdbool.h>

/* Whether libdw, which has opened the file, could not decompress some .debug_* section of ELF. */
bool compressed_debug__is_left(Elf *elf);

/* Whether a .debug_* section of ELF is compressed with zstd. */
bool compressed_debug__is_zstd(Elf *elf);

#endif
