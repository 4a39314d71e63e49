// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/body.h"

#include <errno.h>
#include <stdlib.h>

#include "flow/cfg_build.h"
#include "flow/plan_build.h"
#include "flow/plan_scope.h"
#include "flow/spared_plan.h"
#include "flow/stack.h"

static bool in_ranges(const struct addr_range *ranges, size_t n, uint64_t addr)
{
	for (size_t i = 0; i < n; i++)
		if (addr >= ranges[i].lo && addr < ranges[i].hi)
			return true;
	return false;
}

struct insn_line *body__lines(const struct body *body, const struct debug_instance *instance)
{
	struct insn_line *lines = calloc(body->cfg->n_insns, sizeof(*lines));
	size_t k = 0;

	for (uint32_t i = 0; lines && i < body->cfg->n_insns; i++) {
		uint64_t addr = body->cfg->insns[i].insn.addr;

		while (k < instance->n_lines && instance->lines[k].hi <= addr)
			k++;
		if (k < instance->n_lines && instance->lines[k].lo <= addr &&
		    in_ranges(instance->ranges, instance->n_ranges, addr))
			lines[i] = (struct insn_line){
				.line = instance->lines[k].line,
				.call = instance->lines[k].call,
				.column = instance->lines[k].column,
				.quiet = instance->lines[k].quiet,
				.begins_row = instance->lines[k].lo == addr,
			};
	}
	return lines;
}

/* Adds to CODE the instance's marks that stand before instructions of the body. */
static int find_marks(const struct body *body, const struct debug_instance *instance, struct line_code *code)
{
	code->marks = calloc(instance->n_marks + 1, sizeof(*code->marks));
	if (!code->marks)
		return -ENOMEM;
	for (size_t k = 0; k < instance->n_marks; k++) {
		const struct debug_mark *mark = &instance->marks[k];
		uint32_t insn = cfg__find(body->cfg, mark->addr);

		if (insn != CFG_NONE)
			code->marks[code->n_marks++] = (struct statement_mark){
				.insn = insn,
				.line = mark->line,
				.position = mark->column,
				.has_code = mark->has_code,
				.codeless = mark->codeless,
				.before_label = mark->before_label,
				.behind_label = mark->behind_label,
				.n_labels = mark->n_labels,
			};
	}
	return 0;
}

int body__code(const struct body *body, const struct debug_instance *instance, struct line_code *code)
{
	int err;

	*code = (struct line_code){
		.lines = body__lines(body, instance),
		.marked = instance->marked,
		.optimised = instance->optimised,
		.endless = instance->endless,
		.inlined = instance->inlined,
	};
	err = code->lines ? find_marks(body, instance, code) : -ENOMEM;
	if (err)
		line_code__release(code);
	else if (!code->optimised)
		line_code__silence_strays(code, body->cfg);
	if (!err) {
		line_code__drop_unreached_marks(code, body->cfg);
		line_code__silence_shared_jumps(code, body->cfg);
	}
	return err;
}

/* Brings the instructions before which the instance's statements begin into the scope: their counts are asked for. */
static void include_marks(const struct cfg *cfg, const struct debug_instance *instance, uint8_t *scope)
{
	for (size_t k = 0; k < instance->n_marks; k++) {
		uint32_t insn = cfg__find(cfg, instance->marks[k].addr);

		if (insn != CFG_NONE && !scope[insn])
			scope[insn] = PLAN_SCOPE_IN;
	}
}

/* The effect of each instruction of CFG, NULL when out of memory. To be freed. */
static struct insn_effect *find_effects(const struct cfg_input *code, const struct cfg *cfg)
{
	struct insn_effect *effects = calloc(cfg->n_insns, sizeof(*effects));

	for (uint32_t i = 0; effects && i < cfg->n_insns; i++) {
		const struct insn *insn = &cfg->insns[i].insn;

		if (insn_effect__decode(cfg_input__byte(code, insn->addr), insn->len, &effects[i]))
			effects[i] = (struct insn_effect){.unknown = UINT16_MAX};
	}
	return effects;
}

static int build_plan(const struct body_request *request, const struct insn_effect *effects, bool spare,
		      struct body *body)
{
	uint32_t n = body->cfg->n_insns;
	struct plan_input input = {
		.cfg = body->cfg, .prices = request->prices, .effects = effects, .every_line = request->every_line};
	uint32_t *lines = calloc(n, sizeof(*lines));
	uint8_t *scope = calloc(n, sizeof(*scope));
	bool whole = false;
	int err = lines && scope ? 0 : -ENOMEM;

	for (size_t k = 0; !err && k < request->n_instances; k++) {
		const struct debug_instance *instance = request->instances[k];
		struct insn_line *own = body__lines(body, instance);

		for (uint32_t i = 0; own && i < n; i++) {
			if (!lines[i])
				lines[i] = own[i].line;
			if (in_ranges(instance->ranges, instance->n_ranges, body->cfg->insns[i].insn.addr))
				scope[i] = PLAN_SCOPE_IN;
		}
		include_marks(body->cfg, instance, scope);
		whole |= !instance->inlined;
		if (!own)
			err = -ENOMEM;
		free(own);
	}
	if (!err)
		plan_scope__extend(body->cfg, scope);
	input.lines = lines;
	input.scope = whole ? NULL : scope;
	if (!err)
		err = spare ? spared_plan__build(&input, &body->plan) : plan__build(&input, &body->plan);
	free(lines);
	free(scope);
	return err;
}

enum { DWARF_RBP = 6, DWARF_RSP = 7 };

/* Whether the code itself, in which the frame is at PLACE, denies RULE. */
static bool is_denied(const struct cfa_rule *rule, const struct stack_place *place)
{
	int32_t offset = rule->reg == DWARF_RSP	  ? place->from_rsp
			 : rule->reg == DWARF_RBP ? place->from_rbp
						  : STACK_UNKNOWN;

	return !rule->deref && offset != STACK_UNKNOWN && offset != rule->offset;
}

/* The rule that the code itself tells. 0 or -ENOENT. */
static int rule_from_code(const struct stack_place *place, struct cfa_rule *rule)
{
	/* A callee that pops its arguments changes rsp; rbp is preserved by every convention. */
	if (place->from_rbp != STACK_UNKNOWN)
		*rule = (struct cfa_rule){.reg = DWARF_RBP, .offset = place->from_rbp};
	else if (place->from_rsp != STACK_UNKNOWN)
		*rule = (struct cfa_rule){.reg = DWARF_RSP, .offset = place->from_rsp};
	else
		return -ENOENT;
	return 0;
}

/* Without frames nobody knows whether a call returned: it is taken that all do. */
static void give_up_frames(struct body *body)
{
	body->frameless = true;
	for (uint32_t s = 0; s < body->plan->n_sites; s++)
		body->plan->sites[s].called[0] = body->plan->sites[s].called[1] = false;
}

/*
 * Call frame information is not complete everywhere: some compilers and assembler sources have none, others leave out
 * pushes and what the end of a function does to the stack. Where the code shows that it is wrong, the code is right.
 */
static int find_rules(struct debuginfo *info, const struct stack_place *places, struct body *body)
{
	const struct plan *plan = body->plan;
	uint64_t *addresses = calloc((size_t)plan->n_sites + 1, sizeof(*addresses));
	int *errors = calloc((size_t)plan->n_sites + 1, sizeof(*errors));
	int err = addresses && errors ? 0 : -ENOMEM;

	for (uint32_t s = 0; !err && s < plan->n_sites; s++)
		addresses[s] = body->cfg->insns[plan->sites[s].insn].insn.addr;
	if (!err)
		err = debuginfo__cfas(info, addresses, plan->n_sites, body->cfa, errors);
	for (uint32_t s = 0; !err && s < plan->n_sites; s++) {
		const struct stack_place *place = &places[plan->sites[s].insn];

		if ((errors[s] || is_denied(&body->cfa[s], place)) && rule_from_code(place, &body->cfa[s]) &&
		    !body->frameless)
			give_up_frames(body);
	}
	free(addresses);
	free(errors);
	return err;
}

static int find_frames(const struct body_request *request, const struct cfg_input *input, struct body *body)
{
	struct stack_place *places;
	int err = stack__find(input, body->cfg, &places);

	if (err)
		return err;
	body->cfa = calloc(body->plan->n_sites ? body->plan->n_sites : 1, sizeof(*body->cfa));
	err = body->cfa ? find_rules(request->info, places, body) : -ENOMEM;
	free(places);
	return err;
}

/* Plans the body's sites, in place of an earlier plan, and finds the frame rule of each. */
static int plan_body(const struct body_request *request, const struct cfg_input *input, bool spare, struct body *body)
{
	struct insn_effect *effects = spare ? find_effects(input, body->cfg) : NULL;
	int err = spare && !effects ? -ENOMEM : 0;

	plan__free(body->plan);
	free(body->cfa);
	body->plan = NULL;
	body->cfa = NULL;
	body->frameless = false;
	if (!err)
		err = build_plan(request, effects, spare, body);
	free(effects);
	return err ? err : find_frames(request, input, body);
}

int body__build(const struct body_request *request, struct body *body)
{
	const struct cfg_input input = body_code__input(request->code);
	int err;

	*body = (struct body){.entry = request->code->entry};
	err = cfg__build(&input, &body->cfg);
	if (err == -ENOENT)
		err = -EILSEQ;
	if (!err)
		err = plan_body(request, &input, request->spare, body);
	/* Without frames it is not known whether an activation goes on, which is what sparing sites is built on. */
	if (!err && body->frameless && body->plan->n_spared)
		err = plan_body(request, &input, false, body);
	if (err)
		body__release(body);
	return err;
}

void body__release(struct body *body)
{
	free(body->cfa);
	plan__free(body->plan);
	cfg__free(body->cfg);
	*body = (struct body){0};
}
