/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * restart: where a function finds that its stack is too small, asks for a larger one, and begins anew. Pure; a part of
 * cfg_build, and used by it only.
 */
#ifndef LPROF_RESTART_H
#define LPROF_RESTART_H

#include "flow/cfg.h"
#include "flow/cfg_input.h"

/* Marks the instructions of CFG, which is complete, that do this, and sets cfg->goroutine. */
void restart__mark(struct cfg *cfg, const struct cfg_input *input);

#endif
