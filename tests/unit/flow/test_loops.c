// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/loops.h"

#include "unit/line_run.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct loop_list loops_of(struct run *run, const struct synthetic_insn *insns, uint32_t n)
{
	struct loop_list loops;

	run__make(run, insns, n);
	assert_int_equal(loops__find(run->cfg, &loops), 0);
	return loops;
}

static void nested_loops_are_found(void **state)
{
	/* blocks: 0; 1, the outer head; 2, the inner loop; 3, which closes the outer one; 4 */
	const struct synthetic_insn insns[] = {PLAIN(1), PLAIN(2), PLAIN(3), COND(2, 3), COND(1, 2), RET(4)};
	struct run run;
	struct loop_list loops = loops_of(&run, insns, COUNT(insns));

	(void)state;
	assert_int_equal(run.cfg->n_blocks, 5);
	assert_int_equal(loops.n, 2);
	assert_null(loops__innermost(&loops, 0));
	assert_null(loops__innermost(&loops, 4));
	assert_int_equal(loops__innermost(&loops, 2)->n, 1);
	assert_int_equal(loops__innermost(&loops, 2)->head, 2);
	assert_int_equal(loops__innermost(&loops, 1)->n, 3);
	assert_ptr_equal(loops__innermost(&loops, 3), loops__innermost(&loops, 1));
	assert_true(loops__is_innermost(&loops, loops__innermost(&loops, 2)));
	assert_false(loops__is_innermost(&loops, loops__innermost(&loops, 1)));
	assert_true(loop__contains(loops__innermost(&loops, 1), 2));
	assert_false(loop__contains(loops__innermost(&loops, 1), 4));
	loops__release(&loops);
	cfg__free(run.cfg);
}

static void branches_within_a_loop_are_in_it(void **state)
{
	/* blocks: 0 head, if; 1 then; 2 else; 3 closes; 4 */
	const struct synthetic_insn insns[] = {COND(3, 1), PLAIN(2), JUMP(4, 2), PLAIN(3), COND(0, 4), RET(5)};
	struct run run;
	struct loop_list loops = loops_of(&run, insns, COUNT(insns));

	(void)state;
	/* The head is the entry of the function, too. */
	assert_int_equal(loops.n, 1);
	assert_int_equal(loops.items[0].n, 4);
	loops__release(&loops);
	cfg__free(run.cfg);
}

static void cycles_with_two_entries_are_none(void **state)
{
	/* control enters at 1 and at 3 */
	const struct synthetic_insn insns[] = {COND(3, 1), PLAIN(2), PLAIN(2), PLAIN(3), COND(1, 4), RET(5)};
	struct run run;
	struct loop_list loops = loops_of(&run, insns, COUNT(insns));

	(void)state;
	assert_int_equal(loops.n, 0);
	loops__release(&loops);
	cfg__free(run.cfg);
}

static void a_loop_goes_on_in_its_handlers(void **state)
{
	/* The call in the head may throw to 5, from where control goes to the end of the loop. */
	const struct synthetic_insn insns[] = {PLAIN(1), CALL(2), JUMP(3, 2), COND(1, 3), RET(4), PLAIN(5), JUMP(3, 5)};
	struct cfg_throw throws[] = {{1, 5}};
	uint32_t order[RUN_MOST], head, pad;
	struct block_search search;
	struct run run;
	struct loop_list loops;

	(void)state;
	run__make(&run, insns, COUNT(insns));
	run.cfg->insns[5].root = CFG_ROOT_PAD;
	head = run.cfg->insns[1].block;
	pad = run.cfg->insns[5].block;
	/* Where it is not known what throws, it may be anything outside. */
	assert_int_equal(loops__find(run.cfg, &loops), 0);
	assert_int_equal(loops.n, 0);
	loops__release(&loops);

	run.cfg->throws = throws;
	run.cfg->n_throws = 1;
	run.cfg->insns[5].thrown_to = true;
	assert_int_equal(loops__find(run.cfg, &loops), 0);
	assert_int_equal(loops.n, 1);
	assert_int_equal(loops.items[0].head, head);
	assert_int_equal(loops.items[0].n, 3);
	assert_true(loop__contains(&loops.items[0], pad));
	loops__release(&loops);
	/* The handler comes behind what throws, and before what it goes on with. */
	assert_int_equal(block_search__init(&search, run.cfg->n_blocks), 0);
	block_search__number(&search, run.cfg, order);
	block_search__release(&search);
	assert_true(order[head] < order[pad] && order[pad] < order[run.cfg->insns[3].block]);

	/* A call in front of the loop throws into it as well. */
	throws[0].call = 0;
	assert_int_equal(loops__find(run.cfg, &loops), 0);
	assert_int_equal(loops.n, 0);
	loops__release(&loops);
	run.cfg->throws = NULL;
	cfg__free(run.cfg);
}

/* The cfg of N loops within each other, and what of them is found. */
static struct cfg *nest(uint32_t n, struct loop_list *loops)
{
	struct synthetic_insn *insns = calloc(2 * (size_t)n + 1, sizeof(*insns));
	uint32_t *lines;
	struct cfg *cfg;

	assert_non_null(insns);
	for (uint32_t i = 0; i < n; i++) {
		insns[i] = (struct synthetic_insn)PLAIN(1);
		insns[n + i] = (struct synthetic_insn)COND(n - 1 - i, 1);
	}
	insns[2 * n] = (struct synthetic_insn)RET(2);
	cfg = synthetic__cfg(insns, 2 * n + 1, &lines);
	assert_int_equal(loops__find(cfg, loops), 0);
	free(lines);
	free(insns);
	return cfg;
}

/* The blocks of all loops together are as many as the square of their number. */
static void loops_may_be_too_many_within_each_other(void **state)
{
	struct loop_list loops;
	struct cfg *cfg = nest(1000, &loops);
	size_t all = 0;

	(void)state;
	assert_int_equal(loops.n, 1000);
	for (size_t k = 0; k < loops.n; k++)
		assert_int_equal(loops__is_innermost(&loops, &loops.items[k]), loops.items[k].head == 999);
	loops__release(&loops);
	cfg__free(cfg);

	cfg = nest(10000, &loops);
	assert_true(loops.n > 100 && loops.n < 10000);
	/* The inner ones were kept. */
	assert_int_equal(loops.items[loops.n - 1].head, 9999);
	for (size_t k = 0; k < loops.n; k++)
		all += loops.items[k].n;
	assert_true(all < 20000000);
	loops__release(&loops);
	cfg__free(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_loops_are_found),
		cmocka_unit_test(branches_within_a_loop_are_in_it),
		cmocka_unit_test(cycles_with_two_entries_are_none),
		cmocka_unit_test(a_loop_goes_on_in_its_handlers),
		cmocka_unit_test(loops_may_be_too_many_within_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
