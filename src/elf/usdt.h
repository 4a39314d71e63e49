/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usdt: static probes that a program was built with, described in its notes of type stapsdt.
 */
#ifndef LPROF_USDT_H
#define LPROF_USDT_H

#include <stdint.h>

#include "elf/objfile.h"

struct usdt_probe {
	const char *provider;
	const char *name;
	const char *arguments; /* as for usdt__argument() */
	uint64_t vaddr;
	uint64_t semaphore; /* vaddr of a 16-bit counter of who is attached; 0: there is none */
};

/* Calls FN with each probe, which lives as long as the call; stops at and returns its first non-zero value, else 0. */
int usdt__each(const struct objfile *obj, int (*fn)(const struct usdt_probe *probe, void *ctx), void *ctx);

enum usdt_place { USDT_CONSTANT, USDT_REGISTER, USDT_MEMORY };

struct usdt_argument {
	enum usdt_place place;
	uint8_t reg;	/* DWARF register number */
	uint8_t size;	/* in bytes */
	int64_t offset; /* the constant itself, or added to the register where the argument is in memory */
};

/*
 * Argument INDEX of TEXT ("8@%rdi -4@$5 8@-16(%rbp)"). 0, -ENOENT when there are fewer, -ENOTSUP for an operand of
 * another form, -EINVAL.
 */
int usdt__argument(const char *text, unsigned index, struct usdt_argument *out);

#endif
