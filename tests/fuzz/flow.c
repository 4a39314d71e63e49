// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the code of a function: its control flow, its plans, and what counters say of its lines. The input is
 * struct given, of which the bytes that FUZZ_AROUND names stand around the code and the rest is the code itself.
 */
#include <errno.h>
#include <string.h>

#include "flow/attribute.h"
#include "flow/cfg_build.h"
#include "flow/inlined_calls.h"
#include "flow/linehits.h"
#include "flow/looped_calls.h"
#include "flow/merged_lines.h"
#include "flow/plan_build.h"
#include "flow/plan_scope.h"
#include "flow/resumption.h"
#include "flow/spared_counts.h"
#include "flow/spared_plan.h"
#include "flow/spared_times.h"
#include "flow/stack.h"
#include "fuzz/common/fuzz.h"

#define BASE	  0x401000
#define GAP	  0x100000 /* between the two ranges of a body that has two */
#define MOST_WAYS 8
#define MOST_SIZE 8192

enum flag {
	FLAG_SPLIT = 1,	     /* the code has two ranges */
	FLAG_EVERY_LINE = 2, /* a probe on each line */
	FLAG_INLINED = 4,    /* only a part of the code is in scope */
	FLAG_OPTIMISED = 8,
	FLAG_MARKED = 16,
	FLAG_DATA = 32, /* there is read-only data: the code, taken once more */
	FLAG_GROWS = 64,
};

/* One input. */
struct given {
	uint8_t flags;
	uint64_t roots[MOST_WAYS], pads[MOST_WAYS], resync[MOST_WAYS];
	struct cfg_throwing throwing[MOST_WAYS];
	uint8_t rows[32]; /* what is said of the lines of instructions, by turns */
	struct cfg_code ranges[2];
	struct cfg_input input;
};

static uint64_t hash(uint64_t x)
{
	x = (x ^ x >> 31) * 0x9e3779b97f4a7c15u;
	return x ^ x >> 29;
}

static const uint8_t *read_data(uint64_t vaddr, size_t len, void *ctx)
{
	const struct cfg_code *code = ctx;

	return code->size < len ? NULL : code->bytes + vaddr % (code->size - len + 1);
}

static bool is_noreturn(uint64_t target, void *ctx)
{
	(void)ctx;
	return !(hash(target) % 7);
}

static bool is_special(uint64_t target, void *ctx)
{
	(void)ctx;
	return !(hash(target) % 11);
}

static enum cfg_operation operation_of(uint64_t target, void *ctx)
{
	(void)ctx;
	return (enum cfg_operation)(hash(target) % 3);
}

static size_t take_ways(struct fuzz_bytes *bytes, unsigned n, uint64_t *ways)
{
	for (unsigned i = 0; i < n; i++) {
		uint16_t at = fuzz__u16(bytes);

		ways[i] = BASE + (at & 0x8000 ? GAP : 0) + (at & 0x7fff);
	}
	return n;
}

static void take(struct fuzz_bytes *bytes, struct given *given)
{
	struct cfg_input *input = &given->input;
	uint16_t numbers;
	size_t first;

	*given = (struct given){.flags = fuzz__u8(bytes)};
	numbers = fuzz__u16(bytes);
	*input = (struct cfg_input){.code = given->ranges,
				    .entry = BASE,
				    .roots = given->roots,
				    .throwing = given->throwing,
				    .resync = given->resync};
	input->n_roots = take_ways(bytes, numbers % (MOST_WAYS + 1), given->roots);
	input->n_throwing = take_ways(bytes, numbers / 16 % (MOST_WAYS + 1), given->pads);
	for (size_t i = 0; i < input->n_throwing; i++)
		given->throwing[i] = (struct cfg_throwing){BASE + 32 * i, BASE + 32 * (i + 1), given->pads[i]};
	input->n_resync = take_ways(bytes, numbers / 256 % (MOST_WAYS + 1), given->resync);
	for (size_t i = 0; i < sizeof(given->rows); i++)
		given->rows[i] = fuzz__u8(bytes);
	if (bytes->left > MOST_SIZE)
		bytes->left = MOST_SIZE;
	first = given->flags & FLAG_SPLIT ? bytes->left / 2 : bytes->left;
	given->ranges[0] = (struct cfg_code){BASE, bytes->at, first};
	given->ranges[1] = (struct cfg_code){BASE + GAP, bytes->at + first, bytes->left - first};
	input->n_code = given->flags & FLAG_SPLIT ? 2 : 1;
	input->read_data = given->flags & FLAG_DATA ? read_data : NULL;
	input->is_noreturn = is_noreturn;
	input->returns_twice = is_special;
	input->block_operation = operation_of;
	input->grows_stack = given->flags & FLAG_GROWS ? is_special : NULL;
	input->ctx = &given->ranges[0];
}

/* Whatever is planned is an instruction of the body, and each way ends. */
static void check_plan(const struct plan *plan)
{
	for (uint32_t s = 0; s < plan->n_sites; s++) {
		fuzz__assert(plan->sites[s].insn < plan->cfg->n_insns);
		fuzz__assert(!s || plan->sites[s - 1].insn < plan->sites[s].insn);
		fuzz__assert(plan->sites[s].spared ||
			     plan->cfg->insns[plan->sites[s].insn].insn.probe < INSN_PROBE_NEVER);
		for (int taken = 0; taken < 2; taken++)
			fuzz__assert(plan__walk_edge(plan, s, taken, NULL, NULL) == plan->sites[s].next[taken]);
	}
}

static uint8_t row_of(const struct given *given, uint32_t i)
{
	return given->rows[i % sizeof(given->rows)];
}

static void make_code(const struct given *given, const struct cfg *cfg, struct line_code *code)
{
	*code = (struct line_code){
		.lines = calloc(cfg->n_insns + 1, sizeof(*code->lines)),
		.marks = calloc(cfg->n_insns + 1, sizeof(*code->marks)),
		.marked = given->flags & FLAG_MARKED,
		.optimised = given->flags & FLAG_OPTIMISED,
	};
	fuzz__assert(code->lines && code->marks);
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		uint8_t row = row_of(given, i);
		uint32_t line = row & 7 ? 10 + (row & 7) + i / 16 : 0;

		code->lines[i] = (struct insn_line){
			.line = line,
			.call = (row >> 3 & 7) == 7 ? row >> 6 : 0,
			.column = (row >> 3 & 3),
			.quiet = (row >> 3 & 7) == 6,
			.begins_row = !i || row_of(given, i - 1) != row,
		};
		if (code->marked && line && row & 0x80)
			code->marks[code->n_marks++] = (struct statement_mark){
				.insn = i,
				.line = line,
				.position = row >> 3 & 7,
				.has_code = row & 0x40,
				.codeless = row & 0x20,
				.before_label = row & 1,
				.behind_label = row & 2,
				.n_labels = line / 2,
			};
	}
	if (!code->optimised)
		line_code__silence_strays(code, cfg);
	line_code__drop_unreached_marks(code, cfg);
	line_code__silence_shared_jumps(code, cfg);
}

/* Counters that fit to the plan, or not: lost hits and concurrent counting make such. */
static struct attribute_edge *make_edges(const struct given *given, const struct plan *plan)
{
	struct attribute_edge *edges = calloc(2 * (size_t)plan->n_sites + 1, sizeof(*edges));
	int64_t *excess = calloc((size_t)plan->n_sites + 1, sizeof(*excess));
	int64_t *moved = calloc((size_t)plan->n_variables + 1, sizeof(*moved));
	double *costs = calloc(2 * (size_t)plan->n_sites + 1, sizeof(*costs));
	double *passages = calloc(2 * (size_t)plan->n_sites + 1, sizeof(*passages));
	uint32_t n_wrong;

	fuzz__assert(edges && excess && moved && costs && passages);
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++) {
		uint64_t n = hash(row_of(given, e) + e) >> (16 + row_of(given, e) % 48);

		edges[e].departures = n;
		edges[e].arrivals = plan->sites[e / 2].called[e % 2] ? n - n / 8 : n;
		edges[e].time.ns = (double)n;
		excess[e / 2] = (int64_t)n % 5 - 2;
		costs[e] = attribute__static_cost(plan, e / 2, e % 2, e & 2);
	}
	for (uint32_t v = 0; v < plan->n_variables; v++)
		moved[v] = (int64_t)hash(row_of(given, v));
	fuzz__assert(!spared_counts__solve(plan, excess, moved, edges, &n_wrong));
	fuzz__assert(!spared_times__costs(plan, edges, costs, passages));
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		costs[e] = attribute__least_cost(plan, e / 2, e % 2);
	fuzz__assert(!spared_times__spread(plan, costs, edges));
	free(excess);
	free(moved);
	free(costs);
	free(passages);
	return edges;
}

static void find_merged(const struct given *given, const struct attribution *attribution)
{
	struct merged_code *code = calloc(attribution->plan->cfg->n_insns + 1, sizeof(*code));
	uint32_t *lines;
	size_t n;

	fuzz__assert(code);
	for (uint32_t i = 0; i < attribution->plan->cfg->n_insns; i++)
		if (row_of(given, i) & 7)
			code[i] = (struct merged_code){1 + row_of(given, i) / 64, 1 + row_of(given, i) % 8};
	fuzz__assert(!merged_lines__find(attribution, code, &lines, &n));
	free(lines);
	free(code);
}

static void find_hits(const struct given *given, const struct attribution *attribution, struct line_code *code)
{
	struct statement_hits_list statements;
	struct line_hits_list hits = {0}, again = {0};
	uint64_t calls;

	fuzz__assert(!statements__count(attribution, code, &statements));
	inlined_calls__count(attribution, code, &statements, attribution->plan->cfg->entry, 11,
			     given->flags & FLAG_SPLIT);
	if (given->rows[0] & 1)
		fuzz__assert(!resumption__find(attribution, code, 11, 20, &again));
	fuzz__assert(!linehits__compute(attribution, code, &statements, &hits));
	resumption__forget(&again, &hits);
	for (size_t i = 1; i < hits.n; i++)
		fuzz__assert(hits.items[i - 1].line < hits.items[i].line);
	fuzz__assert(!looped_calls__count(attribution, code, &hits, 11, &calls));
	find_merged(given, attribution);
	free(statements.items);
	free(hits.items);
	free(again.items);
}

static void count(const struct given *given, const struct plan *plan)
{
	struct attribute_edge *edges = make_edges(given, plan);
	struct attribution *attribution;
	struct line_code code;

	fuzz__assert(!attribute__insns(plan, edges, &attribution));
	make_code(given, plan->cfg, &code);
	find_hits(given, attribution, &code);
	line_code__release(&code);
	attribution__free(attribution);
	free(edges);
}

static void find_effects(const struct cfg_input *input, const struct cfg *cfg, struct insn_effect *effects)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct insn *insn = &cfg->insns[i].insn;

		if (insn_effect__decode(cfg_input__byte(input, insn->addr), insn->len, &effects[i]))
			effects[i] = (struct insn_effect){.unknown = UINT16_MAX};
	}
}

static void make_plans(const struct given *given, const struct cfg *cfg)
{
	static const uint32_t prices[INSN_PROBE_CLASSES] = {200, 200, 210, 190, 170, 2400};
	struct insn_effect *effects = calloc(cfg->n_insns, sizeof(*effects));
	uint32_t *lines = calloc(cfg->n_insns, sizeof(*lines));
	uint8_t *scope = calloc(cfg->n_insns, sizeof(*scope));
	struct plan_input input = {.cfg = cfg, .prices = prices, .lines = lines, .effects = effects};
	struct plan *plan;

	fuzz__assert(effects && lines && scope);
	find_effects(&given->input, cfg, effects);
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		lines[i] = row_of(given, i) & 7;
		scope[i] = row_of(given, i / 4) & 1 ? PLAN_SCOPE_IN : PLAN_SCOPE_OUT;
	}
	plan_scope__extend(cfg, scope);
	if (given->flags & FLAG_INLINED)
		input.scope = scope;
	fuzz__assert(!spared_plan__build(&input, &plan));
	check_plan(plan);
	count(given, plan);
	plan__free(plan);
	input.every_line = given->flags & FLAG_EVERY_LINE;
	fuzz__assert(!plan__build(&input, &plan));
	check_plan(plan);
	count(given, plan);
	plan__free(plan);
	free(effects);
	free(lines);
	free(scope);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	struct stack_place *places;
	struct given given;
	struct cfg *cfg;
	int err;

	take(&bytes, &given);
	err = cfg__build(&given.input, &cfg);
	fuzz__assert(!err || err == -ENOENT || err == -EILSEQ);
	if (err)
		return 0;
	fuzz__assert(!stack__find(&given.input, cfg, &places));
	free(places);
	make_plans(&given, cfg);
	cfg__free(cfg);
	return 0;
}
