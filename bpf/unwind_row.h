/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwind_row: a rule by which the caller of a frame is found, made from call frame information. unwind.h applies it.
 */
#ifndef LPROF_BPF_UNWIND_ROW_H
#define LPROF_BPF_UNWIND_ROW_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
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
#define UNWIND_SAME (-32767) /* the caller's value is still in the register */
#define UNWIND_LOST (-32768) /* the caller's value is not known */

/* The rule from `addr` on, up to the next row of the object. Offsets of registers are relative to the CFA. */
struct unwind_row {
	__u32 addr; /* relative to the object's first loaded segment, rounded down to a page */
	__s32 cfa_offset;
	__s16 cfa_add;
	__s16 rbp, rbx;	    /* where the caller's values are stored */
	__u8 cfa;	    /* enum unwind_cfa */
	__u8 from_register; /* with UNWIND_..._DEREF: offsets of registers are relative to rsp or rbp instead */
};

/* The registers of a frame that matter for finding its caller. */
struct unwind_registers {
	__u64 ip, sp, bp, bx;
};

/* How a walk from frame to frame goes on. */
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

#endif
