// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a hit is
 *
 * A line is hit as gcov, in a program that was not optimised, defines it: when control comes to the line from another
 * line, and when control goes once round a cycle that lies entirely within the line. What the compiler says of the
 * program decides how that is found out.
 *
 * 1. Where the compiler marks the beginnings of statements (GCC's optimised C and C++), the marks are counted: see
 *    statements.c. Lines that have code and no mark (the rest of a statement of several lines, the closing brace) are
 *    counted as in 2.
 *
 * 2. Otherwise blocks are counted. Take all blocks that have code of the line. The line is hit when control enters
 *    these blocks from a block that has none of its code, and when control goes once round a cycle that lies entirely
 *    within these blocks. With count(B) for how often the line's first instruction in block B ran:
 *
 *        hits = sum over B (count(B) - how often control came into B from a block of the line)
 *               + how often control went round cycles among the line's blocks
 *
 *    Which arcs close a cycle is found by a depth-first search through the line's blocks alone: those that lead back to
 *    a block on the path that the search is on. The searches begin in reverse postorder of the whole body, so that a
 *    loop is entered where the program enters it. A loop may have rounds that leave the line before they close: that
 *    control then comes back is a hit already. So a cycle is gone round as often as the counts of its other arcs allow,
 *    too, each of which is used for one cycle only (gcov does the same). It is blocks that matter and not
 *    instructions, because compilers interleave the lines of one block at will, and to have been in the block once is
 *    one hit.
 *
 * Inlined callees. The code of an inlined callee is on the line of its call. The callee's own loops are not loops of
 * that line, so a cycle that consists of the code of one inlined call does not count.
 *
 * Copies. An optimiser that unrolls or vectorises a loop puts several executions of a line into one block: see
 * line_copies.c.
 *
 * An address that is formed ahead of its use, a comparison for the branch of another line, or a jump that is the line's
 * only code in its block, is no execution of the line, unless nothing else is left of the line.
 *
 * Code without a line (line 0 in debug information) was merged from several lines, or belongs to none. Executing it is
 * no hit. Its time goes to the line before it in its block, or else after it in its block. A whole block of such code
 * that is come to from blocks of one line alone continues the line (line_arcs.c, which also says what becomes of
 * indirect jumps).
 *
 * Where no instruction could carry a probe that was needed, counts may be wrong (blind.c): the lines of that code are
 * inexact.
 *
 * What compilers leave undecidable, and who notices some of it:
 * - A branch that became a conditional move or a mask leaves its line without code that is executed only then
 *   (markless_choices.c where marks were lost, unmarked_lines.c where there are none; doubt_rests() where a loop was
 *   vectorised).
 * - Two equal pieces of code that were merged leave one of their lines without any, and the other is hit for both
 *   (merged_tails.c and ways_down.c where marks show a way upwards, or past others; merged_lines.c where they are of
 *   two inlined calls, unless nothing is left of one of these). Of the ends of cases of a `switch`, shared_tails.c
 *   finds out whose they were, where marks show that. A call that was made of several equal ones looks like a call
 *   behind a branch.
 * - A way on which the outcome of a test was known goes around it (ways_down.c where marks show that; passed_over.c if
 *   the test has no hit between two statements that have, or fewer hits than both). Marks stay behind on one of several
 *   ways (loop_entries.c and lost_returns.c), and are left without the code that was executed for them (marks_alone.c).
 * - A loop that was unrolled without calls, or vectorised, counts several rounds as one when the compiler makes no
 *   marks (line_copies.c, and round_steps.c by what it counts with). One that was unrolled until nothing is left of it
 *   looks as if there had been none, and so does one that became a formula or a call of memset() (computed_loops.c
 *   where columns tell, swallowed_loops.c where marks were lost).
 * - What a loop adds up in a register may have code of its line only behind the loop, where the sum is stored
 *   (loop_exits.c, if the loop has code of lines above it and below it).
 * - `return x;` behind a loop may have no code there, and a mark on other ways to the end only (lost_returns.c).
 * - A call of itself that became a jump is no call, and the lines of the declaration and the closing brace are not hit
 *   by it (looped_calls.c, if another such call is left, or where marks show that the loop is none of the source).
 *   Calls of itself that were inlined into themselves are no calls of the body either.
 * - Calls of which no code is left had lines all the same (markless_rounds.c, and native/absent_lines.h where there
 *   are other calls). A test that was computed once more as a value has two hits (unmarked_lines.c).
 * - An exception may come to a landing pad from calls on several lines (thrown.c). The landing pads of a callee that
 *   was inlined are outside of what debug information of GCC calls its code (dwarf/stray_code.c).
 * - A call at the end that became a jump passes the closing brace (closing_brace.c) even if it never returned.
 */
#include "flow/linehits.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "flow/block_flow.h"
#include "flow/closing_brace.h"
#include "flow/computed_loops.h"
#include "flow/line_arcs.h"
#include "flow/line_copies.h"
#include "flow/loop_entries.h"
#include "flow/loop_exits.h"
#include "flow/loops.h"
#include "flow/lost_returns.h"
#include "flow/markless_choices.h"
#include "flow/markless_rounds.h"
#include "flow/marks_alone.h"
#include "flow/merged_tails.h"
#include "flow/passed_over.h"
#include "flow/round_steps.h"
#include "flow/swallowed_loops.h"
#include "flow/unmarked_lines.h"
#include "flow/ways_down.h"

/* Why all lines of a block are inexact. */
enum doubt { DOUBT_COPIES = 1, DOUBT_VECTOR = 2, DOUBT_AGAIN = 4, DOUBT_REST = 8 };

/* A block with code of a line. */
struct member {
	uint32_t line, block;
	uint32_t order;	      /* of the block in reverse postorder */
	bool own_code;	      /* not only code of inlined callees */
	bool has_code;	      /* not only instructions without a line, whose time it has */
	bool has_statements;  /* not only instructions that execute nothing of the line if it has others */
	uint32_t copies;      /* executions of the line that the block holds */
	bool inexact, vector; /* as in struct line_copies */
	bool judged;	      /* its own code tells its copies */
	bool unsure;	      /* some of its code may have been executed another number of times */
	bool calls;	      /* has a call, or code of an inlined one */
	bool only_sums;	      /* has nothing but what computes in registers */
	bool late;	      /* only_sums, and another block calls: see sum_up_late() */
	uint64_t count;	      /* executions of the line's first instruction in the block */
	struct attribute_time time;
};

struct computation {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	const struct statement_hits_list *statements;
	uint32_t *order; /* per block: its number in reverse postorder */
	struct member *members;
	size_t n_members;
	struct block_search search;
	struct line_arcs arcs;
	uint32_t *blocks;	/* of the line at hand */
	struct loop_list loops; /* of optimised code */
	uint8_t *doubts;	/* per block: bits of enum doubt */
};

static struct member *member_of(struct computation *c, size_t from, uint32_t line, uint32_t block)
{
	for (size_t k = c->n_members; k-- > from;)
		if (c->members[k].line == line)
			return &c->members[k];
	c->members[c->n_members] =
		(struct member){.line = line, .block = block, .order = c->order[block], .copies = 1, .only_sums = true};
	return &c->members[c->n_members++];
}

/* The line of the first instruction of BLOCK that has one of its own; where none has, the line above in memory. */
static uint32_t first_line(const struct computation *c, uint32_t block)
{
	const struct cfg_block *b = &c->cfg->blocks[block];

	for (uint32_t i = b->first; i <= b->last; i++)
		if (!c->code->lines[i].quiet && c->code->lines[i].line)
			return c->code->lines[i].line;
	return c->code->lines[b->first].line;
}

/*
 * Whether instruction I only forms the address of a variable or a text, or is the jump behind such ones. Optimisers put
 * them in front of a loop, for a line that the loop may never come to.
 */
static bool forms_address(const struct computation *c, uint32_t i, bool behind_one)
{
	const struct insn *insn = &c->cfg->insns[i].insn;

	if (!c->code->optimised)
		return false;
	if (behind_one && insn->flow == INSN_FLOW_JUMP)
		return true;
	return insn->work == INSN_WORK_MOVE && insn->data && insn->memory == INSN_MEMORY_NONE;
}

/*
 * Whether instruction I compares for a branch of another line. LLVM computes what several statements test once, and
 * compares again in front of the branches of the others, where the line is still the first one's.
 */
static bool compares_for_another(const struct computation *c, uint32_t i)
{
	const struct cfg_insn *insn = &c->cfg->insns[i];
	const struct insn_line *next = insn->next == CFG_NONE ? NULL : &c->code->lines[insn->next];

	return c->code->optimised && insn->insn.compares && next &&
	       c->cfg->insns[insn->next].insn.flow == INSN_FLOW_COND && !next->quiet &&
	       next->line != c->code->lines[i].line;
}

/*
 * Whether instruction I, in BLOCK, a landing pad, only moves what was thrown, and not by calls of its line. Compilers
 * put that on the line of some call to whose landing pad this one is equal, or on another.
 */
static bool takes_over(const struct computation *c, uint32_t block, uint32_t i)
{
	const struct insn *insn = &c->cfg->insns[i].insn;
	uint32_t pad = c->cfg->blocks[block].first;

	if (!c->code->optimised || !c->cfg->insns[pad].thrown_to || insn->memory != INSN_MEMORY_NONE ||
	    (insn->work != INSN_WORK_MOVE && insn->flow != INSN_FLOW_JUMP))
		return false;
	for (uint32_t k = 0; k < c->cfg->n_throws; k++)
		if (c->cfg->throws[k].pad == pad && c->a->counts[c->cfg->throws[k].call] &&
		    c->code->lines[c->cfg->throws[k].call].line == c->code->lines[i].line)
			return false;
	return true;
}

/* Whether it computes in registers and decides nothing; registers may be kept on the stack. */
static bool is_sum(const struct insn *insn)
{
	return insn->flow == INSN_FLOW_NEXT && insn->lng == INSN_SHORT && !insn->compares && !insn->selects &&
	       (insn->memory == INSN_MEMORY_NONE || insn->memory == INSN_MEMORY_STACK);
}

static void collect_members(struct computation *c)
{
	for (uint32_t block = 0; block < c->cfg->n_blocks; block++) {
		uint32_t line = first_line(c, block);
		size_t from = c->n_members;

		for (uint32_t i = c->cfg->blocks[block].first; i <= c->cfg->blocks[block].last; i++) {
			const struct insn_line *at = &c->code->lines[i];
			struct member *member;

			if (!at->line)
				continue;
			line = at->quiet ? line : at->line;
			member = member_of(c, from, line, block);
			attribute_time__add(&member->time, &c->a->times[i], 1);
			if (at->quiet)
				continue;
			/*
			 * Where a line has nothing but a jump in a block, that leads from what was executed before to
			 * what comes next: clang and rustc put such jumps at the end of loops and branches, on the line
			 * where these begin.
			 */
			if (!forms_address(c, i, member->has_code) && !takes_over(c, block, i) &&
			    !compares_for_another(c, i) && (member->has_code || !block_flow__leads_on(c->cfg, i)))
				member->has_statements = true;
			member->has_code = true;
			member->unsure = member->unsure || c->a->unsure[i];
			member->own_code = member->own_code || !at->call;
			member->calls = member->calls || at->call || c->cfg->insns[i].insn.lng == INSN_LONG_CALL;
			member->only_sums = member->only_sums && !at->call && is_sum(&c->cfg->insns[i].insn);
			if (c->a->counts[i] > member->count)
				member->count = c->a->counts[i];
		}
	}
}

/* Whether BLOCK is a loop of one block. */
static bool is_own_loop(const struct cfg *cfg, uint32_t block)
{
	return cfg->insns[cfg->blocks[block].last].taken == cfg->blocks[block].first;
}

/*
 * The N members of one block. If the block is a loop that was unrolled, it also holds several executions of a line that
 * has nothing but inlined code there: the loop's head, which an iterator was inlined on. Lines whose code only moves
 * values may be executed once, between rounds of an inner loop, or in each round.
 */
static void unroll_block(const struct computation *c, struct member *members, size_t n,
			 const struct line_copies_list *list)
{
	uint32_t most = 1;

	for (size_t k = 0; k < n; k++) {
		const struct line_copies *found = line_copies__get(list, members[k].block, members[k].line);

		members[k].judged = found && found->judged;
		members[k].copies = found ? found->copies : 1;
		members[k].inexact = found && found->inexact;
		members[k].vector = found && found->vector;
		if (members[k].copies > most)
			most = members[k].copies;
	}
	for (size_t k = 0; k < n && most > 1 && is_own_loop(c->cfg, members->block); k++) {
		if (members[k].judged)
			continue;
		members[k].copies = members[k].own_code ? 1 : most;
		members[k].inexact = true;
	}
}

/* Doubts all lines of the loop that BLOCK is in: several rounds of it are one in the code. */
static void doubt_loop(struct computation *c, uint32_t block, uint8_t doubt)
{
	const struct loop *loop = loops__innermost(&c->loops, block);

	for (uint32_t k = 0; loop && k < loop->n; k++)
		c->doubts[loop->blocks[k]] |= doubt;
}

/* Notes for each member how many executions of its line it holds. The members are by block still. */
static void note_copies(struct computation *c, const struct line_copies_list *list)
{
	for (size_t from = 0, to; from < c->n_members; from = to) {
		for (to = from + 1; to < c->n_members && c->members[to].block == c->members[from].block; to++)
			;
		unroll_block(c, &c->members[from], to - from, list);
		for (size_t k = from; k < to; k++)
			if (c->members[k].copies > 1 || c->members[k].vector)
				doubt_loop(c, c->members[k].block, c->members[k].vector ? DOUBT_VECTOR : DOUBT_COPIES);
	}
}

/*
 * Doubts the loop that does one at a time what is left over by the vectors of MEMBER. What it has besides MEMBER's
 * line, a branch that the vectors do without say, was executed with these as well, but has no code there.
 */
static void doubt_rest(struct computation *c, const struct member *member, const struct member *group, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		const struct loop *loop =
			group[k].vector || !group[k].judged ? NULL : loops__innermost(&c->loops, group[k].block);

		if (!loop || loop__contains(loop, member->block) || !loops__is_innermost(&c->loops, loop))
			continue;
		for (uint32_t b = 0; b < loop->n; b++)
			c->doubts[loop->blocks[b]] |= DOUBT_REST;
	}
}

/* The members are by line. */
static void doubt_rests(struct computation *c)
{
	for (size_t from = 0, to; from < c->n_members; from = to) {
		for (to = from + 1; to < c->n_members && c->members[to].line == c->members[from].line; to++)
			;
		for (size_t k = from; k < to; k++)
			if (c->members[k].vector && c->members[k].count)
				doubt_rest(c, &c->members[k], &c->members[from], to - from);
	}
}

/* Takes the doubts of blocks over to the lines that have code there. What is left over may have been nothing. */
static void take_doubts(const struct computation *c, struct line_hits_list *list)
{
	for (size_t k = 0; k < c->n_members; k++) {
		uint8_t any = c->members[k].count ? UINT8_MAX : DOUBT_REST;
		uint8_t doubts = c->members[k].has_code ? c->doubts[c->members[k].block] & any : 0;
		struct line_hits *item = doubts ? line_hits__find(list, c->members[k].line) : NULL;

		if (!item)
			continue;
		item->inexact = true;
		item->several = item->several || (doubts & (DOUBT_COPIES | DOUBT_VECTOR | DOUBT_REST));
		item->vector = item->vector || (doubts & DOUBT_VECTOR);
	}
}

static int find_copies(struct computation *c)
{
	struct line_copies_list list;
	int err = loops__find(c->cfg, &c->loops);

	if (!err)
		err = line_copies__find(c->a->plan, c->code, &list);
	if (err)
		return err;
	note_copies(c, &list);
	free(list.items);
	return 0;
}

static int compare_members(const void *x, const void *y)
{
	const struct member *a = x, *b = y;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->has_statements != b->has_statements)
		return a->has_statements ? -1 : 1;
	if (a->has_code != b->has_code)
		return a->has_code ? -1 : 1;
	if (a->late != b->late)
		return a->late ? 1 : -1;
	return (a->order > b->order) - (a->order < b->order);
}

/*
 * Whether the code of LINE in BLOCK may have been moved there from behind the branch that ends the block: the branch
 * is on a line above, and goes round no loop. The line may then have been executed less often than its code.
 */
static bool may_be_early(const struct computation *c, uint32_t block, uint32_t line)
{
	uint32_t last = c->cfg->blocks[block].last;
	const struct insn_line *at = &c->code->lines[last];

	if (!c->code->optimised || c->cfg->insns[last].insn.flow != INSN_FLOW_COND || at->quiet || !at->line ||
	    at->line >= line)
		return false;
	for (uint32_t which = 0; which < 2; which++) {
		struct block_arc arc = block_flow__successor(c->a, block, which);

		if (arc.block != CFG_NONE && c->order[arc.block] <= c->order[block])
			return false;
	}
	return true;
}

/* Makes the line whose N blocks are GROUP the line at hand. */
static void begin_line(struct computation *c, const struct member *group, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++)
		c->blocks[k] = group[k].block;
	line_arcs__begin(&c->arcs, group->line, c->blocks, n);
	for (uint32_t k = 0; k < n; k++) {
		if (!c->arcs.again[group[k].block])
			continue;
		c->doubts[group[k].block] |= DOUBT_AGAIN;
		doubt_loop(c, group[k].block, DOUBT_COPIES);
	}
}

/* Counts the hits of the line whose N blocks are GROUP. */
static void count_hits(struct computation *c, const struct member *group, uint32_t n, struct line_hits *result)
{
	begin_line(c, group, n);
	for (uint32_t k = 0; k < n; k++) {
		uint64_t entered = group[k].count * group[k].copies;
		uint64_t internal = c->arcs.internal[group[k].block];

		if (entered > internal)
			result->hits += entered - internal;
		result->inexact |= group[k].count && (group[k].inexact || may_be_early(c, group[k].block, group->line));
		result->inexact |= group[k].unsure;
		result->vector |= group[k].vector && group[k].count;
		result->several |= (group[k].vector || group[k].copies > 1) && group[k].count;
	}
	result->inexact |= c->arcs.unsure;
	result->hits += line_arcs__cycles(&c->arcs, &c->search);
}

/*
 * What a call returns may be added to something behind code of other lines, in a block that has nothing else of the
 * line. Then one execution looks like two. So if the N blocks of GROUP have less hits without such blocks, the line is
 * inexact, and these hits are taken if they are as many as each of these blocks was executed. (Where control goes on
 * from such a block to others of the line, they are no less.)
 */
static void sum_up_late(struct computation *c, struct member *group, uint32_t n, struct line_hits *result)
{
	struct line_hits fewer = *result;
	uint32_t n_late = 0;
	uint64_t most = 0; /* executions of any such block */
	bool calls = false;

	for (uint32_t k = 0; k < n; k++)
		calls = calls || (group[k].calls && group[k].count);
	for (uint32_t k = 0; calls && k < n; k++) {
		group[k].late = group[k].only_sums;
		n_late += group[k].late;
		if (group[k].late && group[k].count > most)
			most = group[k].count;
	}
	count_hits(c, group, n, result);
	if (!n_late || c->code->marked || !c->code->optimised)
		return;
	qsort(group, n, sizeof(*group), compare_members);
	count_hits(c, group, n - n_late, &fewer);
	if (fewer.hits < result->hits) {
		if (fewer.hits >= most)
			*result = fewer;
		result->inexact = true;
	}
}

/* The members of one line: those with statements come first, then those with other code of its own. */
static struct line_hits summarize_line(struct computation *c, struct member *group, size_t n)
{
	struct line_hits result = {.line = group->line};
	uint32_t n_code = 0, n_statements = 0;

	for (size_t k = 0; k < n; k++) {
		n_code += group[k].has_code;
		n_statements += group[k].has_statements;
		attribute_time__add(&result.time, &group[k].time, 1);
	}
	/* Where nothing else is left of the line, its addresses are formed when it is executed. */
	if (n_code)
		sum_up_late(c, group, n_statements ? n_statements : n_code, &result);
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

/*
 * Looks at the lines without a mark. One that selects a value without a branch may have been what the branch led to,
 * and executed less often.
 */
static void judge_unmarked(const struct computation *c, struct line_hits_list *list)
{
	for (uint32_t i = 0; i < c->cfg->n_insns; i++) {
		uint32_t line = c->cfg->insns[i].insn.selects ? line_code__own_line(c->code, i) : 0;

		if (line && !statements__find(c->statements, line))
			line_hits__doubt(list, line);
	}
}

/*
 * Whether LINE has nothing but the mark with which the function begins, which tells how often it was called. Of other
 * lines more may be gone: of a loop whose rounds became one piece of code, what it begins with keeps its mark.
 */
static bool is_beginning(const struct computation *c, uint32_t line)
{
	uint32_t entry = c->cfg->entry, n = 0;

	if (c->cfg->insns[entry].n_preds || !c->code->lines[entry].line)
		return false;
	for (size_t k = 0; k < c->code->n_marks; k++) {
		bool first = c->code->marks[k].insn == entry && (!k || c->code->marks[k - 1].insn != entry);

		if (c->code->marks[k].line == line)
			n += first ? 1 : 2;
	}
	return n == 1;
}

/*
 * Appends the lines of the marks that have no code here. What has none in any instance of the function was optimised
 * away, and such marks are merged and dropped more freely than others, unless nothing was optimised but that.
 */
static int add_codeless(const struct computation *c, struct line_hits_list *list)
{
	const struct statement_hits_list *statements = c->statements;
	size_t n = list->n;
	struct line_hits *items = reallocarray(list->items, n + statements->n + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	for (size_t k = 0; k < statements->n; k++) {
		const struct statement_hits *from = &statements->items[k];
		bool kept = from->has_code || !c->code->optimised || is_beginning(c, from->line);

		if (from->hits && !line_hits__find(list, from->line))
			items[n++] = (struct line_hits){
				.line = from->line, .hits = from->hits, .inexact = from->inexact || !kept};
	}
	qsort(items, n, sizeof(*items), line_hits__compare);
	list->n = n;
	return 0;
}

/* Replaces the hits of the lines whose statements are marked. */
static int take_statements(const struct computation *c, struct line_hits_list *list)
{
	int err;

	judge_unmarked(c, list);
	for (size_t k = 0; k < c->statements->n; k++) {
		const struct statement_hits *from = &c->statements->items[k];
		struct line_hits *item = line_hits__find(list, from->line);

		if (!item)
			continue;
		item->hits = from->hits;
		/* Marks tell how often a loop was unrolled, but not how often it was vectorised. */
		item->inexact = from->inexact || item->vector;
	}
	lost_returns__doubt(c->a, c->code, list);
	err = markless_choices__doubt(c->a, c->code, list);
	if (!err)
		err = marks_alone__doubt(c->a, c->code, list);
	if (!err)
		err = passed_over__doubt(c->a, c->code, &c->loops, c->order, list);
	markless_rounds__doubt(c->a, c->code, &c->loops, list);
	if (!err && c->code->optimised)
		err = merged_tails__doubt(c->a, c->code, &c->loops, c->order, list);
	if (!err && c->code->optimised)
		err = ways_down__doubt(c->a, c->code, &c->loops, c->order, list);
	if (!err)
		err = add_codeless(c, list);
	return err ? err : swallowed_loops__doubt(c->a, c->code, list);
}

/* Doubts hits of optimised code in which nothing marks statements. */
static int doubt_unmarked(const struct computation *c, struct line_hits_list *list)
{
	int err = loop_exits__doubt(c->a, c->code, &c->loops, list);

	if (!err)
		err = unmarked_lines__doubt(c->a, c->code, list);
	round_steps__doubt(c->a, c->code, &c->loops, list);
	computed_loops__doubt(c->a, c->code, &c->loops, list);
	return err;
}

static int compute(struct computation *c, struct line_hits_list *out)
{
	int err;

	block_search__number(&c->search, c->cfg, c->order);
	collect_members(c);
	err = c->code->optimised ? find_copies(c) : 0;
	if (err)
		return err;
	qsort(c->members, c->n_members, sizeof(*c->members), compare_members);
	doubt_rests(c);
	err = summarize(c, out);
	if (!err)
		take_doubts(c, out);
	if (!err && c->code->optimised)
		err = closing_brace__count(c->a, c->code, c->statements, out);
	if (!err && c->code->marked)
		err = take_statements(c, out);
	if (!err && c->code->optimised)
		err = loop_entries__add(c->a, c->code, &c->loops, out);
	if (!err && c->code->optimised && !c->code->marked)
		err = doubt_unmarked(c, out);
	if (err) {
		free(out->items);
		*out = (struct line_hits_list){NULL, 0};
	}
	return err;
}

int linehits__compute(const struct attribution *attribution, const struct line_code *code,
		      const struct statement_hits_list *statements, struct line_hits_list *out)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct computation c = {.a = attribution, .cfg = cfg, .code = code, .statements = statements};
	int err = -ENOMEM;

	*out = (struct line_hits_list){NULL, 0};
	c.arcs = (struct line_arcs){.a = attribution, .code = code, .loops = &c.loops};
	c.order = calloc(cfg->n_blocks, sizeof(*c.order));
	c.arcs.order = c.order;
	c.doubts = calloc(cfg->n_blocks, sizeof(*c.doubts));
	c.blocks = calloc(cfg->n_blocks, sizeof(*c.blocks));
	c.members = calloc(cfg->n_insns, sizeof(*c.members));
	if (c.order && c.doubts && c.blocks && c.members && !line_arcs__init(&c.arcs) &&
	    !block_search__init(&c.search, cfg->n_blocks))
		err = compute(&c, out);
	line_arcs__release(&c.arcs);
	block_search__release(&c.search);
	loops__release(&c.loops);
	free(c.order);
	free(c.doubts);
	free(c.blocks);
	free(c.members);
	return err;
}
