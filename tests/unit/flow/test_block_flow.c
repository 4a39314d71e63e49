// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/block_flow.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* blocks: 0; 1, the outer head; 2, the inner loop; 3, which closes the outer one; 4 */
static const struct synthetic_insn nested[] = {PLAIN(1), PLAIN(2), PLAIN(3), COND(2, 3), COND(1, 2), RET(4)};

static void make_nested(struct run *run)
{
	run__make(run, nested, COUNT(nested));
	run__ran(run, 0, 1, 0);
	run__ran(run, 1, 10, 0);
	run__ran(run, 2, 70, 0);
	run__ran(run, 3, 70, 60);
	run__ran(run, 4, 10, 9);
	run__ran(run, 5, 1, 0);
}

static void successors(void **state)
{
	struct run run;

	(void)state;
	make_nested(&run);
	assert_int_equal(block_flow__successor(&run.attribution, 2, 0).block, 3);
	assert_int_equal(block_flow__successor(&run.attribution, 2, 0).count, 10);
	assert_int_equal(block_flow__successor(&run.attribution, 2, 1).block, 2);
	assert_int_equal(block_flow__successor(&run.attribution, 2, 1).count, 60);
	assert_int_equal(block_flow__successor(&run.attribution, 0, 1).block, CFG_NONE);
	assert_int_equal(block_flow__successor(&run.attribution, 4, 0).block, CFG_NONE);
	cfg__free(run.cfg);
}

static void blocks_are_numbered_in_reverse_postorder(void **state)
{
	/* The entry jumps over block 1, which comes back from block 2; the last block is padding. */
	const struct synthetic_insn insns[] = {JUMP(2, 1), RET(2), JUMP(1, 3), PLAIN(4), JUMP(1, 4)};
	struct block_search search;
	uint32_t order[4];
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	assert_int_equal(run.cfg->n_blocks, 4);
	run.cfg->insns[3].root = CFG_ROOT_NONE;
	assert_int_equal(block_search__init(&search, 4), 0);
	block_search__number(&search, run.cfg, order);
	assert_true(order[0] < order[2] && order[2] < order[1]);
	assert_int_equal(order[3], 4);
	block_search__release(&search);
	cfg__free(run.cfg);
}

struct asked {
	const struct attribution *a;
	uint32_t least; /* blocks that a cycle must have to count */
	uint32_t n;	/* cycles that were asked about */
};

static bool next_arc(void *ctx, uint32_t block, uint32_t which, struct block_arc *arc)
{
	const struct asked *asked = ctx;

	if (which > 1)
		return false;
	*arc = block_flow__successor(asked->a, block, which);
	return true;
}

static bool is_long(void *ctx, const struct block_search *search, uint32_t from, uint32_t which)
{
	struct asked *asked = ctx;

	assert_int_equal(which, 1);
	asked->n++;
	return search->depth - from + 1 >= asked->least;
}

static void cycles_within_a_group(void **state)
{
	static const uint32_t all[] = {0, 1, 2, 3, 4}, inner[] = {1, 2};
	struct asked asked = {.least = 1};
	struct block_group group = {.blocks = all, .n = 5, .arc = next_arc, .counts = is_long, .ctx = &asked};
	struct block_search search;
	struct run run;

	(void)state;
	make_nested(&run);
	asked.a = &run.attribution;
	assert_int_equal(block_search__init(&search, run.cfg->n_blocks), 0);
	assert_int_equal(block_search__cycles(&search, &group), 69);
	asked.least = 2;
	assert_int_equal(block_search__cycles(&search, &group), 9);
	assert_int_equal(asked.n, 4);
	/* The outer loop leaves the group. */
	asked.least = 1;
	group.blocks = inner;
	group.n = 2;
	assert_int_equal(block_search__cycles(&search, &group), 60);
	block_search__release(&search);
	cfg__free(run.cfg);
}

/* Four of the ten rounds leave the line between the head and the block that goes round, and one ends the loop. */
static void rounds_that_leave_the_group_are_no_cycles(void **state)
{
	static const struct synthetic_insn insns[] = {PLAIN(1), COND(3, 1), PLAIN(2), COND(1, 1), RET(4)};
	static const uint32_t line[] = {0, 1, 3};
	struct asked asked = {.least = 1};
	struct block_group group = {.blocks = line, .n = 3, .arc = next_arc, .counts = is_long, .ctx = &asked};
	struct block_search search;
	struct run run;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	assert_int_equal(run.cfg->n_blocks, 5);
	run__ran(&run, 0, 1, 0);
	run__ran(&run, 1, 10, 6);
	run__ran(&run, 2, 4, 0);
	run__ran(&run, 3, 10, 9);
	run__ran(&run, 4, 1, 0);
	asked.a = &run.attribution;
	assert_int_equal(block_search__init(&search, run.cfg->n_blocks), 0);
	assert_int_equal(block_search__cycles(&search, &group), 6);
	assert_int_equal(block_search__cycles(&search, &group), 6);
	/* Without the way inside, there is none. */
	run__ran(&run, 1, 10, 0);
	run__ran(&run, 2, 10, 0);
	assert_int_equal(block_search__cycles(&search, &group), 0);
	block_search__release(&search);
	cfg__free(run.cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(successors),
		cmocka_unit_test(blocks_are_numbered_in_reverse_postorder),
		cmocka_unit_test(cycles_within_a_group),
		cmocka_unit_test(rounds_that_leave_the_group_are_no_cycles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
