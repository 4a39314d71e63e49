/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stack: where the frame of a body is at each of its instructions, found from the instructions themselves. This is for
 * code without call frame information. Pure.
 */
#ifndef LPROF_STACK_H
#define LPROF_STACK_H

#include <stdint.h>

#include "flow/cfg.h"
#include "flow/cfg_input.h"

#define STACK_UNKNOWN INT32_MIN

/* Where things are before an instruction, relative to the canonical frame address; or STACK_UNKNOWN. */
struct stack_place {
	int32_t from_rsp, from_rbp; /* what is to be added to each of two registers to get that address */
	int32_t rbp_saved;	    /* how far below that address the caller's rbp is stored; 0: it is still in rbp */
};

/*
 * Sets *OUT to a new array with a place for each instruction of CFG, which was built from INPUT; it is the caller's to
 * free. An offset is known only where the code proves it, provided that what the body calls keeps to the calling
 * convention: rsp, rbp, rbx and r12 to r15 are after a call as they were before it. Returns 0 or -ENOMEM.
 */
int stack__find(const struct cfg_input *input, const struct cfg *cfg, struct stack_place **out);

#endif
