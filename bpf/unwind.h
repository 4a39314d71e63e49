/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwind: the step from one frame of a stack to its caller's, by rules that were made from call frame information.
 * Pure: BPF programs and user space share it. Whoever includes it defines before how memory of the thread is read:
 *
 *   #define unwind_read(memory, addr, value)   reads the 8 bytes at ADDR to *VALUE; 0 on success. MEMORY is what the
 *                                              caller gave to unwind__step().
 */
#ifndef LPROF_BPF_UNWIND_H
#define LPROF_BPF_UNWIND_H

#include "unwind_row.h"

static __always_inline enum unwind_end unwind__signal(struct unwind_registers *regs, void *memory)
{
	struct unwind_registers caller;

	(void)memory;
	if (unwind_read(memory, regs->sp + UNWIND_SIGNAL_RIP, &caller.ip) ||
	    unwind_read(memory, regs->sp + UNWIND_SIGNAL_RSP, &caller.sp) ||
	    unwind_read(memory, regs->sp + UNWIND_SIGNAL_RBP, &caller.bp) ||
	    unwind_read(memory, regs->sp + UNWIND_SIGNAL_RBX, &caller.bx))
		return UNWIND_NO_MEMORY;
	*regs = caller;
	return UNWIND_GOES_ON;
}

static __always_inline enum unwind_end unwind__cfa(const struct unwind_registers *regs, const struct unwind_row *row,
						   void *memory, __u64 *cfa)
{
	__s64 offset = row->cfa_offset;

	(void)memory;
	switch (row->cfa) {
	case UNWIND_RSP:
		*cfa = regs->sp + offset;
		return UNWIND_GOES_ON;
	case UNWIND_RBP:
		*cfa = regs->bp + offset;
		return UNWIND_GOES_ON;
	case UNWIND_RBX:
		*cfa = regs->bx + offset;
		return UNWIND_GOES_ON;
	case UNWIND_FRAME_POINTER:
		*cfa = regs->bp + 16;
		return UNWIND_GOES_ON;
	case UNWIND_PLT:
		*cfa = regs->sp + offset + ((regs->ip & 15) >= (__u64)row->cfa_add ? 8 : 0);
		return UNWIND_GOES_ON;
	case UNWIND_RSP_DEREF:
	case UNWIND_RBP_DEREF:
		if (unwind_read(memory, (row->cfa == UNWIND_RSP_DEREF ? regs->sp : regs->bp) + offset, cfa))
			return UNWIND_NO_MEMORY;
		*cfa += (__s64)row->cfa_add;
		return UNWIND_GOES_ON;
	case UNWIND_OUTERMOST:
		return UNWIND_DONE;
	default:
		return UNWIND_NO_RULE;
	}
}

static __always_inline enum unwind_end unwind__saved(void *memory, __u64 base, __s16 offset, __u64 *value)
{
	(void)memory;
	if (offset == UNWIND_SAME)
		return UNWIND_GOES_ON;
	if (offset == UNWIND_LOST)
		*value = 0;
	else if (unwind_read(memory, base + (__s64)offset, value))
		return UNWIND_NO_MEMORY;
	return UNWIND_GOES_ON;
}

/*
 * Makes REGS those of the caller of the frame in which the code of ROW was executed; REGS->ip is then the return
 * address (or, for UNWIND_SIGNAL, the instruction that was interrupted). Where it returns something else than
 * UNWIND_GOES_ON, REGS are of no use.
 */
static __always_inline enum unwind_end unwind__step(struct unwind_registers *regs, const struct unwind_row *row,
						    void *memory)
{
	enum unwind_end end;
	__u64 cfa = 0, base;

	if (row->cfa == UNWIND_SIGNAL)
		return unwind__signal(regs, memory);
	end = unwind__cfa(regs, row, memory, &cfa);
	if (end != UNWIND_GOES_ON)
		return end;
	if (cfa <= regs->sp || (cfa & 7))
		return UNWIND_LOOPS;
	if (unwind_read(memory, cfa - 8, &regs->ip))
		return UNWIND_NO_MEMORY;
	base = !row->from_register ? cfa : row->cfa == UNWIND_RSP_DEREF ? regs->sp : regs->bp;
	if (unwind__saved(memory, base, row->cfa == UNWIND_FRAME_POINTER ? -16 : row->rbp, &regs->bp) ||
	    unwind__saved(memory, base, row->cfa == UNWIND_FRAME_POINTER ? UNWIND_SAME : row->rbx, &regs->bx))
		return UNWIND_NO_MEMORY;
	regs->sp = cfa;
	return regs->ip ? UNWIND_GOES_ON : UNWIND_DONE;
}

#endif
