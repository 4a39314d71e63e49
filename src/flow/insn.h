/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * insn: decodes one x86-64 instruction to what the other files need to know of it. Pure; the only user of the
 * disassembler.
 */
#ifndef LPROF_INSN_H
#define LPROF_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum insn_flow {
	INSN_FLOW_NEXT,		 /* continues with the next instruction */
	INSN_FLOW_JUMP,		 /* unconditional, to target */
	INSN_FLOW_JUMP_INDIRECT, /* unconditional, through a register or memory */
	INSN_FLOW_COND,		 /* to target or to the next instruction (jcc, jrcxz, loop) */
	INSN_FLOW_CALL,		 /* calls target; normally continues with the next instruction */
	INSN_FLOW_CALL_INDIRECT,
	INSN_FLOW_RETURN,
	INSN_FLOW_STOP, /* ud2, hlt, int3: does not continue */
};

/* Instructions that may take long by themselves. */
enum insn_long {
	INSN_SHORT,
	INSN_LONG_CALL,
	INSN_LONG_SYSCALL,
	INSN_LONG_REP, /* string instruction with a rep prefix */
};

/* How the kernel executes an instruction that has a uprobe. The cost of a hit depends on that. */
enum insn_probe {
	INSN_PROBE_JMP,	  /* emulated: direct jump */
	INSN_PROBE_JCC,	  /* emulated: conditional jump on flags */
	INSN_PROBE_CALL,  /* emulated: direct call */
	INSN_PROBE_PUSH,  /* emulated: push of a general register */
	INSN_PROBE_NOP,	  /* emulated: 0x90 */
	INSN_PROBE_STEP,  /* a copy of it is single-stepped, which is known to be safe for it */
	INSN_PROBE_NEVER, /* must not be probed: long nops, what the kernel refuses, what is not known to be safe */
	INSN_PROBE_CLASSES = INSN_PROBE_NEVER,
};

/* What the instruction does for the program's values. */
enum insn_work {
	INSN_WORK_NONE, /* it branches, calls, returns, saves or restores registers, or does nothing */
	INSN_WORK_MOVE, /* moves values or addresses about */
	INSN_WORK_COMPUTE,
};

/* Which memory the instruction reads or writes, besides what pushes, pops, calls and returns do on the stack. */
enum insn_memory {
	INSN_MEMORY_NONE,
	INSN_MEMORY_STACK, /* at a fixed distance from rsp */
	INSN_MEMORY_FRAME, /* at a fixed distance from rbp: on the stack, if rbp is the frame pointer */
	INSN_MEMORY_OTHER,
};

/* What the instruction writes to memory, if it does nothing else. */
enum insn_store {
	INSN_STORE_NONE,
	INSN_STORE_VALUE,
	INSN_STORE_VECTOR, /* 16 bytes or more at once */
};

/*
 * How to find out from the saved registers whether a conditional branch will be taken:
 *   taken = ((f & mask) != 0) != invert,   f = flags, with bit 7 (SF) replaced by SF^OF when sf_xor_of
 * or, when rcx_width is 4 or 8 (jecxz, jrcxz): taken = (the low rcx_width bytes of rcx == 0).
 */
struct insn_condition {
	uint16_t mask;
	bool sf_xor_of;
	bool invert;
	uint8_t rcx_width;
};

struct insn {
	uint64_t addr;
	uint64_t target; /* of a direct branch or call, else 0 */
	/*
	 * An address in the instruction that may be that of a jump table or a label: the one that a rip-relative lea
	 * computes, or a displacement or immediate that may be an address; else 0.
	 */
	uint64_t data;
	uint8_t len;
	uint8_t flow;	/* enum insn_flow */
	uint8_t lng;	/* enum insn_long */
	uint8_t probe;	/* enum insn_probe */
	uint8_t memory; /* enum insn_memory */
	uint16_t cost;	/* static estimate of its time in 1/100 ns, without the time of a long operation itself */
	struct insn_condition condition; /* meaningful when flow is INSN_FLOW_COND */
	uint16_t operation;		 /* the same number for the same mnemonic */
	uint8_t work;			 /* enum insn_work */
	bool selects;			 /* computes without a branch what depends on a condition */
	bool compares;			 /* finds out how two values compare, and does nothing else */
	uint8_t lanes;	  /* values on which it computes at once: 1 unless it is a vector instruction that computes */
	uint8_t store;	  /* enum insn_store */
	bool last_resort; /* a probe's copy of it is not the same: the kernel replaces rip, which the operand names */
	int8_t step;	  /* the constant that it adds to a register and does nothing else; 0: none, or a large one */
	bool filler;	  /* padding: a nop of any length, or int3 */
	bool through_got; /* indirect jump or call through a rip-relative pointer: leaves the function */
};

/*
 * Decodes the instruction at the start of the SIZE bytes at CODE, which lies at ADDR. Returns 0 or
 * -EILSEQ when the bytes are not an instruction, -ENODATA when it is cut off.
 *
 * `loop`, `loope`, `loopne` and `xbegin` get probe NEVER, and flow COND with a condition that cannot be evaluated (mask
 * 0, rcx_width 0), so the caller must not evaluate it.
 */
int insn__decode(const uint8_t *code, size_t size, uint64_t addr, struct insn *out);

#endif
