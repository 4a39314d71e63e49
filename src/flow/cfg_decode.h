/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cfg_decode: the instructions of a body and how control goes from one to the other, before there are blocks. A part of
 * cfg_build, and used by it only. Pure.
 */
#ifndef LPROF_CFG_DECODE_H
#define LPROF_CFG_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/cfg.h"
#include "flow/cfg_input.h"

/* What is known of the body's indirect jumps. */
struct cfg_indirect {
	uint32_t n_jumps;   /* that may stay inside of the body */
	uint32_t n_targets; /* places inside of it that they are known to lead to, with repetitions */
};

/*
 * Fills cfg->insns, which is empty, with every instruction that is proven to begin where it was decoded, and with
 * padding. Their successors and the roots that are known from outside of the body's code are set; their blocks are
 * not, and of their predecessors only the branches are counted. Returns 0, -ENOENT when no instruction could be
 * decoded at the entry, -EILSEQ when control can get to bytes that were left out, or -ENOMEM; CFG is the caller's to
 * free in any case.
 */
int cfg_decode__insns(const struct cfg_input *input, struct cfg *cfg, struct cfg_indirect *indirect);

/*
 * Whether INSN calls another part of the same body, as hand-written code does. Such a call need not return. A call of
 * the entry is none: that is recursion.
 */
bool cfg_decode__is_local_call(const struct cfg_input *input, const struct insn *insn);

#endif
