// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * A compiler that optimises moves, merges and duplicates instructions, but some compilers (GCC for C and C++) keep a
 * mark where each statement of the source begins, and duplicate and delete the marks together with the code. The marks
 * that control passes are then the statements that the program executed, in their order, whatever happened to their
 * instructions. An instruction that was moved in front of a loop has no mark there; a loop that was unrolled has as
 * many marks as rounds.
 *
 * A line is executed when control comes to a mark of it and the mark passed before was another line's, and when
 * control goes once round a cycle all of whose marks are of the line. That is gcov's rule, with marks instead of
 * blocks. A block without marks continues what was current before it: that is found by propagating the current mark
 * along all arcs that were taken (the "current" values; MIXED where they disagree, which is taken for another line's).
 *
 * A loop that is written in one line and was unrolled passes only marks of that line. So the same count is made for
 * each position, which is a line and a column: the condition of such a loop is passed once a round, with the marks of
 * its body or its step in between. Each of these counts is a lower bound of what gcov counts, for to come to the same
 * statement again the program must have gone round a cycle; so the largest is the line's.
 *
 * Loops are found by a search for cycles and not by loops.h: that leaves out the cycles that control can enter at
 * several blocks, and here each arc that closes a cycle must be known, whatever cycle it is.
 *
 * Marks without code. Several marks may stand before one instruction, and only the last of them surely belongs there.
 * Where the instruction begins a block that control can also jump to, the others may have stood at the end of a block
 * that leads there.
 * - At the head of a loop: what stands in front of a loop (an initial value, the first test of the condition) names
 *   lines above those of the loop, or the loop's first line. So a mark without code whose line is not below the loop's
 *   first line is passed when control enters the loop, and not when it goes round. (Where the loop is the caller's of
 *   an inlined instance, all marks of the instance are in the loop.)
 * - At the head of a loop of an inlined callee, the caller's marks are in front of the call, with code or without.
 * - At other places where ways join, GCC leaves marks of only one of the ways. Such a mark is not counted, unless its
 *   line has no other; the line is inexact when that makes a difference. But if all ways from lines above it come from
 *   statements that it is in no branch of, by its column, or if the next mark there is right below it, these ways are
 *   counted. (Ways that passed it, or a mark below it, do not come to it again. A mark that stands there twice is of
 *   two ways.)
 */
#include "flow/statements.h"

#include <errno.h>
#include <stdlib.h>

#include "flow/block_flow.h"
#include "flow/shared_tails.h"

enum { UNKNOWN = 0, MIXED = UINT32_MAX };

/* Whether marks without code where ways join are counted. */
enum reading { WITHOUT_JOINED, WITH_JOINED, READINGS };

/* A block's two ways out; whether they close a cycle. */
enum { BACK_NEXT = 1, BACK_TAKEN = 2 };

/* A block all of whose marks have one key, or without marks where that key is current. */
struct uniform_block {
	uint32_t key, order, block;
};

struct counting {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	const struct statement_mark *marks; /* the code's */
	uint32_t n_marks;
	uint32_t *first_mark; /* per block, and one more: the block's marks begin there */
	uint32_t *order;      /* per block: its number in reverse postorder */
	uint32_t *lowest;     /* per block: the first line among the marks of the loop that the block begins, or 0 */
	bool *foreign;	      /* per block: it begins a loop that has code of other instances */
	uint8_t *back;	      /* per block: BACK_NEXT and BACK_TAKEN */
	uint64_t *turns;      /* per block: how often control came to it by closing a cycle */
	uint64_t *inner;      /* per block: that part of `turns` that is of cycles within one inlined call */
	struct shared_tails tails;
	struct block_search search;
	/* For the reading and the kind of key at hand: */
	uint32_t *keys;	    /* per mark: the line, or the number of the position */
	uint32_t n_keys;    /* keys are from 1 on */
	uint64_t *counts;   /* per mark: times control passed it */
	bool *above;	    /* per mark: only ways from lines above pass it */
	uint32_t *begin;    /* per block: its first mark that is counted */
	uint32_t *n_before; /* per block: how many marks from there are passed only on the way into the loop */
	uint32_t *current;  /* per block: key of the mark that was passed last when control enters it */
	uint64_t *visits;   /* per key */
	struct uniform_block *uniform; /* by key and number */
	uint32_t n_uniform;
	uint32_t *group; /* the blocks of one key */
};

static uint32_t n_marks_of(const struct counting *c, uint32_t block)
{
	return c->first_mark[block + 1] - c->begin[block];
}

/* The key that is current when control leaves BLOCK. */
static uint32_t key_behind(const struct counting *c, uint32_t block)
{
	return n_marks_of(c, block) ? c->keys[c->first_mark[block + 1] - 1] : c->current[block];
}

static void index_marks(struct counting *c)
{
	uint32_t k = 0;

	for (uint32_t block = 0; block < c->cfg->n_blocks; block++) {
		c->first_mark[block] = k;
		while (k < c->n_marks && c->marks[k].insn <= c->cfg->blocks[block].last)
			k++;
	}
	c->first_mark[c->cfg->n_blocks] = k;
	c->n_marks = k;
}

/* The first line among the marks of BLOCK that surely are below its beginning, or NOTHING. */
static uint32_t lowest_line(const struct counting *c, uint32_t block, uint32_t nothing)
{
	uint32_t lowest = nothing;

	for (uint32_t k = c->first_mark[block]; k < c->first_mark[block + 1]; k++)
		if (!(c->marks[k].codeless && c->marks[k].insn == c->cfg->blocks[block].first) &&
		    c->marks[k].line < lowest)
			lowest = c->marks[k].line;
	return lowest;
}

static bool any_arc(void *ctx, uint32_t block, uint32_t which, struct block_arc *arc)
{
	struct counting *c = ctx;

	if (which > 1)
		return false;
	*arc = block_flow__successor(c->a, block, which);
	return true;
}

/* Whether BLOCK has code of another instance: of the caller, where the instance was inlined. */
static bool has_foreign_code(const struct counting *c, uint32_t block)
{
	for (uint32_t i = c->cfg->blocks[block].first; i <= c->cfg->blocks[block].last; i++)
		if (!c->code->lines[i].line && !c->cfg->insns[i].insn.filler)
			return true;
	return false;
}

/* The inlined call that all code of BLOCK belongs to, or 0. */
static uint32_t call_of(const struct counting *c, uint32_t block)
{
	uint32_t call = 0;

	for (uint32_t i = c->cfg->blocks[block].first; i <= c->cfg->blocks[block].last; i++) {
		const struct insn_line *at = &c->code->lines[i];

		if (c->cfg->insns[i].insn.filler || (at->quiet && !at->call))
			continue;
		if (!at->call || (call && at->call != call))
			return 0;
		call = at->call;
	}
	return call;
}

/* Whether the cycle on the search's path is a loop of one inlined call. */
static bool is_inner(const struct counting *c, const struct block_search *search, uint32_t from)
{
	uint32_t call = call_of(c, search->stack[from]);

	for (uint32_t d = from; call && d <= search->depth; d++)
		if (call_of(c, search->stack[d]) != call)
			return false;
	return call != 0;
}

/* Notes for the block that begins a loop the first line of the loop, and the arc that closes it. Counts nothing. */
static bool note_cycle(void *ctx, const struct block_search *search, uint32_t from, uint32_t which)
{
	struct counting *c = ctx;
	uint64_t count = block_flow__successor(c->a, search->stack[search->depth], which).count;
	uint32_t head = search->stack[from];
	uint32_t lowest = c->lowest[head] ? c->lowest[head] : UINT32_MAX;

	for (uint32_t d = from; d <= search->depth; d++)
		lowest = lowest_line(c, search->stack[d], lowest);
	for (uint32_t d = from; d <= search->depth && !c->foreign[head]; d++)
		c->foreign[head] = has_foreign_code(c, search->stack[d]);
	c->lowest[head] = lowest;
	c->back[search->stack[search->depth]] |= which ? BACK_TAKEN : BACK_NEXT;
	c->turns[head] += count;
	c->inner[head] += is_inner(c, search, from) ? count : 0;
	return false;
}

static int compare_uniform(const void *x, const void *y)
{
	const struct uniform_block *a = x, *b = y;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

/* Searches for cycles among the uniform blocks from FROM to TO, exclusive. */
static uint64_t search_cycles(struct counting *c, uint32_t from, uint32_t to,
			      bool (*counts)(void *, const struct block_search *, uint32_t, uint32_t))
{
	const struct block_group group = {
		.blocks = c->group, .n = to - from, .arc = any_arc, .counts = counts, .ctx = c};

	for (uint32_t k = from; k < to; k++)
		c->group[k - from] = c->uniform[k].block;
	return block_search__cycles(&c->search, &group);
}

static void find_loops(struct counting *c)
{
	for (uint32_t block = 0; block < c->cfg->n_blocks; block++)
		c->uniform[block] = (struct uniform_block){.order = c->order[block], .block = block};
	qsort(c->uniform, c->cfg->n_blocks, sizeof(*c->uniform), compare_uniform);
	search_cycles(c, 0, c->cfg->n_blocks, note_cycle);
}

static bool is_join(const struct cfg *cfg, uint32_t block)
{
	const struct cfg_insn *first = &cfg->insns[cfg->blocks[block].first];

	return first->n_preds > 1 || (first->n_preds && first->root);
}

/* How many of the first marks of BLOCK are without code, so that they may have stood in another block. */
static uint32_t count_displaced(const struct counting *c, uint32_t block)
{
	uint32_t k = c->first_mark[block];

	if (!is_join(c->cfg, block))
		return 0;
	while (k < c->first_mark[block + 1] && c->marks[k].codeless && c->marks[k].insn == c->cfg->blocks[block].first)
		k++;
	return k - c->first_mark[block];
}

/* Whether LINE has a mark at POSITION or further to the right. */
static bool is_right_of(const struct counting *c, uint32_t line, uint32_t position)
{
	for (uint32_t k = 0; k < c->n_marks; k++)
		if (c->marks[k].line == line && c->marks[k].position >= position)
			return true;
	return false;
}

/* Whether the mark behind mark K of BLOCK is of the statement to which K's leads: right below, and no further left. */
static bool leads_on(const struct counting *c, uint32_t block, uint32_t k)
{
	const struct statement_mark *mark = &c->marks[k], *next = mark + 1;

	return k + 1 < c->first_mark[block + 1] && next->insn == mark->insn && next->position >= mark->position &&
	       (next->line == mark->line || next->line == mark->line + 1);
}

/* Whether the same statement has another mark behind mark K of BLOCK, in front of the same instruction. */
static bool is_repeated(const struct counting *c, uint32_t block, uint32_t k)
{
	for (uint32_t other = k + 1; other < c->first_mark[block + 1] && c->marks[other].insn == c->marks[k].insn;
	     other++)
		if (c->marks[other].line == c->marks[k].line && c->marks[other].position == c->marks[k].position)
			return true;
	return false;
}

/* Whether control comes from BLOCK with mark K or one below as its last, so that it does not pass mark K again. */
static bool comes_from_below(const struct counting *c, uint32_t block, uint32_t k)
{
	return c->first_mark[block + 1] > c->first_mark[block] &&
	       c->marks[c->first_mark[block + 1] - 1].line >= c->marks[k].line;
}

/* The line of BLOCK's last mark; without one, of the code at its end, calls that were inlined there included; or 0. */
static uint32_t line_at_end(const struct counting *c, uint32_t block)
{
	const struct insn_line *at = &c->code->lines[c->cfg->blocks[block].last];

	if (c->first_mark[block + 1] > c->first_mark[block])
		return c->marks[c->first_mark[block + 1] - 1].line;
	return at->quiet ? 0 : at->line;
}

/*
 * Whether mark K, without code at the beginning of BLOCK where ways join, is of all these ways that come from lines
 * above. If so, sets its count.
 */
static bool is_of_all(struct counting *c, uint32_t block, uint32_t k)
{
	const struct statement_mark *mark = &c->marks[k];
	uint64_t above = 0;
	bool right = true;

	if (!mark->position || is_repeated(c, block, k) || c->a->rooted[c->cfg->blocks[block].first])
		return false;
	for (uint32_t way = 0; way < 2 * c->cfg->n_blocks; way++) {
		struct block_arc arc = block_flow__successor(c->a, way / 2, way % 2);
		uint32_t line;

		if (arc.block != block || !arc.count || c->tails.foreign[way] || comes_from_below(c, way / 2, k))
			continue;
		line = line_at_end(c, way / 2);
		if (!line)
			return false;
		above += arc.count;
		right = right && line <= mark->line && is_right_of(c, line, mark->position);
	}
	if ((!above || !right) && !leads_on(c, block, k))
		return false;
	c->above[k] = above > 0;
	if (above)
		c->counts[k] = above;
	return true;
}

/* How many of the first N marks of BLOCK, without code where ways join, may be of some of these ways only. */
static uint32_t count_doubtful(struct counting *c, uint32_t block, uint32_t n)
{
	while (n && is_of_all(c, block, c->first_mark[block] + n - 1))
		n--;
	return n;
}

/*
 * What stands at the head of a loop of an inlined callee is passed when the call begins, and not when the loop goes
 * round.
 */
static void count_call(struct counting *c, uint32_t block)
{
	uint64_t turns = c->turns[block];

	for (uint32_t k = c->first_mark[block];
	     k < c->first_mark[block + 1] && c->marks[k].insn == c->cfg->blocks[block].first; k++) {
		c->counts[k] -= c->counts[k] < turns ? c->counts[k] : turns;
		c->n_before[block]++;
	}
}

static void count_block(struct counting *c, uint32_t block, enum reading reading)
{
	uint32_t n = count_displaced(c, block);
	uint64_t turns = c->turns[block];

	c->begin[block] = c->first_mark[block];
	c->n_before[block] = 0;
	for (uint32_t k = c->first_mark[block]; k < c->first_mark[block + 1]; k++) {
		c->counts[k] = c->a->counts[c->marks[k].insn];
		c->counts[k] -= c->counts[k] < c->tails.borrowed[block] ? c->counts[k] : c->tails.borrowed[block];
		c->above[k] = false;
	}
	if (c->inner[block] && c->inner[block] == turns) {
		count_call(c, block);
		return;
	}
	if (c->foreign[block])
		return;
	if (!c->lowest[block]) {
		n = count_doubtful(c, block, n);
		if (reading == WITHOUT_JOINED)
			c->begin[block] += n;
		return;
	}
	for (uint32_t k = c->first_mark[block]; n-- && c->marks[k].line <= c->lowest[block]; k++) {
		c->counts[k] -= c->counts[k] < turns ? c->counts[k] : turns;
		c->n_before[block]++;
	}
}

static void count_marks(struct counting *c, enum reading reading)
{
	for (uint32_t block = 0; block < c->cfg->n_blocks; block++)
		count_block(c, block, reading);
}

static void meet(uint32_t *value, uint32_t other)
{
	if (other == UNKNOWN || *value == other)
		return;
	*value = *value == UNKNOWN ? other : MIXED;
}

/* Lets each block tell its successors what is current. Returns whether anything changed. */
static bool propagate_once(struct counting *c)
{
	bool changed = false;

	for (uint32_t block = 0; block < c->cfg->n_blocks; block++) {
		uint32_t behind = key_behind(c, block);

		for (uint32_t which = 0; which < 2; which++) {
			struct block_arc arc = block_flow__successor(c->a, block, which);
			uint32_t before;

			if (arc.block == CFG_NONE || !arc.count)
				continue;
			before = c->current[arc.block];
			meet(&c->current[arc.block], behind);
			changed = changed || c->current[arc.block] != before;
		}
	}
	return changed;
}

static void propagate(struct counting *c)
{
	for (uint32_t block = 0; block < c->cfg->n_blocks; block++)
		c->current[block] = c->a->rooted[c->cfg->blocks[block].first] ? MIXED : UNKNOWN;
	while (propagate_once(c))
		;
}

/* Takes off from the visits of a block's marks what came into them from marks of the same key outside. */
static void subtract_arcs(struct counting *c, uint32_t from)
{
	for (uint32_t which = 0; which < 2; which++) {
		struct block_arc arc = block_flow__successor(c->a, from, which);
		uint32_t mark;

		if (arc.block == CFG_NONE || !n_marks_of(c, arc.block) || c->tails.foreign[2 * from + which])
			continue;
		/* Who goes round a loop does not pass the marks that stand before it. */
		mark = c->begin[arc.block];
		if (c->back[from] & (which ? BACK_TAKEN : BACK_NEXT))
			mark += c->n_before[arc.block];
		if (mark < c->first_mark[arc.block + 1] && c->keys[mark] == key_behind(c, from) &&
		    !(c->above[mark] && comes_from_below(c, from, mark)))
			c->visits[c->keys[mark]] -= arc.count;
	}
}

static void add_marks(struct counting *c, uint32_t block)
{
	for (uint32_t k = c->begin[block]; k < c->first_mark[block + 1]; k++) {
		uint64_t continued = 0;

		if (k > c->begin[block] && c->keys[k] == c->keys[k - 1])
			continued = c->counts[k] < c->counts[k - 1] ? c->counts[k] : c->counts[k - 1];
		c->visits[c->keys[k]] += c->counts[k] - continued;
	}
}

/*
 * A cycle without marks of its own is a callee's, or was made by the compiler. What stands in front of it, at its head,
 * is not its own.
 */
static bool has_mark(void *ctx, const struct block_search *search, uint32_t from, uint32_t which)
{
	struct counting *c = ctx;

	(void)which;
	for (uint32_t d = from; d <= search->depth; d++)
		if (n_marks_of(c, search->stack[d]) > (d == from ? c->n_before[search->stack[d]] : 0))
			return true;
	return false;
}

/*
 * The key that all marks of BLOCK have which control passes when it goes round a loop, or that the block continues;
 * UNKNOWN when there is no such key.
 */
static uint32_t uniform_key(const struct counting *c, uint32_t block)
{
	uint32_t key = key_behind(c, block);

	for (uint32_t k = c->begin[block] + c->n_before[block]; k < c->first_mark[block + 1]; k++)
		if (c->keys[k] != key)
			return UNKNOWN;
	return key == MIXED ? UNKNOWN : key;
}

static void add_cycles(struct counting *c)
{
	uint32_t n = 0;

	for (uint32_t block = 0; block < c->cfg->n_blocks; block++) {
		uint32_t key = uniform_key(c, block);

		if (key != UNKNOWN)
			c->uniform[n++] = (struct uniform_block){key, c->order[block], block};
	}
	if (n)
		qsort(c->uniform, n, sizeof(*c->uniform), compare_uniform);
	for (uint32_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && c->uniform[to].key == c->uniform[from].key; to++)
			;
		c->visits[c->uniform[from].key] += search_cycles(c, from, to, has_mark);
	}
}

/* Fills `visits` for the keys at hand. */
static void count_visits(struct counting *c, enum reading reading)
{
	count_marks(c, reading);
	propagate(c);
	for (uint32_t key = 0; key <= c->n_keys; key++)
		c->visits[key] = 0;
	for (uint32_t block = 0; block < c->cfg->n_blocks; block++) {
		add_marks(c, block);
		subtract_arcs(c, block);
	}
	add_cycles(c);
	/* Control may have been on its way along an arc when counting began, so that the arc was counted alone. */
	for (uint32_t key = 0; key <= c->n_keys; key++)
		if (c->visits[key] > UINT64_MAX / 2)
			c->visits[key] = 0;
}

/* A mark's key: its line's number in HITS, and after all of those, the number of its position. */
struct mark_key {
	uint32_t line, position, mark;
};

static int compare_keys(const void *x, const void *y)
{
	const struct mark_key *a = x, *b = y;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

/* What is counted: lines, and positions, each with the line that it belongs to. */
struct key_table {
	struct mark_key *sorted; /* one for each mark, by line and position */
	uint32_t *line_of;	 /* per key of the kind at hand: index of its line in HITS */
};

/* Numbers the lines (BY_POSITION false) or the positions of the marks, from 1 on. */
static void number_keys(struct counting *c, struct key_table *table, bool by_position)
{
	uint32_t line = 0;

	c->n_keys = 0;
	for (uint32_t k = 0; k < c->n_marks; k++) {
		const struct mark_key *key = &table->sorted[k], *before = k ? key - 1 : NULL;
		bool new_line = !before || before->line != key->line;

		line += before && new_line;
		if (new_line || (by_position && before->position != key->position))
			table->line_of[++c->n_keys] = line;
		c->keys[key->mark] = c->n_keys;
	}
}

/* Raises the hits of each line to what this reading of the marks says. */
static void raise_hits(struct counting *c, struct key_table *table, enum reading reading, uint64_t *hits)
{
	for (int by_position = 0; by_position < 2; by_position++) {
		number_keys(c, table, by_position);
		count_visits(c, reading);
		for (uint32_t key = 1; key <= c->n_keys; key++)
			if (c->visits[key] > hits[table->line_of[key]])
				hits[table->line_of[key]] = c->visits[key];
	}
}

static int count_lines(struct counting *c, struct key_table *table, struct statement_hits_list *out)
{
	uint64_t *hits[READINGS] = {NULL};
	int err = 0;

	for (int reading = 0; reading < READINGS; reading++) {
		hits[reading] = calloc(c->n_marks + 1, sizeof(*hits[reading]));
		err = hits[reading] ? err : -ENOMEM;
	}
	for (int reading = 0; !err && reading < READINGS; reading++)
		raise_hits(c, table, (enum reading)reading, hits[reading]);
	for (uint32_t k = 0; !err && k < c->n_marks; k++) {
		const struct statement_mark *mark = &c->marks[table->sorted[k].mark];
		uint64_t without = hits[WITHOUT_JOINED][out->n], with = hits[WITH_JOINED][out->n];

		if (!k || table->sorted[k].line != table->sorted[k - 1].line) {
			struct tail_hits elsewhere = shared_tails__of(&c->tails, mark->line);

			out->items[out->n++] = (struct statement_hits){
				.line = mark->line,
				.hits = (without ? without : with) + elsewhere.hits,
				.has_code = mark->has_code,
				.inexact = without != with || elsewhere.unsure,
			};
		}
		out->items[out->n - 1].inexact |= c->a->unsure[mark->insn];
	}
	for (int reading = 0; reading < READINGS; reading++)
		free(hits[reading]);
	return err;
}

static int count_with_table(struct counting *c, struct statement_hits_list *out)
{
	struct key_table table = {
		.sorted = calloc(c->n_marks + 1, sizeof(*table.sorted)),
		.line_of = calloc((size_t)c->n_marks + 2, sizeof(*table.line_of)),
	};
	int err = -ENOMEM;

	out->items = calloc(c->n_marks + 1, sizeof(*out->items));
	if (table.sorted && table.line_of && out->items) {
		index_marks(c);
		block_search__number(&c->search, c->cfg, c->order);
		find_loops(c);
		err = shared_tails__find(c->a, c->code, &c->tails);
		for (uint32_t k = 0; k < c->n_marks; k++)
			table.sorted[k] = (struct mark_key){c->marks[k].line, c->marks[k].position, k};
		qsort(table.sorted, c->n_marks, sizeof(*table.sorted), compare_keys);
		if (!err)
			err = count_lines(c, &table, out);
	}
	free(table.sorted);
	free(table.line_of);
	return err;
}

static void release(struct counting *c)
{
	free(c->first_mark);
	free(c->order);
	free(c->lowest);
	free(c->foreign);
	free(c->back);
	free(c->turns);
	free(c->inner);
	free(c->keys);
	free(c->counts);
	free(c->above);
	free(c->begin);
	free(c->n_before);
	free(c->current);
	free(c->visits);
	free(c->uniform);
	free(c->group);
	block_search__release(&c->search);
	shared_tails__release(&c->tails);
}

int statements__count(const struct attribution *attribution, const struct line_code *code,
		      struct statement_hits_list *out)
{
	const struct cfg *cfg = attribution->plan->cfg;
	size_t n = code->n_marks;
	struct counting c = {.a = attribution, .cfg = cfg, .code = code, .marks = code->marks, .n_marks = (uint32_t)n};
	int err = -ENOMEM;

	*out = (struct statement_hits_list){NULL, 0};
	if (!n)
		return 0;
	c.first_mark = calloc((size_t)cfg->n_blocks + 1, sizeof(*c.first_mark));
	c.order = calloc(cfg->n_blocks, sizeof(*c.order));
	c.lowest = calloc(cfg->n_blocks, sizeof(*c.lowest));
	c.foreign = calloc(cfg->n_blocks, sizeof(*c.foreign));
	c.back = calloc(cfg->n_blocks, sizeof(*c.back));
	c.turns = calloc(cfg->n_blocks, sizeof(*c.turns));
	c.inner = calloc(cfg->n_blocks, sizeof(*c.inner));
	c.keys = calloc(n, sizeof(*c.keys));
	c.counts = calloc(n, sizeof(*c.counts));
	c.above = calloc(n, sizeof(*c.above));
	c.begin = calloc(cfg->n_blocks, sizeof(*c.begin));
	c.n_before = calloc(cfg->n_blocks, sizeof(*c.n_before));
	c.current = calloc(cfg->n_blocks, sizeof(*c.current));
	c.visits = calloc(n + 2, sizeof(*c.visits));
	c.uniform = calloc(cfg->n_blocks, sizeof(*c.uniform));
	c.group = calloc(cfg->n_blocks, sizeof(*c.group));
	if (c.first_mark && c.order && c.lowest && c.foreign && c.back && c.turns && c.inner && c.keys && c.counts &&
	    c.above && c.begin && c.n_before && c.current && c.visits && c.uniform && c.group &&
	    !block_search__init(&c.search, cfg->n_blocks))
		err = count_with_table(&c, out);
	release(&c);
	if (err) {
		free(out->items);
		*out = (struct statement_hits_list){NULL, 0};
	}
	return err;
}

static int compare_hits(const void *x, const void *y)
{
	const struct statement_hits *a = x, *b = y;

	return (a->line > b->line) - (a->line < b->line);
}

const struct statement_hits *statements__find(const struct statement_hits_list *list, uint32_t line)
{
	const struct statement_hits key = {.line = line};

	return list->n ? bsearch(&key, list->items, list->n, sizeof(key), compare_hits) : NULL;
}
