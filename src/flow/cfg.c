// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/cfg.h"

#include <stdlib.h>

uint32_t cfg__find(const struct cfg *cfg, uint64_t addr)
{
	uint32_t lo = 0, hi = cfg->n_insns;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (cfg->insns[mid].insn.addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < cfg->n_insns && cfg->insns[lo].insn.addr == addr ? lo : CFG_NONE;
}

const struct cfg_throw *cfg__throws(const struct cfg *cfg, uint32_t block, uint32_t *n)
{
	uint32_t lo = 0, hi = cfg->n_throws;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (cfg->throws[mid].call < cfg->blocks[block].first)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (*n = 0; lo + *n < cfg->n_throws && cfg->throws[lo + *n].call <= cfg->blocks[block].last;)
		++*n;
	return *n ? &cfg->throws[lo] : NULL;
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
