/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cfg: the control flow graph of one out-of-line body: its machine instructions, how control goes from one to the
 * other, and the blocks that they form. cfg_build makes it.
 */
#ifndef LPROF_CFG_H
#define LPROF_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/insn.h"

#define CFG_NONE UINT32_MAX /* "no instruction", "no block" */

/* Why an instruction can be entered otherwise than from a known instruction of the body. */
enum cfg_root {
	CFG_ROOT_NONE = 0,
	CFG_ROOT_ENTRY = 1,    /* the function's entry */
	CFG_ROOT_INDIRECT = 2, /* target of an indirect jump, of a branch whose condition is unknown, of a local call */
	CFG_ROOT_PAD = 4,      /* landing pad, or where a call returns a second time */
	CFG_ROOT_ORPHAN = 8,   /* has no known predecessor, so something unknown leads here */
	CFG_ROOT_STACK = 32,   /* the body goes on here on a larger stack, see flow/restart.c; predecessors are known */
	CFG_ROOT_SUSPECT = 16, /* any leader, because an indirect jump could not be resolved */
};

/* An operation on memory that may stand for a whole loop. */
enum cfg_operation {
	CFG_OPERATION_NONE = 0,
	CFG_OPERATION_STORES, /* a call of memset(), memcpy() or memmove() */
	CFG_OPERATION_OTHER,  /* a call of strlen() or the like, or a string instruction */
};

struct cfg_insn {
	struct insn insn;
	uint32_t next;	/* index of the instruction that follows in memory and in control flow, or CFG_NONE */
	uint32_t taken; /* index of the direct branch target inside the body, or CFG_NONE */
	uint32_t block;
	uint8_t root;		 /* bits of enum cfg_root */
	uint8_t n_preds;	 /* known predecessors inside the body, saturating at 2 */
	bool noreturn;		 /* a call that never returns: next is CFG_NONE */
	uint8_t block_operation; /* enum cfg_operation */
	bool thrown_to;		 /* a landing pad of calls that are known */
	bool restart;		 /* see flow/restart.c: it asks for a larger stack, and does nothing else */
};

/* A maximal run of instructions entered only at its first and left only at its last. Calls do not end it. */
struct cfg_block {
	uint32_t first, last; /* instruction indices, inclusive, contiguous */
};

/* A call that may throw, and the landing pad where control goes then: instruction indices. */
struct cfg_throw {
	uint32_t call, pad;
};

struct cfg {
	struct cfg_insn *insns; /* by ascending address */
	uint32_t n_insns;
	struct cfg_block *blocks; /* by ascending address */
	uint32_t n_blocks;
	struct cfg_throw *throws; /* by call */
	uint32_t n_throws;
	uint32_t entry; /* instruction index */
	bool goroutine; /* compiled Go code: r14 is the goroutine, whose stack may move to another address */
	/*
	 * Bytes that were left out: not instructions or, where an indirect jump might lead there, not proven to be
	 * any.
	 */
	uint32_t n_undecodable;
	uint32_t n_unresolved; /* indirect jumps without a known table, where some code has no other way into it */
};

/*
 * Padding (nops, int3) that nothing is known to enter has no root and is nobody's predecessor, though its
 * `next` may lead into live code. Every other instruction can be reached from some root.
 */

void cfg__free(struct cfg *cfg); /* NULL is allowed */

/* Index of the instruction that begins at ADDR, or CFG_NONE. */
uint32_t cfg__find(const struct cfg *cfg, uint64_t addr);

/* The calls of BLOCK that may throw into the body: *N of them, from the one returned on. */
const struct cfg_throw *cfg__throws(const struct cfg *cfg, uint32_t block, uint32_t *n);

/* While a cfg is made: ROOT is one more reason why control may enter instruction INDEX. Nothing for CFG_NONE. */
void cfg__add_root(struct cfg *cfg, uint32_t index, enum cfg_root root);

/* While a cfg is made: one more instruction of the body leads to instruction INDEX. Nothing for CFG_NONE. */
void cfg__add_pred(struct cfg *cfg, uint32_t index);

#endif
