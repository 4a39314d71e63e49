// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A compiler that unrolls a loop puts several rounds of it into one block, and one that vectorises it lets one
 * instruction do several rounds. If it does not mark where statements begin, only the instructions tell:
 *
 * - The block calls the same function several times from one line and column: that many executions.
 * - Three or more instructions of one kind stand for one line and column. An expression of the source is seldom
 *   compiled into more than one of a kind, so the usual number (the median over all kinds and columns of the line) is
 *   taken for the executions. Two are not enough, but make the line inexact. Instructions that only move values do not
 *   count: copying a structure takes several of them.
 * - A vector instruction computes, and another block has the line's code for single values, which is what is left over
 *   of the rounds: as many executions as the vector has values. Without such another block it may be a vector of the
 *   program's own, or of neighbouring statements.
 * - The same goes for code that was inlined on the line, unless the block is a part of one inlined call: then the loop
 *   is the callee's own. How many executions that are is not guessed.
 * - A vector is stored that nothing computes, and another block stores single values only, or a loop does nothing else
 *   on the line. Such a line is inexact: values that do not change are moved from a register, as parts of structures
 *   are.
 *
 * Lines with code between the copies of another line may be part of the same loop, so they are inexact, too.
 *
 * None of this is proof: a macro that calls a function twice looks like a loop that was unrolled. So whatever is more
 * than one execution is inexact.
 */
#include "flow/line_copies.h"

#include <errno.h>
#include <stdlib.h>

#include "base/sorted.h"

enum { SEVERAL = 3 };

enum kind { KIND_CALL, KIND_COMPUTE, KIND_MOVE, KIND_INLINED };

/* An instruction of a line, and what makes two of them equal. */
struct operation {
	uint32_t block, line, column;
	enum kind kind;
	uint64_t what; /* the operation or, of a call, the callee */
	uint32_t insn;
	uint8_t lanes;
	uint8_t store; /* enum insn_store */
};

static int compare_places(const struct operation *a, const struct operation *b)
{
	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

static int compare_operations(const void *x, const void *y)
{
	const struct operation *a = x, *b = y;
	int order = compare_places(a, b);

	if (order)
		return order;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->what > b->what) - (a->what < b->what);
}

/* Whether all code of BLOCK belongs to one inlined call, which may have a loop of its own. */
static bool is_one_call(const struct cfg *cfg, const struct line_code *code, uint32_t block)
{
	uint32_t call = 0;

	for (uint32_t i = cfg->blocks[block].first; i <= cfg->blocks[block].last; i++) {
		if (code->lines[i].quiet)
			continue;
		if (!code->lines[i].call || (call && call != code->lines[i].call))
			return false;
		call = code->lines[i].call;
	}
	return true;
}

static size_t collect(const struct plan *plan, const struct line_code *code, struct operation *operations)
{
	const struct cfg *cfg = plan->cfg;
	size_t n = 0;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct insn *insn = &cfg->insns[i].insn;
		const struct insn_line *at = &code->lines[i];
		bool call = insn->lng == INSN_LONG_CALL || plan__is_tail_call(plan, i);

		if (at->line && at->call && !at->quiet && insn->work == INSN_WORK_COMPUTE &&
		    !is_one_call(cfg, code, cfg->insns[i].block))
			operations[n++] = (struct operation){.block = cfg->insns[i].block,
							     .line = at->line,
							     .kind = KIND_INLINED,
							     .insn = i,
							     .lanes = insn->lanes};
		if (!at->line || !at->column || at->call || at->quiet)
			continue;
		if (!call && insn->work == INSN_WORK_NONE)
			continue;
		operations[n++] = (struct operation){
			.block = cfg->insns[i].block,
			.line = at->line,
			.column = at->column,
			.kind = call				  ? KIND_CALL
				: insn->work == INSN_WORK_COMPUTE ? KIND_COMPUTE
								  : KIND_MOVE,
			.what = call ? insn->target : insn->operation,
			.insn = i,
			.lanes = insn->lanes,
			.store = insn->store,
		};
	}
	return n;
}

static int compare_numbers(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

/* How often equal operations stand in the N of one line and block. */
struct multiplicity {
	uint32_t calls, moves; /* the largest of calls, of moves */
	uint32_t computing;    /* the median of what computes; 0: nothing does */
	uint8_t lanes;	       /* the most of any */
	uint8_t inlined;       /* the same of inlined code */
};

/* NUMBERS has room for N. */
static struct multiplicity count_equal(const struct operation *operations, size_t n, uint32_t *numbers)
{
	struct multiplicity result = {.lanes = 1, .inlined = 1};
	size_t n_numbers = 0;

	for (size_t from = 0, to; from < n; from = to) {
		uint32_t equal;

		for (to = from + 1; to < n && !compare_operations(&operations[from], &operations[to]); to++)
			;
		equal = (uint32_t)(to - from);
		for (size_t k = from; operations[from].kind == KIND_INLINED && k < to; k++)
			if (operations[k].lanes > result.inlined)
				result.inlined = operations[k].lanes;
		if (operations[from].kind == KIND_INLINED)
			continue;
		if (operations[from].lanes > result.lanes)
			result.lanes = operations[from].lanes;
		if (operations[from].kind == KIND_COMPUTE)
			numbers[n_numbers++] = equal;
		else if (operations[from].kind == KIND_CALL && equal > result.calls)
			result.calls = equal;
		else if (operations[from].kind == KIND_MOVE && equal > result.moves)
			result.moves = equal;
	}
	if (n_numbers) {
		qsort(numbers, n_numbers, sizeof(*numbers), compare_numbers);
		result.computing = numbers[(n_numbers - 1) / 2];
	}
	return result;
}

/* A block that has the line's code for single values, or that stores nothing else. */
struct scalar_code {
	uint32_t line, block;
};

static int compare_scalars(const void *x, const void *y)
{
	const struct scalar_code *a = x, *b = y;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->block > b->block) - (a->block < b->block);
}

static size_t collect_scalars(const struct operation *operations, size_t n, struct scalar_code *scalars)
{
	size_t found = 0;

	for (size_t k = 0; k < n; k++)
		if ((operations[k].kind == KIND_COMPUTE || operations[k].kind == KIND_INLINED) &&
		    operations[k].lanes == 1)
			scalars[found++] = (struct scalar_code){operations[k].line, operations[k].block};
	qsort(scalars, found, sizeof(*scalars), compare_scalars);
	return found;
}

/* Whether another block than the one of AT has its line's code for single values. */
static bool has_scalar(const struct scalar_code *scalars, size_t n, const struct operation *at)
{
	for (size_t i = SORTED_FROM(scalars, n, line, at->line); i < n && scalars[i].line == at->line; i++)
		if (scalars[i].block != at->block)
			return true;
	return false;
}

static struct line_copies judge(const struct operation *at, const struct multiplicity *found, bool scalar)
{
	struct line_copies item = {.block = at->block, .line = at->line, .copies = 1, .vector = found->lanes > 1};

	if (found->computing >= SEVERAL)
		item.copies = found->computing;
	if (found->calls > item.copies)
		item.copies = found->calls;
	if (item.vector || item.copies > 1 || found->computing > 1 ||
	    (!found->computing && !found->calls && found->moves >= SEVERAL))
		item.inexact = true;
	if (scalar)
		item.copies *= found->lanes;
	return item;
}

/* The part of a block from the first to the last of its copies; none when `to` is 0. */
struct stretch {
	uint32_t from, to; /* instructions */
};

struct work {
	struct operation *operations;
	struct scalar_code *scalars;
	struct scalar_code *stores;
	uint32_t *numbers;
	struct stretch *unrolled; /* per block */
};

/* The operations of one line and block, from FROM on: where they end. */
static size_t end_of_place(const struct work *work, size_t n, size_t from)
{
	size_t to = from + 1;

	while (to < n && !compare_places(&work->operations[from], &work->operations[to]))
		to++;
	return to;
}

static void widen(struct stretch *stretch, const struct operation *operations, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		if (!stretch->to || operations[k].insn < stretch->from)
			stretch->from = operations[k].insn;
		if (operations[k].insn > stretch->to)
			stretch->to = operations[k].insn;
	}
}

static bool is_within(const struct stretch *stretch, const struct operation *operations, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (operations[k].insn > stretch->from && operations[k].insn < stretch->to)
			return true;
	return false;
}

/* The widest that the N operations of one line and block store. */
static enum insn_store widest_store(const struct operation *operations, size_t n)
{
	enum insn_store widest = INSN_STORE_NONE;

	for (size_t k = 0; k < n; k++)
		if (operations[k].store > widest)
			widest = (enum insn_store)operations[k].store;
	return widest;
}

/*
 * Whether the N operations of one line fill memory: they store vectors in a loop of one block, and load nothing. There
 * is no code for single values where the number of rounds is known to fit.
 */
static bool fills(const struct cfg *cfg, const struct operation *operations, size_t n)
{
	const struct cfg_block *block = &cfg->blocks[operations->block];

	for (size_t k = 0; k < n; k++) {
		const struct insn *insn = &cfg->insns[operations[k].insn].insn;

		if (insn->memory != INSN_MEMORY_NONE && insn->store == INSN_STORE_NONE)
			return false;
	}
	return cfg->insns[block->last].taken == block->first && widest_store(operations, n) == INSN_STORE_VECTOR;
}

static size_t collect_stores(const struct work *work, size_t n)
{
	size_t found = 0;

	for (size_t from = 0, to; from < n; from = to) {
		const struct operation *at = &work->operations[from];

		to = end_of_place(work, n, from);
		if (widest_store(at, to - from) == INSN_STORE_VALUE)
			work->stores[found++] = (struct scalar_code){at->line, at->block};
	}
	qsort(work->stores, found, sizeof(*work->stores), compare_scalars);
	return found;
}

/* Makes one item for every line and block. */
static void judge_all(const struct cfg *cfg, struct work *work, size_t n, struct line_copies_list *out)
{
	size_t n_scalars = collect_scalars(work->operations, n, work->scalars);
	size_t n_stores = collect_stores(work, n);

	for (size_t from = 0, to; from < n; from = to) {
		const struct operation *at = &work->operations[from];
		struct line_copies *item = &out->items[out->n++];
		struct multiplicity found;

		to = end_of_place(work, n, from);
		found = count_equal(at, to - from, work->numbers);
		*item = judge(at, &found, found.lanes > 1 && has_scalar(work->scalars, n_scalars, at));
		item->judged = found.computing || found.calls;
		if (item->copies > 1)
			widen(&work->unrolled[at->block], at, to - from);
		if ((widest_store(at, to - from) == INSN_STORE_VECTOR && has_scalar(work->stores, n_stores, at)) ||
		    fills(cfg, at, to - from) || (found.inlined > 1 && has_scalar(work->scalars, n_scalars, at)))
			item->vector = item->inexact = true;
	}
}

/* Keeps the items that tell something. Lines with code between the copies of another line are inexact, too. */
static void keep_telling(const struct work *work, size_t n, struct line_copies_list *out)
{
	size_t kept = 0, k = 0;

	for (size_t from = 0, to; from < n; from = to, k++) {
		struct line_copies item = out->items[k];

		to = end_of_place(work, n, from);
		item.inexact =
			item.inexact || is_within(&work->unrolled[item.block], &work->operations[from], to - from);
		if (item.inexact || item.judged)
			out->items[kept++] = item;
	}
	out->n = kept;
}

int line_copies__find(const struct plan *plan, const struct line_code *code, struct line_copies_list *out)
{
	size_t most = plan->cfg->n_insns;
	struct work work = {
		.operations = calloc(most, sizeof(*work.operations)),
		.scalars = calloc(most, sizeof(*work.scalars)),
		.stores = calloc(most, sizeof(*work.stores)),
		.numbers = calloc(most, sizeof(*work.numbers)),
		.unrolled = calloc(plan->cfg->n_blocks, sizeof(*work.unrolled)),
	};
	int err = -ENOMEM;

	*out = (struct line_copies_list){calloc(most, sizeof(*out->items)), 0};
	if (work.operations && work.scalars && work.stores && work.numbers && work.unrolled && out->items) {
		size_t n = collect(plan, code, work.operations);

		qsort(work.operations, n, sizeof(*work.operations), compare_operations);
		judge_all(plan->cfg, &work, n, out);
		keep_telling(&work, n, out);
		err = 0;
	}
	free(work.operations);
	free(work.scalars);
	free(work.stores);
	free(work.numbers);
	free(work.unrolled);
	if (err)
		free(out->items);
	return err;
}

static int compare_items(const void *x, const void *y)
{
	const struct line_copies *a = x, *b = y;

	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

const struct line_copies *line_copies__get(const struct line_copies_list *list, uint32_t block, uint32_t line)
{
	const struct line_copies key = {.block = block, .line = line};

	return list->n ? bsearch(&key, list->items, list->n, sizeof(key), compare_items) : NULL;
}
