// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * A line is hit as gcov defines it. Take all blocks that have code of the line. The line is hit when control enters
 * these blocks from a block that has none of its code, and when control goes once round a cycle that lies entirely
 * within these blocks. With count(B) for how often the line's first instruction in block B ran:
 *
 *     hits = sum over B (count(B) - how often control came into B from a block of the line)
 *            + how often control took an arc that closes a cycle among the line's blocks
 *
 * Which arcs close a cycle is found by a depth-first search through the line's blocks alone: those that lead back to a
 * block on the path that the search is on. The searches begin in reverse postorder of the whole body, so that a loop is
 * entered where the program enters it. It is blocks that matter and not instructions, because compilers interleave the
 * lines of one block at will, and to have been in the block once is one hit.
 *
 * The code of an inlined callee is on the line of its call. The callee's own loops are not loops of that line, so an
 * arc within one inlined call closes no cycle.
 *
 * An indirect jump leads to every root of its kind. When a body has several indirect jumps, it is not known how often
 * control took which way. So their arcs are within the line only if all the body's indirect jumps are on the line, and
 * then all these arcs are taken to come from the first of them (the dispatcher).
 */
#include "flow/linehits.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* A block with code of a line. */
struct member {
	uint32_t line, block;
	uint32_t order; /* of the block in reverse postorder */
	uint64_t count; /* executions of the line's first instruction in the block */
	struct attribute_time time;
};

enum visit { NOT_A_MEMBER, UNSEEN, ON_PATH, DONE };

struct computation {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct insn_line *lines;
	uint32_t *order; /* per block */
	struct member *members;
	size_t n_members;
	uint8_t *visit;	     /* per block: enum visit, for the line at hand */
	uint64_t *internal;  /* per block: arcs into it from members */
	uint32_t *stack;     /* blocks on the path of the search */
	uint32_t *successor; /* per depth of the stack: the next successor to look at */
	uint32_t n_indirect; /* blocks that end in an indirect jump */
	/* The line at hand: */
	const struct member *group;
	uint32_t n_group;
	uint32_t dispatcher; /* the block that stands for all indirect jumps, or CFG_NONE */
};

struct arc {
	uint32_t block; /* CFG_NONE: no such successor */
	uint64_t count;
};

static struct arc successor(const struct computation *c, uint32_t block, int which)
{
	uint32_t last = c->cfg->blocks[block].last;
	const struct cfg_insn *insn = &c->cfg->insns[last];
	uint32_t to = which ? insn->taken : insn->next;

	if (to == CFG_NONE)
		return (struct arc){CFG_NONE, 0};
	return (struct arc){c->cfg->insns[to].block, which ? c->a->taken[last] : c->a->next[last]};
}

static bool ends_indirect(const struct cfg *cfg, uint32_t block)
{
	return cfg->insns[cfg->blocks[block].last].insn.flow == INSN_FLOW_JUMP_INDIRECT;
}

/* As successor(), within the line at hand: the dispatcher leads to the line's indirect roots as well. */
static struct arc group_successor(const struct computation *c, uint32_t block, uint32_t which)
{
	uint32_t first;

	if (which < 2)
		return successor(c, block, (int)which);
	first = c->cfg->blocks[c->group[which - 2].block].first;
	if (!(c->cfg->insns[first].root & CFG_ROOT_INDIRECT))
		return (struct arc){CFG_NONE, 0};
	return (struct arc){c->group[which - 2].block, c->a->rooted[first]};
}

static uint32_t n_group_successors(const struct computation *c, uint32_t block)
{
	return block == c->dispatcher ? 2 + c->n_group : 2;
}

/* Numbers the blocks reachable from START that have no number yet, in postorder counted down from *next. */
static void number_from(struct computation *c, uint32_t start, uint32_t *next)
{
	uint32_t depth = 0;

	c->stack[0] = start;
	c->successor[0] = 0;
	c->visit[start] = ON_PATH;
	for (;;) {
		uint32_t block = c->stack[depth];

		if (c->successor[depth] < 2) {
			struct arc arc = successor(c, block, (int)c->successor[depth]++);

			if (arc.block == CFG_NONE || c->visit[arc.block] != NOT_A_MEMBER)
				continue;
			c->visit[arc.block] = ON_PATH;
			c->stack[++depth] = arc.block;
			c->successor[depth] = 0;
			continue;
		}
		c->order[block] = --*next;
		if (!depth--)
			return;
	}
}

static void number_blocks(struct computation *c)
{
	uint32_t next = c->cfg->n_blocks;

	/* Later searches get smaller numbers, so the entry goes last. */
	for (uint32_t block = c->cfg->n_blocks; block-- > 0;) {
		const struct cfg_insn *first = &c->cfg->insns[c->cfg->blocks[block].first];

		c->n_indirect += ends_indirect(c->cfg, block);
		if (first->root && !(first->root & CFG_ROOT_ENTRY) && c->visit[block] == NOT_A_MEMBER)
			number_from(c, block, &next);
	}
	if (c->visit[c->cfg->insns[c->cfg->entry].block] == NOT_A_MEMBER)
		number_from(c, c->cfg->insns[c->cfg->entry].block, &next);
	/* Padding comes last: a search that began there would take its way into a loop for the loop's entry. */
	for (uint32_t block = 0; block < c->cfg->n_blocks; block++)
		if (c->visit[block] == NOT_A_MEMBER)
			c->order[block] = c->cfg->n_blocks;
	for (uint32_t block = 0; block < c->cfg->n_blocks; block++)
		c->visit[block] = NOT_A_MEMBER;
}

static struct member *member_of(struct computation *c, size_t from, uint32_t line, uint32_t block)
{
	for (size_t k = c->n_members; k-- > from;)
		if (c->members[k].line == line)
			return &c->members[k];
	c->members[c->n_members] = (struct member){.line = line, .block = block, .order = c->order[block]};
	return &c->members[c->n_members++];
}

static void collect_members(struct computation *c)
{
	for (uint32_t block = 0; block < c->cfg->n_blocks; block++) {
		size_t from = c->n_members;

		for (uint32_t i = c->cfg->blocks[block].first; i <= c->cfg->blocks[block].last; i++) {
			struct member *member;

			if (!c->lines[i].line)
				continue;
			member = member_of(c, from, c->lines[i].line, block);
			if (c->a->counts[i] > member->count)
				member->count = c->a->counts[i];
			attribute_time__add(&member->time, &c->a->times[i], 1);
		}
	}
}

static int compare_members(const void *x, const void *y)
{
	const struct member *a = x, *b = y;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

/* Whether the arc lies within one inlined call. */
static bool is_callees(const struct computation *c, uint32_t from, uint32_t to)
{
	uint32_t call = c->lines[c->cfg->blocks[from].last].call;

	return call && call == c->lines[c->cfg->blocks[to].first].call;
}

/* Arcs that close a cycle, found by a search from START through unseen members. */
static uint64_t cycles_from(struct computation *c, uint32_t start)
{
	uint64_t cycles = 0;
	uint32_t depth = 0;

	c->stack[0] = start;
	c->successor[0] = 0;
	c->visit[start] = ON_PATH;
	for (;;) {
		uint32_t block = c->stack[depth];
		struct arc arc;

		if (c->successor[depth] == n_group_successors(c, block)) {
			c->visit[block] = DONE;
			if (!depth--)
				return cycles;
			continue;
		}
		arc = group_successor(c, block, c->successor[depth]++);
		if (arc.block == CFG_NONE)
			continue;
		if (c->visit[arc.block] == ON_PATH && !is_callees(c, block, arc.block))
			cycles += arc.count;
		if (c->visit[arc.block] != UNSEEN)
			continue;
		c->visit[arc.block] = ON_PATH;
		c->stack[++depth] = arc.block;
		c->successor[depth] = 0;
	}
}

static void begin_line(struct computation *c, const struct member *group, uint32_t n)
{
	uint32_t n_indirect = 0;

	c->group = group;
	c->n_group = n;
	c->dispatcher = CFG_NONE;
	for (uint32_t k = 0; k < n; k++) {
		c->visit[group[k].block] = UNSEEN;
		c->internal[group[k].block] = 0;
		if (ends_indirect(c->cfg, group[k].block) && !n_indirect++)
			c->dispatcher = group[k].block;
	}
	if (n_indirect < c->n_indirect)
		c->dispatcher = CFG_NONE;
}

static void note_internal_arcs(struct computation *c)
{
	for (uint32_t k = 0; k < c->n_group; k++) {
		uint32_t block = c->group[k].block;

		for (uint32_t which = 0; which < n_group_successors(c, block); which++) {
			struct arc arc = group_successor(c, block, which);

			if (arc.block != CFG_NONE && c->visit[arc.block] != NOT_A_MEMBER)
				c->internal[arc.block] += arc.count;
		}
	}
}

static struct line_hits summarize_line(struct computation *c, const struct member *group, size_t n)
{
	struct line_hits result = {.line = group->line};

	begin_line(c, group, (uint32_t)n);
	note_internal_arcs(c);
	for (size_t k = 0; k < n; k++) {
		uint64_t internal = c->internal[group[k].block];

		if (group[k].count > internal)
			result.hits += group[k].count - internal;
		attribute_time__add(&result.time, &group[k].time, 1);
	}
	for (size_t k = 0; k < n; k++)
		if (c->visit[group[k].block] == UNSEEN)
			result.hits += cycles_from(c, group[k].block);
	for (size_t k = 0; k < n; k++)
		c->visit[group[k].block] = NOT_A_MEMBER;
	return result;
}

static int summarize(struct computation *c, struct line_hits_list *out)
{
	out->n = 0;
	out->items = calloc(c->n_members ? c->n_members : 1, sizeof(*out->items));
	if (!out->items)
		return -ENOMEM;
	for (size_t from = 0, to; from < c->n_members; from = to) {
		for (to = from + 1; to < c->n_members && c->members[to].line == c->members[from].line; to++)
			;
		out->items[out->n++] = summarize_line(c, &c->members[from], to - from);
	}
	return 0;
}

int linehits__compute(const struct attribution *attribution, const struct insn_line *lines, struct line_hits_list *out)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct computation c = {.a = attribution, .cfg = cfg, .lines = lines};
	int err = -ENOMEM;

	c.order = calloc(cfg->n_blocks, sizeof(*c.order));
	c.visit = calloc(cfg->n_blocks, sizeof(*c.visit));
	c.internal = calloc(cfg->n_blocks, sizeof(*c.internal));
	c.stack = calloc(cfg->n_blocks + 1, sizeof(*c.stack));
	c.successor = calloc(cfg->n_blocks + 1, sizeof(*c.successor));
	c.members = calloc(cfg->n_insns, sizeof(*c.members));
	if (c.order && c.visit && c.internal && c.stack && c.successor && c.members) {
		number_blocks(&c);
		collect_members(&c);
		qsort(c.members, c.n_members, sizeof(*c.members), compare_members);
		err = summarize(&c, out);
	}
	free(c.order);
	free(c.visit);
	free(c.internal);
	free(c.stack);
	free(c.successor);
	free(c.members);
	return err;
}
