/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cfg: the control flow of one out-of-line body, at the level of machine instructions. Pure: bytes and
 * everything that must be looked up come in through `struct cfg_input`.
 */
#ifndef LPROF_CFG_H
#define LPROF_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/insn.h"

#define CFG_NONE UINT32_MAX /* "no instruction", "no block" */

struct cfg_code {
	uint64_t addr;
	const uint8_t *bytes; /* borrowed for the duration of cfg__build() */
	size_t size;
};

struct cfg_input {
	const struct cfg_code *code; /* the body's ranges, sorted by addr, disjoint */
	size_t n_code;
	uint64_t entry;
	/*
	 * Further addresses at which control is known to enter. Any order; what is not an instruction of the
	 * body is ignored. ROOTS are taken for targets of indirect jumps (label tables) and so resolve these,
	 * PADS (landing pads) are not. A caller who cannot tell may hand all in as ROOTS.
	 */
	const uint64_t *roots;
	size_t n_roots;
	const uint64_t *pads;
	size_t n_pads;
	/*
	 * Addresses known from the line table to begin an instruction, in any order: proof of what was decoded
	 * there, and where decoding starts again after bytes that are not an instruction. Pads, the entry and the
	 * ranges' beginnings are taken for that as well; roots, which may be chance values of data, are not.
	 */
	const uint64_t *resync;
	size_t n_resync;
	/* Read-only data of the object at VADDR, or NULL: for jump tables. LEN is 4 or 8. May itself be NULL. */
	const uint8_t *(*read_data)(uint64_t vaddr, size_t len, void *ctx);
	/* Whether a call to TARGET never returns. May be NULL: all return. */
	bool (*is_noreturn)(uint64_t target, void *ctx);
	/* Whether a call to TARGET may return more than once, as setjmp(3) does. May be NULL. */
	bool (*returns_twice)(uint64_t target, void *ctx);
	void *ctx;
};

/* Why an instruction can be entered otherwise than from a known instruction of the body. */
enum cfg_root {
	CFG_ROOT_NONE = 0,
	CFG_ROOT_ENTRY = 1,    /* the function's entry */
	CFG_ROOT_INDIRECT = 2, /* target of an indirect jump, of a branch whose condition is unknown, of a local call */
	CFG_ROOT_PAD = 4,      /* landing pad, or where a call returns a second time */
	CFG_ROOT_ORPHAN = 8,   /* has no known predecessor, so something unknown leads here */
	CFG_ROOT_SUSPECT = 16, /* any leader, because an indirect jump could not be resolved */
};

struct cfg_insn {
	struct insn insn;
	uint32_t next;	/* index of the instruction that follows in memory and in control flow, or CFG_NONE */
	uint32_t taken; /* index of the direct branch target inside the body, or CFG_NONE */
	uint32_t block;
	uint8_t root;	 /* bits of enum cfg_root */
	uint8_t n_preds; /* known predecessors inside the body, saturating at 2 */
	bool noreturn;	 /* a call that never returns: next is CFG_NONE */
};

/* A maximal run of instructions entered only at its first and left only at its last. Calls do not end it. */
struct cfg_block {
	uint32_t first, last; /* instruction indices, inclusive, contiguous */
};

struct cfg {
	struct cfg_insn *insns; /* by ascending address */
	uint32_t n_insns;
	struct cfg_block *blocks; /* by ascending address */
	uint32_t n_blocks;
	uint32_t entry; /* instruction index */
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

/*
 * Decodes the body and finds its blocks, jump tables and roots. Every instruction begins where one is
 * proven to begin (see cfg.c). Returns 0 and a cfg owned by the caller, -ENOENT when no instruction could be
 * decoded at the entry, -EILSEQ when control can get to bytes that were left out, or -ENOMEM.
 */
int cfg__build(const struct cfg_input *input, struct cfg **out);
void cfg__free(struct cfg *cfg);

/* Index of the instruction that begins at ADDR, or CFG_NONE. */
uint32_t cfg__find(const struct cfg *cfg, uint64_t addr);

#endif
