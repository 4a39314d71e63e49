/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * insn_effect: what one x86-64 instruction does to the general registers, as far as these hold addresses on the stack,
 * or count something. Pure; with insn the only user of the disassembler.
 */
#ifndef LPROF_INSN_EFFECT_H
#define LPROF_INSN_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* General registers by the numbers that instructions have for them. */
enum insn_register { INSN_RSP = 4, INSN_RBP = 5, INSN_REGISTERS = 16 };

/* In this order: the assignment, then what is unknown, then the change of the stack pointer. */
struct insn_effect {
	bool assigns; /* register `dest` gets the value of `source` plus `offset` */
	uint8_t dest, source;
	int32_t offset;
	uint16_t unknown;     /* a bit for each register that gets a value which `assigns` does not tell */
	int32_t stack_change; /* what is added to rsp: by pushes less than 0, by pops more */
	/* More of `dest`, one of the unknown: */
	bool narrow;   /* its lower 32 bits get those of `source` plus `offset` */
	bool constant; /* it gets the number `offset` */
	bool address;  /* it gets the address that insn.data of the instruction is */
};

/*
 * Sets *OUT to the effect of the instruction at the start of the SIZE bytes at CODE. That of a call is what it does
 * itself, which is to push the return address; that of a return, to pop it. Returns 0 or -EILSEQ.
 */
int insn_effect__decode(const uint8_t *code, size_t size, struct insn_effect *out);

#endif
