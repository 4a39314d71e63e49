// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/own_samples.h"
#include "unit/test.h"

static void add(struct sample_tree *tree, uint32_t object, uint64_t addr, uint64_t caller, uint64_t cpu_ns)
{
	const struct sample_frame frames[] = {{addr, object}, {caller, 0}};
	const struct sample_figures figures = {.samples = 1, .cpu_ns = cpu_ns};
	uint32_t node;

	assert_int_equal(sample_tree__enter(tree, 0, frames, 2, &node), 0);
	sample_tree__count(tree, node, &figures);
}

static void samples_of_an_object_by_address(void **state)
{
	struct sample_tree tree = {0};
	struct own_samples own;

	(void)state;
	add(&tree, 1, 0x30, 0x100, 5);
	add(&tree, 1, 0x10, 0x100, 7);
	add(&tree, 1, 0x30, 0x200, 11); /* the same instruction, called from elsewhere */
	add(&tree, 2, 0x10, 0x100, 13);
	add(&tree, SAMPLE_KERNEL, 0, 0x100, 17);
	assert_int_equal(own_samples__gather(&tree, 1, &own), 0);
	assert_int_equal(own.n, 2);
	assert_int_equal(own.all_ns, 53);
	assert_int_equal(own_samples__at(&own, 0x10)->cpu_ns, 7);
	assert_int_equal(own_samples__at(&own, 0x30)->cpu_ns, 16);
	assert_int_equal(own_samples__at(&own, 0x30)->samples, 2);
	assert_null(own_samples__at(&own, 0x100)); /* threads were in what it called */
	own_samples__release(&own);
	sample_tree__release(&tree);
}

static void nothing_of_an_unknown_object(void **state)
{
	struct sample_tree tree = {0};
	struct own_samples own;

	(void)state;
	add(&tree, 1, 0x30, 0x100, 5);
	assert_int_equal(own_samples__gather(&tree, 7, &own), 0);
	assert_int_equal(own.n, 0);
	assert_null(own_samples__at(&own, 0x30));
	own_samples__release(&own);
	sample_tree__release(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_of_an_object_by_address),
		cmocka_unit_test(nothing_of_an_unknown_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
