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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_loops_are_found),
		cmocka_unit_test(branches_within_a_loop_are_in_it),
		cmocka_unit_test(cycles_with_two_entries_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
