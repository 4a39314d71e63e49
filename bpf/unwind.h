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

#ifndef __VMLINUX_H__
#include <linux/types.h>
#include <stdbool.h>
#endif

/* Where the canonical frame address (CFA) is: the stack pointer of the caller when the call has returned. */
enum unwind_cfa {
	UNWIND_UNKNOWN,	      /* there is no rule that could be used: the walk ends early */
	UNWIND_OUTERMOST,     /* the frame has no caller */
	UNWIND_RSP,	      /* rsp + cfa_offset */
	UNWIND_RBP,	      /* rbp + cfa_offset */
	UNWIND_RBX,	      /* rbx + cfa_offset */
	UNWIND_RSP_DEREF,     /* what is stored at rsp + cfa_offset, plus cfa_add */
	UNWIND_RBP_DEREF,     /* what is stored at rbp + cfa_offset, plus cfa_add */
	UNWIND_PLT,	      /* rsp + cfa_offset, and 8 more from the instruction cfa_add of a 16-byte entry on */
	UNWIND_SIGNAL,	      /* the kernel stored all registers on the stack, for a signal handler */
	UNWIND_FRAME_POINTER, /* nothing is known of the code, so that rbp is taken for a frame pointer */
};

/* Values of saved registers' offsets that are none. */
#define UNWIND_SAME 0	     /* the caller's value is still in the register */
#define UNWIND_LOST (-32768) /* the caller's value is not known */

/* The rule from `addr` on, up to the next row of the object. Offsets of registers are relative to the CFA. */
struct unwind_row {
	__u32 addr; /* relative to the object's first loaded segment, rounded down to a page */
	__s32 cfa_offset;
	__s16 cfa_add;
	__s16 rbp, rbx; /* where the caller's values are stored */
	__u8 cfa;	/* enum unwind_cfa */
	__u8 pad;
};

struct unwind_registers {
	__u64 ip, sp, bp, bx;
};

enum unwind_end {
	UNWIND_GOES_ON,
	UNWIND_DONE,	  /* this was the outermost frame */
	UNWIND_NO_RULE,	  /* there is no rule for the code */
	UNWIND_NO_MEMORY, /* the stack could not be read there */
	UNWIND_LOOPS,	  /* the caller's frame would not be above this one */
};

/* Where the kernel stores registers for a signal handler, relative to rsp in the code that returns from the handler. */
#define UNWIND_SIGNAL_RBP 120
#define UNWIND_SIGNAL_RBX 128
#define UNWIND_SIGNAL_RSP 160
#define UNWIND_SIGNAL_RIP 168

static __always_inline enum unwind_end unwind__signal(struct unwind_registers *regs, const void *memory)
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
						   const void *memory, __u64 *cfa)
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

static __always_inline enum unwind_end unwind__saved(const void *memory, __u64 cfa, __s16 offset, __u64 *value)
{
	(void)memory;
	if (offset == UNWIND_SAME)
		return UNWIND_GOES_ON;
	if (offset == UNWIND_LOST)
		*value = 0;
	else if (unwind_read(memory, cfa + (__s64)offset, value))
		return UNWIND_NO_MEMORY;
	return UNWIND_GOES_ON;
}

/*
 * Makes REGS those of the caller of the frame in which the code of ROW was executed; REGS->ip is then the return
 * address (or, for UNWIND_SIGNAL, the instruction that was interrupted). Where it returns something else than
 * UNWIND_GOES_ON, REGS are of no use.
 */
static __always_inline enum unwind_end unwind__step(struct unwind_registers *regs, const struct unwind_row *row,
						    const void *memory)
{
	enum unwind_end end;
	__u64 cfa = 0;

	if (row->cfa == UNWIND_SIGNAL)
		return unwind__signal(regs, memory);
	end = unwind__cfa(regs, row, memory, &cfa);
	if (end != UNWIND_GOES_ON)
		return end;
	if (cfa <= regs->sp || (cfa & 7))
		return UNWIND_LOOPS;
	if (unwind_read(memory, cfa - 8, &regs->ip))
		return UNWIND_NO_MEMORY;
	if (unwind__saved(memory, cfa, row->cfa == UNWIND_FRAME_POINTER ? -16 : row->rbp, &regs->bp) ||
	    unwind__saved(memory, cfa, row->rbx, &regs->bx))
		return UNWIND_NO_MEMORY;
	regs->sp = cfa;
	return regs->ip ? UNWIND_GOES_ON : UNWIND_DONE;
}

#endif
