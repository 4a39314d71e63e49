/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stack_walk: walks the stack of a thread that does not run, in user space. */
#ifndef LPROF_STACK_WALK_H
#define LPROF_STACK_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sample/address_space.h"
#include "sample/sample_tree.h"
#include "unwind_row.h"

/*
 * Writes to FRAMES, which has room for MOST, the frames of a thread of process PID, which has SPACE, from REGS on; the
 * innermost first. Returns how many there are. *CUT tells whether outermost ones are missing.
 */
size_t stack_walk__frames(pid_t pid, const struct address_space *space, const struct sampled_objects *objects,
			  struct unwind_registers regs, struct sample_frame *frames, size_t most, bool *cut);

#endif
