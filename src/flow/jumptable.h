/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jumptable: where the indirect jumps of a body may lead, guessed from the addresses its instructions
 * name. Pure; a part of cfg_build, and used by it only.
 */
#ifndef LPROF_JUMPTABLE_H
#define LPROF_JUMPTABLE_H

#include <stdint.h>

#include "flow/cfg.h"
#include "flow/cfg_input.h"

/*
 * Gives CFG_ROOT_INDIRECT to each instruction of CFG that a table, or an instruction that names a label,
 * says an indirect jump may reach. CFG's instructions must be complete, its blocks need not be. Sets
 * *FOUND to the number of targets found (with repetitions). Returns 0 or -ENOMEM.
 */
int jumptable__mark(struct cfg *cfg, const struct cfg_input *input, uint32_t *found);

#endif
