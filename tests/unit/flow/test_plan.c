// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "flow/plan_build.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct planned {
	struct cfg *cfg;
	uint32_t *lines;
	struct plan *plan;
};

static struct planned plan_of(const struct synthetic_insn *insns, uint32_t n, const uint8_t *scope, bool every_line)
{
	struct planned p = {0};
	struct plan_input input = {.scope = scope, .prices = synthetic_prices, .every_line = every_line};

	p.cfg = synthetic__cfg(insns, n, &p.lines);
	input.cfg = p.cfg;
	input.lines = p.lines;
	assert_int_equal(plan__build(&input, &p.plan), 0);
	return p;
}

static void release(struct planned *p)
{
	plan__free(p->plan);
	cfg__free(p->cfg);
	free(p->lines);
}

static void assert_sites(const struct planned *p, const uint32_t *insns, uint32_t n)
{
	assert_int_equal(p->plan->n_sites, n);
	for (uint32_t s = 0; s < n; s++)
		assert_int_equal(p->plan->sites[s].insn, insns[s]);
}

static void loop_needs_entry_and_condition_only(void **state)
{
	/* push; init; jmp 5; body; body; cond -> 3; ret */
	const struct synthetic_insn insns[] = {PUSH(1), PLAIN(2), JUMP(5, 2), PLAIN(3), PLAIN(2), COND(3, 2), RET(4)};
	struct planned p = plan_of(insns, COUNT(insns), NULL, false);

	(void)state;
	assert_sites(&p, (uint32_t[]){0, 5}, 2);
	assert_true(p.plan->sites[0].entry);
	assert_false(p.plan->sites[1].entry);
	assert_int_equal(p.plan->sites[0].next[0], 1);
	assert_int_equal(p.plan->sites[1].next[0], PLAN_OUT);
	assert_int_equal(p.plan->sites[1].next[1], 1);
	assert_false(p.plan->sites[1].called[1]);
	assert_int_equal(p.plan->predicted_ns, 20);
	release(&p);
}

static void condition_serves_as_entry(void **state)
{
	/* A leaf that begins with plain instructions and a condition: no other site is needed. */
	const struct synthetic_insn insns[] = {PLAIN(1), COND(3, 1), PLAIN(2), RET(3)};
	struct planned p = plan_of(insns, COUNT(insns), NULL, false);

	(void)state;
	assert_sites(&p, (uint32_t[]){1}, 1);
	assert_true(p.plan->sites[0].entry);
	release(&p);
}

/* Who comes back to the entry from a call passes a site that tells it from who enters anew. */
static void loops_to_the_entry(void **state)
{
	const struct synthetic_insn leaf[] = {PLAIN(1), COND(0, 1), RET(2)};
	const struct synthetic_insn calls[] = {PUSH(1), CALL(2), PLAIN(2), JUMP(0, 2), RET(3)};
	struct planned p = plan_of(leaf, COUNT(leaf), NULL, false);

	(void)state;
	assert_sites(&p, (uint32_t[]){1}, 1);
	assert_true(p.plan->sites[0].entry);
	assert_int_equal(p.plan->sites[0].next[1], 0);
	release(&p);

	p = plan_of(calls, COUNT(calls), NULL, false);
	assert_int_equal(p.plan->sites[0].insn, 0);
	assert_true(p.plan->sites[0].entry && p.plan->sites[0].called[0]);
	assert_int_equal(p.plan->sites[1].insn, 3);
	assert_int_equal(p.plan->sites[0].next[0], 1);
	assert_true(!p.plan->sites[1].entry && !p.plan->sites[1].called[0]);
	assert_int_equal(p.plan->sites[1].next[0], 0);
	release(&p);
}

static void one_call_an_edge(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), CALL(2), PLAIN(2), CALL(3), PLAIN(3), JUMP(6, 3), RET(4)};
	struct planned p = plan_of(insns, COUNT(insns), NULL, false);

	(void)state;
	/*
	 * The first call is on the edge that begins at the entry. The second call is a site, and its return is seen at
	 * the jump.
	 */
	assert_sites(&p, (uint32_t[]){0, 3, 5}, 3);
	assert_true(p.plan->sites[0].called[0]);
	assert_true(p.plan->sites[1].called[0]);
	assert_false(p.plan->sites[2].called[0]);
	release(&p);
}

static void return_after_call_is_probed_when_nothing_cheap_is_there(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), CALL(2), RET(3)};
	struct planned p = plan_of(insns, COUNT(insns), NULL, false);

	(void)state;
	assert_sites(&p, (uint32_t[]){0, 2}, 2);
	assert_int_equal(p.plan->predicted_ns, 110);
	release(&p);
}

static void no_site_when_nothing_long_precedes_the_return(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), PLAIN(2), RET(3)};
	struct planned p = plan_of(insns, COUNT(insns), NULL, false);

	(void)state;
	assert_sites(&p, (uint32_t[]){0}, 1);
	release(&p);
}

static void syscalls_of_two_lines_are_separated(void **state)
{
	const struct synthetic_insn two[] = {PUSH(1), SYSCALL(2), PLAIN(2), SYSCALL(3), RET(3)};
	const struct synthetic_insn one[] = {PUSH(1), SYSCALL(2), PLAIN(2), SYSCALL(2), RET(3)};
	struct planned p = plan_of(two, COUNT(two), NULL, false);

	(void)state;
	assert_sites(&p, (uint32_t[]){0, 2, 4}, 3);
	release(&p);
	p = plan_of(one, COUNT(one), NULL, false);
	assert_sites(&p, (uint32_t[]){0, 4}, 2);
	release(&p);
}

static void endless_loop_without_condition_gets_a_site(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), PLAIN(2), CALLR(3), JUMP(1, 4)};
	struct planned p = plan_of(insns, COUNT(insns), NULL, false);

	(void)state;
	assert_sites(&p, (uint32_t[]){0, 3}, 2);
	assert_int_equal(p.plan->sites[1].next[0], 1);
	release(&p);
}

static void switch_targets_have_anchors(void **state)
{
	/* cond -> default; jmp *; case: plain, jmp end; case: plain, falls into default; end: ret */
	struct synthetic_insn insns[] = {COND(6, 1), JUMPR(1), PLAIN(2), JUMP(7, 2),
					 PLAIN(3),   PLAIN(3), PLAIN(4), RET(5)};
	struct planned p;

	(void)state;
	insns[2].root = CFG_ROOT_INDIRECT;
	insns[4].root = CFG_ROOT_INDIRECT;
	p = plan_of(insns, COUNT(insns), NULL, false);
	/* The second case has only expensive instructions before it merges with the default. */
	assert_sites(&p, (uint32_t[]){0, 3, 4}, 3);
	assert_int_equal(p.plan->sites[0].next[0], PLAN_ANY);
	assert_int_equal(p.plan->sites[0].next[1], PLAN_OUT);
	assert_int_equal(p.plan->n_roots, 3);
	release(&p);
}

static void never_probes_what_must_not_be_probed(void **state)
{
	struct synthetic_insn insns[] = {PLAIN(1), RET(2)};
	struct planned p;

	(void)state;
	insns[0].probe = insns[1].probe = INSN_PROBE_NEVER;
	p = plan_of(insns, COUNT(insns), NULL, false);
	assert_sites(&p, NULL, 0);
	assert_int_equal(p.plan->n_blind, 1);
	release(&p);
}

static void blind_condition_makes_roots(void **state)
{
	struct synthetic_insn insns[] = {PUSH(1), COND(4, 1), PUSH(2), RET(2), PUSH(3), RET(3)};
	struct planned p;

	(void)state;
	insns[1].probe = INSN_PROBE_NEVER;
	p = plan_of(insns, COUNT(insns), NULL, false);
	assert_sites(&p, (uint32_t[]){0, 2, 4}, 3);
	assert_int_equal(p.plan->sites[0].next[0], PLAN_ANY);
	release(&p);
}

static void scope_limits_the_sites(void **state)
{
	/* An inlined loop (3..5) in a larger body: only the sites of the loop are chosen. */
	const struct synthetic_insn insns[] = {PUSH(1),	 COND(7, 1), CALL(1), PUSH(2),
					       PLAIN(2), COND(4, 2), CALL(1), RET(1)};
	const uint8_t scope[] = {0, 0, 0, 1, 1, 1, 0, 0};
	struct planned p = plan_of(insns, COUNT(insns), scope, false);

	(void)state;
	assert_sites(&p, (uint32_t[]){3, 5}, 2);
	assert_true(p.plan->sites[0].entry);
	assert_int_equal(p.plan->sites[1].next[0], PLAN_OUT);
	release(&p);
}

static void every_line_has_a_site_in_every_block(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), PLAIN(2), JUMP(5, 2), PLAIN(3), PLAIN(2), COND(3, 2), RET(4)};
	struct planned p = plan_of(insns, COUNT(insns), NULL, true);

	(void)state;
	assert_sites(&p, (uint32_t[]){0, 1, 3, 4, 5, 6}, 6);
	release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loop_needs_entry_and_condition_only),
		cmocka_unit_test(condition_serves_as_entry),
		cmocka_unit_test(loops_to_the_entry),
		cmocka_unit_test(one_call_an_edge),
		cmocka_unit_test(return_after_call_is_probed_when_nothing_cheap_is_there),
		cmocka_unit_test(no_site_when_nothing_long_precedes_the_return),
		cmocka_unit_test(syscalls_of_two_lines_are_separated),
		cmocka_unit_test(endless_loop_without_condition_gets_a_site),
		cmocka_unit_test(switch_targets_have_anchors),
		cmocka_unit_test(never_probes_what_must_not_be_probed),
		cmocka_unit_test(blind_condition_makes_roots),
		cmocka_unit_test(scope_limits_the_sites),
		cmocka_unit_test(every_line_has_a_site_in_every_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
