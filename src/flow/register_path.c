// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/register_path.h"

static const struct register_value unknown = {.source = REGISTER_UNKNOWN};

struct path {
	const struct plan *plan;
	const struct insn_effect *effects;
	uint32_t start; /* instruction */
	struct register_value *values;
};

/* VALUE plus OFFSET; unknown when the sum of the offsets does not fit. */
static struct register_value plus(const struct register_value *value, int32_t offset)
{
	int64_t sum = (int64_t)value->offset + offset;

	if (value->source == REGISTER_UNKNOWN || sum != (int32_t)sum)
		return unknown;
	return (struct register_value){(int32_t)sum, value->source, value->narrow};
}

/* The address that the instruction INSN computes. */
static struct register_value address(const struct path *path, uint32_t insn)
{
	const struct cfg_insn *insns = path->plan->cfg->insns;
	int64_t distance = (int64_t)(insns[insn].insn.data - insns[path->start].insn.addr);

	if (distance != (int32_t)distance)
		return unknown;
	return (struct register_value){.source = REGISTER_ADDRESS, .offset = (int32_t)distance};
}

static void execute(uint32_t insn, enum plan_transfer transfer, void *ctx)
{
	const struct path *path = ctx;
	const struct insn_effect *effect = &path->effects[insn];
	struct register_value result = unknown;

	(void)transfer;
	if (effect->constant)
		result = (struct register_value){.source = REGISTER_NONE, .offset = effect->offset};
	else if (effect->address)
		result = address(path, insn);
	else if (effect->assigns || effect->narrow)
		result = plus(&path->values[effect->source], effect->offset);
	result.narrow |= effect->narrow;
	for (int reg = 0; reg < INSN_REGISTERS; reg++)
		if (effect->unknown & 1u << reg)
			path->values[reg] = unknown;
	if (effect->constant || effect->address || effect->assigns || effect->narrow)
		path->values[effect->dest] = result;
	if (effect->stack_change)
		path->values[INSN_RSP] = plus(&path->values[INSN_RSP], effect->stack_change);
}

static void begin(struct register_value *values)
{
	for (int reg = 0; reg < INSN_REGISTERS; reg++)
		values[reg] = (struct register_value){.source = (uint8_t)reg};
}

void register_path__edge(const struct plan *plan, const struct insn_effect *effects, uint32_t site, bool taken,
			 struct register_value *out)
{
	struct path path = {plan, effects, plan->sites[site].insn, out};

	begin(out);
	plan__walk_edge(plan, site, taken, execute, &path);
}

void register_path__from(const struct plan *plan, const struct insn_effect *effects, uint32_t insn,
			 struct register_value *out)
{
	struct path path = {plan, effects, insn, out};

	begin(out);
	plan__walk_root(plan, insn, execute, &path);
}
