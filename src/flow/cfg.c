// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/cfg.h"

#include <stdlib.h>

#include "base/sorted.h"

uint32_t cfg__find(const struct cfg *cfg, uint64_t addr)
{
	uint32_t i = (uint32_t)SORTED_AT(cfg->insns, cfg->n_insns, insn.addr, addr);

	return i < cfg->n_insns ? i : CFG_NONE;
}

const struct cfg_throw *cfg__throws(const struct cfg *cfg, uint32_t block, uint32_t *n)
{
	const struct cfg_block *of = &cfg->blocks[block];
	size_t first = SORTED_FROM(cfg->throws, cfg->n_throws, call, of->first);

	*n = (uint32_t)(SORTED_ABOVE(cfg->throws, cfg->n_throws, call, of->last) - first);
	return *n ? &cfg->throws[first] : NULL;
}

void cfg__free(struct cfg *cfg)
{
	if (!cfg)
		return;
	free(cfg->insns);
	free(cfg->blocks);
	free(cfg->throws);
	free(cfg);
}

void cfg__add_root(struct cfg *cfg, uint32_t index, enum cfg_root root)
{
	if (index != CFG_NONE)
		cfg->insns[index].root |= root;
}

void cfg__add_pred(struct cfg *cfg, uint32_t index)
{
	if (index != CFG_NONE && cfg->insns[index].n_preds < 2)
		cfg->insns[index].n_preds++;
}
