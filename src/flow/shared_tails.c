// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Where cases of a `switch` end with equal statements (the macro that fetches the next instruction of an
 * interpreter, say), GCC keeps one of the ends, with branches or without, and lets the other cases go there. The end
 * has the marks of its own case, which are not statements of the others.
 *
 * Control leaves a case by its end, or else for what is outside of the `switch`, or falls into the first statement of
 * the next case. So a way from a mark of one case to one of another case of the same `switch`, which is not its first,
 * leads to an end that both share. (A `goto` leads to a label, which debug information names.) The statements there
 * were not executed when control came by this way. Instead, those statements of the case that it came from were that
 * are behind the last one on the way and in no branch: they stand at the case's column. If the end has a statement for
 * each of them, they have these hits.
 *
 * Not all cases of a `switch` are known, since compilers lead to some by comparisons, and where a case ends that seems
 * to be the last of several. So its lines are doubted, and what is missing is given to none. Labels tell all cases of
 * computed `goto`s. Where a label stands within the case that a way leads to, a `goto` may lead there, and nothing is
 * found out. It is not known either:
 * - how often statements of the end were executed that are behind a branch in it, since the cases share that;
 * - what was executed in branches, if the end has more statements than are missing outside of branches;
 * - whose statements are missing when a way goes from one shared end to another;
 * - what is behind the last statement of a case but the next case, which it may fall into, if the first mark there was
 *   lost.
 */
#include "flow/shared_tails.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "flow/block_flow.h"
#include "flow/switch_cases.h"

enum { MOST_ORIGINS = 16 };

/* The marks of a block: from FROM to TO, exclusive. */
struct mark_range {
	size_t from, to;
};

/* A block from which a way comes, and the statement of the last mark there. */
struct origin {
	uint32_t block;
	size_t statement;
};

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	struct shared_tails *out;
	struct switch_cases cases;
	struct mark_range *marks; /* per block */
	uint32_t *labels;	  /* per statement: how many labels are on its line or above */
	bool labelled;		  /* the cases are those of computed gotos: each begins with a label */
	size_t *ends;		  /* per block to which foreign ways lead: the case whose end it is */
	bool *shared;		  /* per block: several cases may have come to it, on ways that are foreign */
	bool *seen;		  /* per block, in one search */
	uint32_t *queue;
	struct block_search search;
	/* Of the way at hand: */
	struct origin origins[MOST_ORIGINS];
	size_t n_origins;
	bool unknown; /* it comes from elsewhere as well */
	bool begun;   /* it leads to where the case that it leads to has begun already */
	size_t to;    /* the statement to which it leads */
	int err;
};

static void note(struct finder *f, size_t statement, uint64_t hits, bool unsure)
{
	if (!f->err)
		f->err = grow__one(&f->out->hits, &f->out->capacity, f->out->n, sizeof(*f->out->hits));
	if (!f->err)
		f->out->hits[f->out->n++] = (struct tail_hits){f->cases.statements.items[statement].line, hits, unsure};
}

/* The statement of mark K, or the number of statements if it is none of the list. */
static size_t statement_of(const struct finder *f, size_t k)
{
	return statement_columns__find(&f->cases.statements, f->code->marks[k].line);
}

static void index_marks(const struct finder *f)
{
	size_t k = 0;

	for (uint32_t block = 0; block < f->cfg->n_blocks; block++) {
		f->marks[block].from = k;
		while (k < f->code->n_marks && f->code->marks[k].insn <= f->cfg->blocks[block].last)
			k++;
		f->marks[block].to = k;
	}
}

static enum block_search_next look_back(void *ctx, uint32_t block)
{
	struct finder *f = ctx;
	const struct mark_range *range = &f->marks[block];
	size_t statement;

	if (range->from == range->to) {
		f->unknown = f->unknown || f->a->rooted[f->cfg->blocks[block].first];
		return BLOCK_SEARCH_BEHIND;
	}
	statement = statement_of(f, range->to - 1);
	if (statement == f->cases.statements.n || f->n_origins == MOST_ORIGINS)
		f->unknown = true;
	else
		f->origins[f->n_origins++] = (struct origin){block, statement};
	return BLOCK_SEARCH_ELSEWHERE;
}

static void find_origins(struct finder *f, uint32_t from)
{
	f->n_origins = 0;
	f->unknown = false;
	if (look_back(f, from) == BLOCK_SEARCH_BEHIND)
		block_search__back(&f->search, f->a, from, true, look_back, f);
}

/* Looks for the beginning of the case that begins with statement TO, among the blocks of the case. */
static enum block_search_next look_for_beginning(void *ctx, uint32_t block)
{
	struct finder *f = ctx;
	const struct mark_range *range = &f->marks[block];
	bool root = f->cfg->insns[f->cfg->blocks[block].first].root & CFG_ROOT_INDIRECT;
	size_t last = range->from < range->to ? statement_of(f, range->to - 1) : f->to;

	if (range->from < range->to && root && statement_of(f, range->from) == f->to)
		f->begun = true;
	if (f->begun)
		return BLOCK_SEARCH_END;
	if (root || last == f->cases.statements.n || f->cases.innermost[last] == SWITCH_CASES_NONE ||
	    f->cases.items[f->cases.innermost[f->to]].end <= last || last < f->to)
		return BLOCK_SEARCH_ELSEWHERE;
	return BLOCK_SEARCH_BEHIND;
}

/* Whether BLOCK, whose first mark is of the statement FIRST that a case begins with, is behind the case's beginning. */
static bool has_begun(struct finder *f, uint32_t block, size_t first)
{
	f->begun = false;
	f->to = first;
	block_search__back(&f->search, f->a, block, false, look_for_beginning, f);
	return f->begun;
}

/* How many of the marks of BLOCK are of cases apart from that of statement A. */
static size_t count_apart(const struct finder *f, size_t a, uint32_t block)
{
	size_t n = 0;

	for (size_t k = f->marks[block].from; k < f->marks[block].to; k++) {
		size_t b = statement_of(f, k);

		n += b < f->cases.statements.n && switch_cases__apart(&f->cases, a, b) != SWITCH_CASES_NONE;
	}
	return n;
}

/* Whether the marks of BLOCK are of several cases: of one that begins there, and of others that end with the same. */
static bool is_of_several(const struct finder *f, uint32_t block)
{
	for (size_t k = f->marks[block].from; k < f->marks[block].to; k++)
		if (statement_of(f, k) < f->cases.statements.n && count_apart(f, statement_of(f, k), block))
			return true;
	return false;
}

/* How many labels are in the case of STATEMENT up to there, in front of its first statement included. */
static uint32_t count_labels(const struct finder *f, size_t statement)
{
	size_t first = f->cases.items[f->cases.innermost[statement]].first;

	return f->labels[statement] - (first ? f->labels[first - 1] : 0);
}

/* Notes the labels, and whether most cases begin with one. */
static void index_labels(struct finder *f)
{
	size_t n = 0;

	for (size_t k = 0; k < f->code->n_marks; k++)
		if (statement_of(f, k) < f->cases.statements.n)
			f->labels[statement_of(f, k)] = f->code->marks[k].n_labels;
	for (size_t at = 0; at < f->cases.n; at++)
		n += count_labels(f, f->cases.items[at].first) > 0;
	f->labelled = 2 * n > f->cases.n;
}

/* Whether control comes to BLOCK as the program says: it begins a case, or a label stands there. */
static bool is_target(struct finder *f, uint32_t block)
{
	const struct mark_range *range = &f->marks[block];
	size_t first = statement_of(f, range->from), at;

	if (first == f->cases.statements.n)
		return true;
	if (f->cfg->insns[f->cfg->blocks[block].first].root)
		return !is_of_several(f, block);
	at = f->cases.innermost[first];
	if (at == SWITCH_CASES_NONE || (f->cases.items[at].first == first && !has_begun(f, block, first)) ||
	    count_labels(f, first) > f->labelled)
		return true;
	for (size_t k = range->from; k < range->to && f->code->marks[k].insn == f->cfg->blocks[block].first; k++)
		if (f->code->marks[k].behind_label)
			return true;
	return false;
}

static bool has_line(const struct finder *f, uint32_t block, uint32_t line)
{
	for (size_t k = f->marks[block].from; k < f->marks[block].to; k++)
		if (f->code->marks[k].line == line)
			return true;
	return false;
}

/* How many lines the marks of BLOCK are of. */
static size_t count_lines(const struct finder *f, uint32_t block)
{
	size_t n = 0, from = f->marks[block].from;

	for (size_t k = from; k < f->marks[block].to; k++) {
		bool before = false;

		for (size_t other = from; other < k && !before; other++)
			before = f->code->marks[other].line == f->code->marks[k].line;
		n += !before;
	}
	return n;
}

static void doubt_block(struct finder *f, uint32_t block, uint32_t but)
{
	for (size_t k = f->marks[block].from; k < f->marks[block].to; k++)
		if (statement_of(f, k) < f->cases.statements.n &&
		    (but == CFG_NONE || !has_line(f, but, f->code->marks[k].line)))
			note(f, statement_of(f, k), 0, true);
}

/* How many statements of case AT are behind A: at the case's column, or with IN_BRANCHES to the right of that. */
static size_t count_behind(const struct finder *f, size_t a, size_t at, bool in_branches)
{
	const struct switch_case *item = &f->cases.items[at];
	size_t n = 0;

	for (size_t k = a + 1; k < item->end; k++)
		n += (f->cases.statements.items[k].column > f->cases.statements.items[item->first].column) ==
		     in_branches;
	return n;
}

/* Notes WHAT of the statements that count_behind() counts, of MOST of them at most. */
static void note_behind(struct finder *f, size_t a, size_t at, bool in_branches, size_t most,
			const struct tail_hits *what)
{
	const struct switch_case *item = &f->cases.items[at];

	for (size_t k = a + 1; k < item->end && most; k++)
		if ((f->cases.statements.items[k].column > f->cases.statements.items[item->first].column) ==
		    in_branches) {
			note(f, k, what->hits, what->unsure);
			most--;
		}
}

/* Whether control may go on from the last statement of A's case to the next case, of which B is a statement. */
static bool may_fall(const struct finder *f, size_t a, size_t b)
{
	size_t at = switch_cases__apart(&f->cases, a, b), next;

	if (at == SWITCH_CASES_NONE || count_behind(f, a, at, false))
		return false;
	next = f->cases.items[at].end;
	return next <= b && f->cases.items[f->cases.innermost[b]].first == next;
}

/* Whether the way at hand may fall into the next case, from the end of one, at the marks of BLOCK. */
static bool may_be_fall(const struct finder *f, uint32_t block)
{
	size_t to = statement_of(f, f->marks[block].to - 1);

	for (size_t k = 0; to < f->cases.statements.n && k < f->n_origins; k++)
		if (may_fall(f, f->origins[k].statement, to))
			return true;
	return false;
}

/* What a way that leads to marks is. */
enum way { WAY_OWN, WAY_MIXED, WAY_FOREIGN };

static enum way judge_way(struct finder *f, uint32_t from, uint32_t to)
{
	size_t n = f->marks[to].to - f->marks[to].from, apart = 0, all = 0;

	if (!n || is_target(f, to))
		return WAY_OWN;
	find_origins(f, from);
	for (size_t k = 0; k < f->n_origins; k++) {
		apart += count_apart(f, f->origins[k].statement, to);
		all += n;
	}
	if (!apart)
		return WAY_OWN;
	if (f->cfg->insns[f->cfg->blocks[to].first].root)
		return apart < all || may_be_fall(f, to) ? WAY_OWN : WAY_MIXED;
	return apart < all || f->unknown || may_be_fall(f, to) ? WAY_MIXED : WAY_FOREIGN;
}

/* Follows the shared end from BLOCK on as long as it is of its case, and doubts what is in there beside its lines. */
static void follow(struct finder *f, uint32_t block)
{
	const struct switch_case *of = &f->cases.items[f->ends[block]];
	size_t n = 0;

	for (uint32_t k = 0; k < f->cfg->n_blocks; k++)
		f->seen[k] = k == block;
	f->shared[block] = true;
	f->queue[n++] = block;
	for (size_t at = 0; at < n; at++)
		for (uint32_t which = 0; which < 2; which++) {
			struct block_arc arc = block_flow__successor(f->a, f->queue[at], which);
			size_t next;

			if (arc.block == CFG_NONE || !arc.count || f->seen[arc.block])
				continue;
			f->seen[arc.block] = true;
			next = f->marks[arc.block].from < f->marks[arc.block].to
				       ? statement_of(f, f->marks[arc.block].from)
				       : of->first;
			if (next < of->first || next >= of->end)
				continue;
			f->shared[arc.block] = true;
			doubt_block(f, arc.block, block);
			f->queue[n++] = arc.block;
		}
}

/* Gives what is missing behind statement A of a way that was taken COUNT times to the shared end TO. */
static void give_back(struct finder *f, const struct origin *from, uint32_t to, uint64_t count)
{
	size_t at = switch_cases__apart(&f->cases, from->statement, statement_of(f, f->marks[to].from));
	size_t missing = count_behind(f, from->statement, at, false), there = count_lines(f, to);
	bool known = f->labelled && f->n_origins == 1 && !f->shared[from->block] && missing <= there;

	note_behind(f, from->statement, at, false, f->labelled ? SIZE_MAX : there,
		    &(struct tail_hits){.hits = known ? count : 0, .unsure = !known});
	if (there > missing + 1 && f->labelled)
		note_behind(f, from->statement, at, true, SIZE_MAX, &(struct tail_hits){.unsure = true});
}

/* Doubts what the way at hand to TO may, or may not, execute. */
static void doubt_way(struct finder *f, uint32_t to)
{
	doubt_block(f, to, CFG_NONE);
	for (size_t k = 0; k < f->n_origins; k++) {
		size_t from = f->origins[k].statement;

		for (size_t mark = f->marks[to].from; mark < f->marks[to].to; mark++) {
			size_t at = statement_of(f, mark) == f->cases.statements.n
					    ? SWITCH_CASES_NONE
					    : switch_cases__apart(&f->cases, from, statement_of(f, mark));

			if (at == SWITCH_CASES_NONE)
				continue;
			note_behind(f, from, at, false, f->labelled ? SIZE_MAX : count_lines(f, to),
				    &(struct tail_hits){.unsure = true});
			break;
		}
	}
}

static void look_at_ways(struct finder *f)
{
	for (uint32_t way = 0; way < 2 * f->cfg->n_blocks && !f->err; way++) {
		struct block_arc arc = block_flow__successor(f->a, way / 2, way % 2);
		enum way is = arc.block == CFG_NONE || !arc.count ? WAY_OWN : judge_way(f, way / 2, arc.block);

		if (is == WAY_MIXED)
			doubt_way(f, arc.block);
		if (is != WAY_FOREIGN)
			continue;
		f->out->foreign[way] = true;
		f->ends[arc.block] = switch_cases__apart(&f->cases, statement_of(f, f->marks[arc.block].from),
							 f->origins[0].statement);
		f->out->borrowed[arc.block] += arc.count;
		if (!f->labelled)
			doubt_block(f, arc.block, CFG_NONE);
	}
	for (uint32_t block = 0; block < f->cfg->n_blocks && !f->err; block++)
		if (f->out->borrowed[block])
			follow(f, block);
	for (uint32_t way = 0; way < 2 * f->cfg->n_blocks && !f->err; way++) {
		struct block_arc arc = block_flow__successor(f->a, way / 2, way % 2);

		if (!f->out->foreign[way])
			continue;
		find_origins(f, way / 2);
		for (size_t k = 0; k < f->n_origins; k++)
			give_back(f, &f->origins[k], arc.block, arc.count);
	}
}

static int look(struct finder *f)
{
	size_t n = (size_t)f->cfg->n_blocks + 1;
	int err = switch_cases__find(f->cfg, f->code, &f->cases);

	f->marks = calloc(n, sizeof(*f->marks));
	f->labels = calloc(f->cases.statements.n + 1, sizeof(*f->labels));
	f->ends = calloc(n, sizeof(*f->ends));
	f->shared = calloc(n, sizeof(*f->shared));
	f->seen = calloc(n, sizeof(*f->seen));
	f->queue = calloc(n, sizeof(*f->queue));
	if (!f->labels || !f->marks || !f->ends || !f->shared || !f->seen || !f->queue)
		return -ENOMEM;
	if (!err)
		err = block_search__init(&f->search, f->cfg->n_blocks);
	if (err || f->cases.n < 2)
		return err;
	index_marks(f);
	index_labels(f);
	look_at_ways(f);
	return f->err;
}

int shared_tails__find(const struct attribution *attribution, const struct line_code *code, struct shared_tails *out)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {.a = attribution, .cfg = cfg, .code = code, .out = out};
	int err;

	*out = (struct shared_tails){
		.foreign = calloc(2 * (size_t)cfg->n_blocks + 1, sizeof(*out->foreign)),
		.borrowed = calloc((size_t)cfg->n_blocks + 1, sizeof(*out->borrowed)),
	};
	err = out->foreign && out->borrowed ? look(&f) : -ENOMEM;
	switch_cases__release(&f.cases);
	block_search__release(&f.search);
	free(f.labels);
	free(f.marks);
	free(f.ends);
	free(f.shared);
	free(f.seen);
	free(f.queue);
	return err;
}

void shared_tails__release(struct shared_tails *tails)
{
	free(tails->foreign);
	free(tails->borrowed);
	free(tails->hits);
	*tails = (struct shared_tails){.n = 0};
}

struct tail_hits shared_tails__of(const struct shared_tails *tails, uint32_t line)
{
	struct tail_hits all = {.line = line};

	for (size_t k = 0; k < tails->n; k++) {
		if (tails->hits[k].line != line)
			continue;
		all.hits += tails->hits[k].hits;
		all.unsure = all.unsure || tails->hits[k].unsure;
	}
	return all;
}
