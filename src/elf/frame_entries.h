/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame_entries: the frame description entries (FDE) of an ELF file, each with the common information entry (CIE) that
 * it refers to.
 */
#ifndef LPROF_FRAME_ENTRIES_H
#define LPROF_FRAME_ENTRIES_H

#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

struct frame_cie {
	uint64_t offset; /* in the section; what tells one from another */
	uint64_t code_alignment;
	int64_t data_alignment;
	uint64_t return_register;	      /* its DWARF number */
	const uint8_t *program, *program_end; /* instructions that come before those of each entry */
	uint8_t lsda_encoding, fde_encoding;  /* DW_EH_PE */
	bool sized;			      /* entries say how much augmentation data they have */
	bool understood;		      /* the program of an entry can be found */
};

/* Of the code [lo, hi), vaddrs. Pointers are borrowed from the Elf. */
struct frame_entry {
	uint64_t lo, hi;
	uint64_t lsda; /* vaddr of the language-specific data area, or 0 */
	const uint8_t *program, *program_end;
	uint64_t program_vaddr; /* of its first byte */
};

/*
 * Calls FN with each entry of .eh_frame of ELF or, if DEBUG, of its .debug_frame; CIE is valid during the call only.
 * Stops at and returns the first value of FN that is not zero. Otherwise returns 0, also when there is no such section.
 * What stands behind a damaged entry is not read.
 */
int frame_entries__each(Elf *elf, bool debug,
			int (*fn)(const struct frame_entry *entry, const struct frame_cie *cie, void *ctx), void *ctx);

#endif
