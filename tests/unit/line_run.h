/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line_run: a synthetic body with the lines of its code, after a run. */
#ifndef LPROF_TESTS_LINE_RUN_H
#define LPROF_TESTS_LINE_RUN_H

#include <stdlib.h>

#include "flow/attribute.h"
#include "flow/block_flow.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/loops.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define RUN_MOST 32

/* A body after a run. The counts of its conditional jumps and roots are given; the other counts follow from them. */
struct run {
	struct cfg *cfg;
	struct plan plan;
	uint64_t counts[RUN_MOST], next[RUN_MOST], taken[RUN_MOST], rooted[RUN_MOST];
	bool unsure[RUN_MOST];
	struct attribute_time times[RUN_MOST];
	struct attribution attribution;
	struct insn_line lines[RUN_MOST];
	struct statement_mark marks[RUN_MOST];
	struct line_code code; /* of the two before */
};

static inline void run__make(struct run *run, const struct synthetic_insn *insns, uint32_t n)
{
	uint32_t *lines;

	*run = (struct run){0};
	run->cfg = synthetic__cfg(insns, n, &lines);
	run->plan.cfg = run->cfg;
	run->attribution = (struct attribution){
		.plan = &run->plan,
		.counts = run->counts,
		.next = run->next,
		.taken = run->taken,
		.rooted = run->rooted,
		.unsure = run->unsure,
		.times = run->times,
	};
	run->code = (struct line_code){.lines = run->lines, .marks = run->marks};
	for (uint32_t i = 0; i < n; i++)
		run->lines[i].line = lines[i];
	free(lines);
}

/* Records that instruction I ran N times and branched in TAKEN of them. */
static inline void run__ran(struct run *run, uint32_t i, uint64_t n, uint64_t taken)
{
	run->counts[i] = n;
	run->taken[i] = run->cfg->insns[i].taken == CFG_NONE ? 0 : taken;
	run->next[i] = run->cfg->insns[i].next == CFG_NONE ? 0 : n - taken;
}

static inline void run__straight(struct run *run, uint32_t from, uint32_t to, uint64_t n)
{
	for (uint32_t i = from; i <= to; i++)
		run__ran(run, i, n, 0);
}

/* Adds a mark of LINE before instruction I; marks are added in their order. */
static inline void run__mark(struct run *run, uint32_t i, uint32_t line, uint32_t position, bool codeless)
{
	run->code.marked = run->code.optimised = true;
	run->marks[run->code.n_marks++] =
		(struct statement_mark){.insn = i, .line = line, .position = position, .codeless = codeless};
}

/* What says of lines in LIST that their hits are inexact. */
typedef int run__doubter(const struct attribution *attribution, const struct line_code *code,
			 struct line_hits_list *list);

/* The same where it has to be told the loops, and the order of the blocks. */
typedef int run__ordered_doubter(const struct attribution *attribution, const struct line_code *code,
				 const struct loop_list *loops, const uint32_t *order, struct line_hits_list *list);

/* What FN says, as a run__doubter does. */
static inline int run__doubt_in_order(run__ordered_doubter *fn, const struct attribution *attribution,
				      const struct line_code *code, struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct block_search search;
	struct loop_list loops;
	uint32_t order[RUN_MOST];
	int err;

	assert_int_equal(block_search__init(&search, cfg->n_blocks), 0);
	block_search__number(&search, cfg, order);
	block_search__release(&search);
	assert_int_equal(loops__find(cfg, &loops), 0);
	err = fn(attribution, code, &loops, order, list);
	loops__release(&loops);
	return err;
}

/* Whether FN doubts LINE, one of the lines 1 to 8, which were counted exactly. */
static inline bool run__is_doubted(const struct run *run, run__doubter *fn, uint32_t line)
{
	struct line_hits items[8] = {{0}};
	struct line_hits_list list = {items, 8};

	for (uint32_t k = 0; k < 8; k++)
		items[k].line = k + 1;
	assert_int_equal(fn(&run->attribution, &run->code, &list), 0);
	return line_hits__find(&list, line)->inexact;
}

#endif
