/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unnamed_code: names for functions that neither debug information nor the symbol table names. */
#ifndef LPROF_UNNAMED_CODE_H
#define LPROF_UNNAMED_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_function.h"
#include "elf/objfile.h"

/* Zeros at first. */
struct unnamed_code {
	/* Private: what .eh_frame describes, by address. */
	struct addr_range *items;
	size_t n, capacity;
	bool read;
};

/*
 * Sets *begin to where the function begins whose code OBJ has at ADDR, as .eh_frame tells; to UINT64_MAX when it does
 * not. 0 or -ENOMEM.
 */
int unnamed_code__begin(struct unnamed_code *code, const struct objfile *obj, uint64_t addr, uint64_t *begin);

/*
 * Names the code at ADDR, and says where it begins: "puts@plt" for the stub of an imported function, "libfoo.so+0x1234"
 * for a function of which only the beginning is known. *name is owned by the caller; NULL: nothing is known. 0 or
 */
int unnamed_code__name(struct unnamed_code *code, const struct objfile *obj, uint64_t addr, uint64_t *begin,
		       char **name);

void unnamed_code__clear(struct unnamed_code *code);

#endif
