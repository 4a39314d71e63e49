/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of a probed thread by their DWARF numbers.
 */
#ifndef LPROF_BPF_REGISTERS_H
#define LPROF_BPF_REGISTERS_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

/*
 * The context can be read at constant offsets only. Written so, the compiler cannot make one read at a variable offset
 * of several.
 */
#define CASE_REGISTER(number, name)                                                                                    \
	case number:                                                                                                   \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(value) : "r"(ctx), "i"(offsetof(struct pt_regs, name)));  \
		return value

static __always_inline __u64 dwarf_register(const struct pt_regs *ctx, __u8 reg)
{
	__u64 value;

	switch (reg & 15) {
		CASE_REGISTER(0, ax);
		CASE_REGISTER(1, dx);
		CASE_REGISTER(2, cx);
		CASE_REGISTER(3, bx);
		CASE_REGISTER(4, si);
		CASE_REGISTER(5, di);
		CASE_REGISTER(6, bp);
		CASE_REGISTER(7, sp);
		CASE_REGISTER(8, r8);
		CASE_REGISTER(9, r9);
		CASE_REGISTER(10, r10);
		CASE_REGISTER(11, r11);
		CASE_REGISTER(12, r12);
		CASE_REGISTER(13, r13);
		CASE_REGISTER(14, r14);
		CASE_REGISTER(15, r15);
	}
	return 0;
}

#undef CASE_REGISTER

#endif
