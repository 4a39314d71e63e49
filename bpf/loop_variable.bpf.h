/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers that tell how often control went round loops without a probe (src/flow/spared_regions.c): where a frame
 * departs for such loops, and how far the register has come since then.
 */
#ifndef LPROF_BPF_LOOP_VARIABLE_H
#define LPROF_BPF_LOOP_VARIABLE_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "loop_variable.h"
#include "registers.bpf.h"

/* The register number REG, by DWARF's numbers; 0 for another number. */
static __noinline __u64 read_register(const struct pt_regs *regs, __u32 reg)
{
	__u64 registers[N_REGISTERS];

	if (reg >= N_REGISTERS)
		return 0;
	read_registers(regs, registers);
	return registers[reg & (N_REGISTERS - 1)];
}

/* The frame departs for loops of which VARIABLE tells. */
static __always_inline void begin_variable(struct lprof_frame *frame, const struct lprof_variable *variable,
					   const struct pt_regs *regs)
{
	frame->variable = *variable;
	if (variable->kind == LPROF_VARIABLE_NONE)
		return;
	frame->start = read_register(regs, variable->source) + (__s64)variable->offset;
	if (variable->source == LPROF_SITE_ADDRESS)
		frame->start += regs->ip;
}

/* By how much the frame's variable has changed since it departed. */
static __always_inline __s64 variable_change(const struct lprof_frame *frame, const struct pt_regs *regs)
{
	return lprof_variable__change(&frame->variable, frame->start, read_register(regs, frame->variable.reg));
}

#endif
