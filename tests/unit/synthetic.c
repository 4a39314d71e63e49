// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/synthetic.h"

#include <stdlib.h>

const uint32_t synthetic_prices[INSN_PROBE_CLASSES] = {10, 10, 10, 10, 10, 100};

static void count_predecessor(struct cfg *cfg, uint32_t to)
{
	if (to != CFG_NONE && cfg->insns[to].n_preds < 2)
		cfg->insns[to].n_preds++;
}

static void fill_insn(struct cfg_insn *out, const struct synthetic_insn *in, uint32_t i, uint32_t n)
{
	bool falls = in->flow == INSN_FLOW_NEXT || in->flow == INSN_FLOW_COND || in->flow == INSN_FLOW_CALL ||
		     in->flow == INSN_FLOW_CALL_INDIRECT;

	out->insn =
		(struct insn){.addr = i, .len = 1, .flow = in->flow, .lng = in->lng, .probe = in->probe, .cost = 100};
	out->insn.condition.mask = in->flow == INSN_FLOW_COND ? 0x40 : 0;
	out->next = falls && i + 1 < n ? i + 1 : CFG_NONE;
	out->taken = in->flow == INSN_FLOW_JUMP || in->flow == INSN_FLOW_COND ? in->to : CFG_NONE;
	out->root = in->root | (i == 0 ? CFG_ROOT_ENTRY : 0);
}

static void find_blocks(struct cfg *cfg)
{
	bool *leader = calloc(cfg->n_insns + 1, sizeof(*leader));

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct cfg_insn *insn = &cfg->insns[i];

		leader[i] |= i == 0 || insn->root;
		if (insn->taken != CFG_NONE)
			leader[insn->taken] = true;
		if (insn->insn.flow != INSN_FLOW_NEXT && insn->insn.flow != INSN_FLOW_CALL &&
		    insn->insn.flow != INSN_FLOW_CALL_INDIRECT)
			leader[i + 1] = true;
	}
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		if (leader[i])
			cfg->blocks[cfg->n_blocks++].first = i;
		cfg->blocks[cfg->n_blocks - 1].last = i;
		cfg->insns[i].block = cfg->n_blocks - 1;
	}
	free(leader);
}

struct cfg *synthetic__cfg(const struct synthetic_insn *insns, uint32_t n, uint32_t **lines)
{
	struct cfg *cfg = calloc(1, sizeof(*cfg));

	cfg->n_insns = n;
	cfg->insns = calloc(n, sizeof(*cfg->insns));
	cfg->blocks = calloc(n, sizeof(*cfg->blocks));
	*lines = calloc(n, sizeof(**lines));
	for (uint32_t i = 0; i < n; i++) {
		fill_insn(&cfg->insns[i], &insns[i], i, n);
		(*lines)[i] = insns[i].line;
	}
	for (uint32_t i = 0; i < n; i++) {
		count_predecessor(cfg, cfg->insns[i].next);
		count_predecessor(cfg, cfg->insns[i].taken);
	}
	find_blocks(cfg);
	return cfg;
}
