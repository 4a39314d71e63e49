// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/body_extent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/cfg_build.h"

struct reach {
	const struct cfg *cfg;
	bool *called;  /* per instruction: a call in the code leads there */
	bool *reached; /* per instruction */
	uint32_t *stack;
	uint32_t n_stack;
	bool indirect; /* an indirect jump was reached */
};

static void visit(struct reach *reach, uint32_t index)
{
	if (index == CFG_NONE || reach->reached[index])
		return;
	reach->reached[index] = true;
	reach->stack[reach->n_stack++] = index;
}

static void visit_all(struct reach *reach)
{
	while (reach->n_stack) {
		const struct cfg_insn *ci = &reach->cfg->insns[reach->stack[--reach->n_stack]];

		reach->indirect |= ci->insn.flow == INSN_FLOW_JUMP_INDIRECT && !ci->insn.through_got;
		visit(reach, ci->next);
		visit(reach, ci->taken);
	}
}

/* What is called is another function. Whatever else an indirect jump may lead to is this one's. */
static void find_reached(struct reach *reach)
{
	const struct cfg *cfg = reach->cfg;
	bool followed = false;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct insn *insn = &cfg->insns[i].insn;
		uint32_t target = insn->flow == INSN_FLOW_CALL ? cfg__find(cfg, insn->target) : CFG_NONE;

		if (target != CFG_NONE)
			reach->called[target] = true;
	}
	visit(reach, cfg->entry);
	visit_all(reach);
	while (reach->indirect && !followed) {
		followed = true;
		for (uint32_t i = 0; i < cfg->n_insns; i++)
			if ((cfg->insns[i].root & (CFG_ROOT_INDIRECT | CFG_ROOT_SUSPECT)) && !reach->called[i])
				visit(reach, i);
		visit_all(reach);
	}
}

/* The runs of instructions that were reached. */
static struct addr_range *list_runs(const struct reach *reach, size_t *n)
{
	const struct cfg *cfg = reach->cfg;
	struct addr_range *runs = calloc(cfg->n_insns, sizeof(*runs));

	*n = 0;
	for (uint32_t i = 0; runs && i < cfg->n_insns; i++) {
		const struct insn *insn = &cfg->insns[i].insn;

		if (!reach->reached[i])
			continue;
		if (!*n || runs[*n - 1].hi != insn->addr)
			runs[(*n)++] = (struct addr_range){insn->addr, insn->addr};
		runs[*n - 1].hi = insn->addr + insn->len;
	}
	return runs;
}

static int cut_to(const struct reach *reach, struct debug_instance *instance)
{
	size_t n;
	struct addr_range *runs = list_runs(reach, &n);
	struct addr_range *copy = calloc(n + 1, sizeof(*copy));

	if (!runs || !copy) {
		free(copy);
		free(runs);
		return -ENOMEM;
	}
	memcpy(copy, runs, n * sizeof(*copy));
	free(instance->ranges);
	free(instance->body_ranges);
	instance->ranges = runs;
	instance->body_ranges = copy;
	instance->n_ranges = instance->n_body_ranges = n;
	return 0;
}

static int cut_by(const struct cfg *cfg, struct debug_instance *instance)
{
	struct reach reach = {
		.cfg = cfg,
		.called = calloc(cfg->n_insns, sizeof(*reach.called)),
		.reached = calloc(cfg->n_insns, sizeof(*reach.reached)),
		.stack = calloc(cfg->n_insns, sizeof(*reach.stack)),
	};
	int err = -ENOMEM;

	if (reach.called && reach.reached && reach.stack) {
		find_reached(&reach);
		err = cut_to(&reach, instance);
	}
	free(reach.called);
	free(reach.reached);
	free(reach.stack);
	return err;
}

int body_extent__cut(const struct body_source *source, struct debug_instance *instance)
{
	const struct debug_instance *instances[] = {instance};
	struct cfg_input input;
	struct body_code code;
	struct cfg *cfg;
	int err = body_code__read(source, instances, 1, &code);

	if (err)
		return err == -ENOMEM ? err : 0;
	input = body_code__input(&code);
	err = cfg__build(&input, &cfg);
	if (!err) {
		err = cut_by(cfg, instance);
		cfg__free(cfg);
	}
	body_code__release(&code);
	return err == -ENOMEM ? err : 0;
}
