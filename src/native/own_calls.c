// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/own_calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "dwarf/function_part.h"

/* Where INSTANCE is looked for calls of other bodies of its function. */
struct search {
	const struct objfile *obj;
	const struct debug_function *function;
	const struct debug_instance *instance;
	const struct body *body;
	const struct body *bodies;
	size_t n_bodies;
	const struct insn_line *lines;
};

static bool is_planned(const struct search *search, const struct debug_instance *instance)
{
	for (size_t b = 0; b < search->n_bodies; b++)
		if (search->bodies[b].entry == instance->body_entry)
			return true;
	return false;
}

/*
 * Whether TARGET leads to the body of INSTANCE: it is there, or a stub of the linker's that bears its name. Names of
 * one destructor differ in the variant only, and two variants may be one body.
 */
static bool leads_to(const struct search *search, uint64_t target, const struct debug_instance *instance)
{
	const char *called, *name;
	char variant;

	if (target == instance->entry)
		return true;
	called = objfile__callee_name(search->obj, target);
	variant = function_part__variant(called);
	if (!variant || variant == '0' || instance->variant == '0')
		return false;
	name = objfile__callee_name(search->obj, instance->entry);
	return name && strlen(name) == strlen(called) && function_part__are_variants(called, name);
}

/*
 * GCC gives an inlined destructor the same name whether it deletes the object or not. That which deletes it begins with
 * the call of the other; a recursive one would not call itself without a condition.
 */
static bool begins_with_call(const struct search *search, uint32_t insn)
{
	uint32_t entry = cfg__find(search->body->cfg, search->instance->entry);

	return search->instance->inlined && search->instance->variant == '4' && entry != CFG_NONE &&
	       !search->lines[insn].call &&
	       search->body->cfg->insns[insn].block == search->body->cfg->insns[entry].block;
}

/* The body of the function that instruction INSN of the instance calls as its own, or NULL. */
static const struct debug_instance *find_callee(const struct search *search, uint32_t insn)
{
	uint64_t target = search->body->cfg->insns[insn].insn.target;

	/* What is in an inlined call is that one's, even if it is one of the same function. */
	if (!target || search->body->cfg->insns[insn].taken != CFG_NONE || search->lines[insn].call)
		return NULL;
	for (size_t k = 0; k < search->function->n_instances && !search->function->instances[k].inlined; k++) {
		const struct debug_instance *callee = &search->function->instances[k];

		if (callee == search->instance ||
		    !(callee->part || function_part__wraps(search->instance->variant, callee->variant) ||
		      (callee->variant && callee->variant != '0' && begins_with_call(search, insn))))
			continue;
		if (leads_to(search, target, callee) && is_planned(search, callee))
			return callee;
	}
	return NULL;
}

static bool is_in(const struct debug_instance *instance, uint64_t addr)
{
	for (size_t i = 0; i < instance->n_ranges; i++)
		if (addr >= instance->ranges[i].lo && addr < instance->ranges[i].hi)
			return true;
	return false;
}

/* Whether any instance of the function holds ADDR. */
static bool is_in_any(const struct search *search, uint64_t addr)
{
	for (size_t k = 0; k < search->function->n_instances; k++)
		if (is_in(&search->function->instances[k], addr))
			return true;
	return false;
}

/*
 * Whether the instance leads straight to instruction INSN, which is in no instance. GCC may take the call of a part for
 * the caller's, although the head that decides it is there.
 */
static bool leads_straight(const struct search *search, uint32_t insn)
{
	const struct cfg_insn *insns = search->body->cfg->insns;
	uint32_t first = search->body->cfg->blocks[insns[insn].block].first;

	for (uint32_t i = insn; i-- > first;) {
		if (is_in(search->instance, insns[i].insn.addr))
			return true;
		if (insns[i].insn.lng == INSN_LONG_CALL)
			return false;
	}
	for (uint32_t i = 0; i < search->body->cfg->n_insns; i++)
		if ((insns[i].taken == first || insns[i].next == first) && is_in(search->instance, insns[i].insn.addr))
			return true;
	return false;
}

static bool may_be_own(const struct search *search, uint32_t insn, const struct debug_instance *callee)
{
	uint64_t addr = search->body->cfg->insns[insn].insn.addr;

	if (is_in(search->instance, addr))
		return true;
	return callee->part == PART_SPLIT && search->instance->inlined && !is_in_any(search, addr) &&
	       leads_straight(search, insn);
}

static int find_calls(struct own_calls *calls, const struct search *search)
{
	for (uint32_t i = 0; i < search->body->cfg->n_insns; i++) {
		const struct debug_instance *callee = find_callee(search, i);

		if (!callee || !may_be_own(search, i, callee))
			continue;
		if (grow__one(&calls->items, &calls->capacity, calls->n, sizeof(*calls->items)))
			return -ENOMEM;
		calls->items[calls->n++] = (struct own_call){search->instance, callee, i};
	}
	return 0;
}

static int add_inner(struct own_calls *calls, const struct search *search, uint32_t insn, bool inlined)
{
	if (grow__one(&calls->inner, &calls->inner_capacity, calls->n_inner, sizeof(*calls->inner)))
		return -ENOMEM;
	calls->inner[calls->n_inner++] = (struct inner_code){search->instance, insn, inlined};
	return 0;
}

/* Whether instruction INSN calls the function: a body of it, or a stub of the linker's that bears the name of one. */
static bool calls_function(const struct search *search, uint32_t insn)
{
	const struct cfg_insn *called = &search->body->cfg->insns[insn];
	const char *name;

	if (called->insn.lng != INSN_LONG_CALL || !called->insn.target)
		return false;
	name = objfile__callee_name(search->obj, called->insn.target);
	for (size_t k = 0; k < search->function->n_instances && !search->function->instances[k].inlined; k++) {
		const struct debug_instance *callee = &search->function->instances[k];
		const char *own;

		own = name ? objfile__callee_name(search->obj, callee->entry) : NULL;
		if ((callee->entry == called->insn.target || (own && !strcmp(name, own))) && is_planned(search, callee))
			return true;
	}
	return false;
}

static uint64_t size_of(const struct debug_instance *instance)
{
	uint64_t size = 0;

	for (size_t i = 0; i < instance->n_ranges; i++)
		size += instance->ranges[i].hi - instance->ranges[i].lo;
	return size;
}

/* Whether INNER, of the same function, is inlined within OUTER. Of two with the same code the outer one comes first. */
static bool is_within(const struct debug_instance *inner, const struct debug_instance *outer)
{
	uint64_t inner_size, outer_size;

	if (!inner->inlined || inner == outer || inner->body_entry != outer->body_entry)
		return false;
	if (!outer->inlined)
		return true;
	if (!is_in(outer, inner->ranges[0].lo))
		return false;
	inner_size = size_of(inner);
	outer_size = size_of(outer);
	return inner_size < outer_size || (inner_size == outer_size && inner > outer);
}

/* Finds the instructions of inner activations that are inlined in the instance. */
static int find_inlined(struct own_calls *calls, const struct search *search)
{
	const struct cfg *cfg = search->body->cfg;
	int err = 0;

	for (size_t k = 0; k < search->function->n_instances; k++) {
		const struct debug_instance *inner = &search->function->instances[k];

		if (!is_within(inner, search->instance))
			continue;
		for (uint32_t i = 0; !err && i < cfg->n_insns; i++)
			if (search->lines[i].call && is_in(inner, cfg->insns[i].insn.addr))
				err = add_inner(calls, search, i, true);
	}
	return err;
}

static int find_inner(struct own_calls *calls, const struct search *search)
{
	int err = find_inlined(calls, search);

	for (uint32_t i = 0; !err && i < search->body->cfg->n_insns; i++)
		if (search->lines[i].line && calls_function(search, i) && !own_calls__has(calls, search->instance, i))
			err = add_inner(calls, search, i, false);
	return err;
}

int own_calls__find(struct own_calls *calls, const struct objfile *obj, const struct debug_function *function,
		    const struct debug_instance *instance, const struct body *body, const struct body *bodies, size_t n)
{
	struct insn_line *lines = body__lines(body, instance);
	const struct search search = {obj, function, instance, body, bodies, n, lines};
	int err = lines ? find_calls(calls, &search) : -ENOMEM;

	if (!err)
		err = find_inner(calls, &search);
	free(lines);
	return err;
}

bool own_calls__is_shell(const struct own_calls *calls, const struct debug_instance *instance)
{
	for (size_t i = 0; i < calls->n; i++)
		if (calls->items[i].from == instance && !calls->items[i].to->part)
			return true;
	return false;
}

/* How often control went from instruction FROM to FIRST, which begins a block that is not in the scope of the plan. */
static uint64_t count_arc(const struct attribution *attribution, uint32_t from, uint32_t first)
{
	const struct cfg_insn *insn = &attribution->plan->cfg->insns[from];
	bool taken = insn->taken == first;
	uint32_t other = taken ? insn->next : insn->taken;

	if ((!taken && insn->next != first) || !attribution->plan->scope[from])
		return 0;
	if (insn->insn.flow != INSN_FLOW_COND)
		return attribution->counts[from];
	if (other == CFG_NONE || !attribution->plan->scope[other])
		return 0; /* of two ways out nothing tells them apart */
	return attribution->counts[from] - (taken ? attribution->next : attribution->taken)[from];
}

static uint64_t count_call(const struct attribution *attribution, uint32_t insn)
{
	const struct plan *plan = attribution->plan;
	uint32_t first = plan->cfg->blocks[plan->cfg->insns[insn].block].first;
	uint64_t n = 0;

	if (plan->scope[insn])
		return (plan->cfg->insns[insn].insn.flow == INSN_FLOW_COND ? attribution->taken
									   : attribution->counts)[insn];
	for (uint32_t i = insn; i-- > first;)
		if (plan->scope[i])
			return attribution->counts[i];
	for (uint32_t i = 0; i < plan->cfg->n_insns; i++)
		n += count_arc(attribution, i, first);
	return n;
}

/* How often INSTANCE handed its activation to a part of the function that was split off. */
static uint64_t count_split(const struct own_calls *calls, const struct debug_instance *instance,
			    const struct attribution *attribution)
{
	uint64_t n = 0;

	for (size_t i = 0; i < calls->n; i++)
		if (calls->items[i].from == instance && calls->items[i].to->part == PART_SPLIT)
			n += count_call(attribution, calls->items[i].insn);
	return n;
}

int64_t own_calls__count(const struct own_calls *calls, const struct debug_instance *instance,
			 const struct attribution *attribution, uint64_t entries)
{
	uint64_t split = count_split(calls, instance, attribution);

	if (instance->part == PART_RESUMING || own_calls__is_shell(calls, instance))
		entries = 0;
	/* Each activation is handed on once. The code of an inlined one may be there several times. */
	if (entries < split)
		entries = split;
	return (int64_t)entries - (int64_t)split;
}

bool own_calls__has(const struct own_calls *calls, const struct debug_instance *instance, uint32_t insn)
{
	for (size_t i = 0; i < calls->n; i++)
		if (calls->items[i].from == instance && calls->items[i].insn == insn)
			return true;
	return false;
}

bool own_calls__recursed(const struct own_calls *calls, const struct debug_instance *instance,
			 const struct attribution *attribution)
{
	for (size_t k = 0; k < calls->n_inner; k++)
		if (calls->inner[k].from == instance && attribution->counts[calls->inner[k].insn])
			return true;
	return false;
}

/* Hides what is on LINE from instruction FROM to TO. */
static void hide_line(struct line_code *code, uint32_t line, uint32_t from, uint32_t to)
{
	size_t kept = 0;

	for (size_t k = 0; k < code->n_marks; k++)
		if (code->marks[k].line != line || code->marks[k].insn < from || code->marks[k].insn > to)
			code->marks[kept++] = code->marks[k];
	code->n_marks = kept;
	for (uint32_t i = from; i <= to; i++)
		if (code->lines[i].line == line)
			code->lines[i].line = 0;
}

/* Hides the call INSN and what leads to it, unless the function's own entry is there. */
static void hide_call(const struct body *body, const struct debug_instance *instance, uint32_t insn,
		      struct line_code *code)
{
	const struct cfg *cfg = body->cfg;
	uint32_t first = cfg->blocks[cfg->insns[insn].block].first, line = code->lines[insn].line;
	uint32_t entry = cfg__find(cfg, instance->entry), from = insn;

	if (!line || (entry >= first && entry <= insn))
		return;
	while (from > first && code->lines[from - 1].line == line)
		from--;
	hide_line(code, line, from, insn);
}

/*
 * Whether INSTANCE only begins a coroutine: it has no lines but those of the declaration and the closing brace, which
 * is the end of another body.
 */
static bool only_begins(const struct debug_function *function, const struct debug_instance *instance)
{
	bool resumed = false;

	for (size_t k = 0; k < function->n_instances; k++)
		resumed |= function->instances[k].part == PART_RESUMING;
	for (size_t k = 0; resumed && k < instance->n_lines; k++)
		if (instance->lines[k].line != function->line && instance->lines[k].line != function->last_line)
			return false;
	return resumed;
}

void own_calls__hide(const struct own_calls *calls, const struct debug_function *function,
		     const struct debug_instance *instance, const struct body *body, struct line_code *code)
{
	bool one_line = function->last_line == function->line;

	for (size_t i = 0; i < calls->n; i++) {
		const struct own_call *call = &calls->items[i];

		/* The calls of other instances may be in other bodies, which have more instructions. */
		if (call->from != instance || !call->to->part)
			continue;
		if (!one_line || code->lines[call->insn].line != function->line)
			hide_call(body, instance, call->insn, code);
	}
	if (instance->part && !one_line)
		hide_line(code, function->line, 0, body->cfg->n_insns - 1);
	else if (!one_line && only_begins(function, instance))
		hide_line(code, function->last_line, 0, body->cfg->n_insns - 1);
}

/* Leaves of the time of call INSN only what the instruction itself takes. */
static void take_out(const struct attribution *attribution, uint32_t insn, struct attribute_time *times)
{
	double own_ns = attribution->plan->cfg->insns[insn].insn.cost / 100.0 * (double)attribution->counts[insn];

	if (times[insn].ns <= own_ns) {
		times[insn].waiting_ns = 0;
		return;
	}
	times[insn] = (struct attribute_time){.ns = 0};
	attribute_time__add(&times[insn], &attribution->times[insn], own_ns / attribution->times[insn].ns);
}

struct attribute_time *own_calls__times(const struct own_calls *calls, const struct debug_instance *instance,
					const struct attribution *attribution)
{
	uint32_t n = attribution->plan->cfg->n_insns;
	struct attribute_time *times = calloc(n, sizeof(*times));

	if (!times)
		return NULL;
	memcpy(times, attribution->times, n * sizeof(*times));
	for (size_t k = 0; k < calls->n; k++)
		if (calls->items[k].from == instance)
			take_out(attribution, calls->items[k].insn, times);
	for (size_t k = 0; k < calls->n_inner; k++) {
		const struct inner_code *inner = &calls->inner[k];

		if (inner->from == instance && inner->inlined)
			times[inner->insn] = (struct attribute_time){.ns = 0};
		else if (inner->from == instance)
			take_out(attribution, inner->insn, times);
	}
	return times;
}
