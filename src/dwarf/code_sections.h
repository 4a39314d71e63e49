/* SPDX-License-Identifier: GPL-2.0-or-later */
/* code_sections: where an ELF file has code, and of what kind it is, as far as that tells how its stack looks. */
#ifndef LPROF_CODE_SECTIONS_H
#define LPROF_CODE_SECTIONS_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum code_kind {
	CODE_FUNCTIONS,
	CODE_PLT,   /* entries of 16 bytes that push a number for the dynamic linker where it has to be asked */
	CODE_STUBS, /* single jumps to functions */
};

struct code_section {
	uint64_t lo, hi; /* vaddr */
	enum code_kind kind;
	int16_t pushes_at;    /* of CODE_PLT: which byte of an entry comes after it has pushed */
	const uint8_t *bytes; /* borrowed from the Elf; NULL: they cannot be read */
};

struct code_sections {
	struct code_section *items; /* by address, disjoint, not empty */
	size_t n, capacity;
	uint64_t base; /* the vaddr of the first loaded segment, rounded down to a page */
};

/*
 * Finds the executable sections of ELF or, when it has no section headers, its executable segments. Returns 0, -ENOMEM,
 * or -EINVAL: ELF is no x86-64 object that can be loaded. code_sections__release() in either case.
 */
int code_sections__find(Elf *elf, struct code_sections *sections);
void code_sections__release(struct code_sections *sections);

/*
 * The first address in [lo, hi) of SECTION at which there is something else than what linkers and compilers put between
 * functions; hi when there is none.
 */
uint64_t code_section__skip_padding(const struct code_section *section, uint64_t lo, uint64_t hi);

#endif
