/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of a probed thread by their DWARF numbers.
 */
#ifndef LPROF_BPF_REGISTERS_H
#define LPROF_BPF_REGISTERS_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#define N_REGISTERS 16

/*
 * Copies the registers to an array that can be indexed by number. The verifier allows reading the context itself at
 * constant offsets only, and a branch for each number would multiply its work.
 */
static __always_inline void read_registers(const struct pt_regs *ctx, __u64 registers[N_REGISTERS])
{
	registers[0] = ctx->ax;
	registers[1] = ctx->dx;
	registers[2] = ctx->cx;
	registers[3] = ctx->bx;
	registers[4] = ctx->si;
	registers[5] = ctx->di;
	registers[6] = ctx->bp;
	registers[7] = ctx->sp;
	registers[8] = ctx->r8;
	registers[9] = ctx->r9;
	registers[10] = ctx->r10;
	registers[11] = ctx->r11;
	registers[12] = ctx->r12;
	registers[13] = ctx->r13;
	registers[14] = ctx->r14;
	registers[15] = ctx->r15;
}

#endif
