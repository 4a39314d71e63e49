/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of a probed thread by their DWARF numbers.
 */
#ifndef LPROF_BPF_REGISTERS_H
#define LPROF_BPF_REGISTERS_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

/* Where struct pt_regs has the register with a DWARF number. */
static const volatile __u8 register_offsets[16] = {
	offsetof(struct pt_regs, ax),  offsetof(struct pt_regs, dx),  offsetof(struct pt_regs, cx),
	offsetof(struct pt_regs, bx),  offsetof(struct pt_regs, si),  offsetof(struct pt_regs, di),
	offsetof(struct pt_regs, bp),  offsetof(struct pt_regs, sp),  offsetof(struct pt_regs, r8),
	offsetof(struct pt_regs, r9),  offsetof(struct pt_regs, r10), offsetof(struct pt_regs, r11),
	offsetof(struct pt_regs, r12), offsetof(struct pt_regs, r13), offsetof(struct pt_regs, r14),
	offsetof(struct pt_regs, r15),
};

/* The context can be read directly at constant offsets only. */
static __always_inline __u64 dwarf_register(const struct pt_regs *ctx, __u8 reg)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (const char *)ctx + register_offsets[reg & 15]);
	return value;
}

#endif
