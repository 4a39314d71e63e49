/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * restart: where a function finds that its stack is too small, asks for a larger one, and begins anew or goes on. Pure;
 * a part of cfg_build, and used by it only.
 */
#ifndef LPROF_RESTART_H
#define LPROF_RESTART_H

#include "flow/cfg.h"
#include "flow/cfg_input.h"

/* Marks the instructions of CFG, which is complete, that do this, and sets cfg->goroutine. */
void restart__mark(struct cfg *cfg, const struct cfg_input *input);

/*
 * Where the function is called anew by what it asks for a larger stack, and so goes on behind the code that asks: makes
 * this the successor of the jump. The instructions of CFG must be linked, their predecessors not counted.
 */
void restart__link(struct cfg *cfg, const struct cfg_input *input);

#endif
