/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pointers: the addresses of code that an object's data holds. Among them are those of labels, in tables through which
 * code jumps (GNU C's computed goto).
 */
#ifndef LPROF_POINTERS_H
#define LPROF_POINTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "elf/objfile.h"

struct pointers;

/*
 * Reads what OBJ's data holds as eight-byte pointers to code: the values that relocations (R_X86_64_RELATIVE, RELR) put
 * there and, in an object linked at a fixed address (ET_EXEC), all aligned words of its data. Returns 0 and pointers
 * owned by the caller, or -ENOMEM. OBJ may be closed before them.
 */
int pointers__new(const struct objfile *obj, struct pointers **out);
void pointers__free(struct pointers *pointers); /* NULL is allowed */

/* Calls FN once with each address inside [LO, HI), ascending; stops at and returns its first non-zero value, else 0. */
int pointers__each(const struct pointers *pointers, uint64_t lo, uint64_t hi, int (*fn)(uint64_t vaddr, void *ctx),
		   void *ctx);

/*
 * Whether the dynamic loader changes code inside [LO, HI), or perhaps just before: what the file has there is not what
 * is executed (text relocations).
 */
bool pointers__patch(const struct pointers *pointers, uint64_t lo, uint64_t hi);

#endif
