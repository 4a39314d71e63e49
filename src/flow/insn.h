/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * insn: what the rest needs to know of one x86-64 instruction. Pure; the only user of the disassembler.
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

/* How the kernel executes the instruction under a uprobe, hence what a hit costs. */
enum insn_probe {
	INSN_PROBE_JMP,	  /* emulated: direct jump */
	INSN_PROBE_JCC,	  /* emulated: conditional jump on flags */
	INSN_PROBE_CALL,  /* emulated: direct call */
	INSN_PROBE_PUSH,  /* emulated: push of a general register */
	INSN_PROBE_NOP,	  /* emulated: 0x90 */
	INSN_PROBE_STEP,  /* single-stepped out of line: known to be safe there */
	INSN_PROBE_NEVER, /* five-byte and other long nops, what the kernel refuses, what we do not vouch for */
	INSN_PROBE_CLASSES = INSN_PROBE_NEVER,
};

/* Which memory the instruction reads or writes, besides what pushes, pops, calls and returns do on the stack. */
enum insn_memory {
	INSN_MEMORY_NONE,
	INSN_MEMORY_STACK, /* at a fixed distance from rsp */
	INSN_MEMORY_FRAME, /* at a fixed distance from rbp: the stack where rbp is the frame pointer */
	INSN_MEMORY_OTHER,
};

/*
 * How a conditional branch decides, for evaluation from the saved registers:
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
	 * An address that the instruction names and that may be a jump table or a label: of a rip-relative
	 * lea, or a plausible one among displacements from a register and immediates moved or added, else 0.
	 */
	uint64_t data;
	uint8_t len;
	uint8_t flow;	/* enum insn_flow */
	uint8_t lng;	/* enum insn_long */
	uint8_t probe;	/* enum insn_probe */
	uint8_t memory; /* enum insn_memory */
	uint16_t cost;	/* static estimate of its time in units of 1/100 ns, excluding what a long operation does */
	struct insn_condition condition; /* meaningful when flow is INSN_FLOW_COND */
	bool filler;			 /* does nothing, as padding: a nop of any length, int3 */
	bool through_got;		 /* indirect jump or call through a rip-relative pointer: leaves the function */
};

/*
 * Decodes the instruction at the start of the SIZE bytes at CODE, which lies at ADDR. Returns 0 or
 * -EILSEQ when the bytes are not an instruction, -ENODATA when it is cut off.
 *
 * `loop`, `loope`, `loopne` and `xbegin` get probe NEVER and flow COND with a condition that cannot be
 * evaluated (mask 0, rcx_width 0); the caller must not rely on their outcome.
 */
int insn__decode(const uint8_t *code, size_t size, uint64_t addr, struct insn *out);

#endif
