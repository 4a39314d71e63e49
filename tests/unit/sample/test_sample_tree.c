// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/sample_tree.h"

#include "unit/test.h"

static uint32_t enter(struct sample_tree *tree, uint32_t owner, const struct sample_frame *frames, size_t n)
{
	uint32_t node;

	assert_int_equal(sample_tree__enter(tree, owner, frames, n, &node), 0);
	return node;
}

static const struct sample_frame leaf = {0x10, 0}, middle = {0x20, 0}, root = {0x30, 1}, kernel = {0, SAMPLE_KERNEL};

static void stacks_share_their_outer_frames(void **state)
{
	const struct sample_frame deep[] = {leaf, middle, root}, shallow[] = {middle, root};
	struct sample_tree tree = {0};
	uint32_t a, b;

	(void)state;
	a = enter(&tree, 0, deep, 3);
	b = enter(&tree, 0, shallow, 2);
	assert_int_equal(tree.n, 3);
	assert_int_equal(tree.nodes[a].parent, b);
	assert_int_equal(tree.nodes[tree.nodes[b].parent].parent, SAMPLE_TREE_NONE);
	assert_int_equal(tree.nodes[a].frame.addr, 0x10);
	assert_int_equal(enter(&tree, 0, deep, 3), a);
	assert_int_equal(tree.n, 3);
	sample_tree__release(&tree);
}

static void parents_come_before_their_children(void **state)
{
	struct sample_tree tree = {0};

	(void)state;
	for (uint64_t i = 0; i < 5000; i++) {
		const struct sample_frame frames[] = {{i * 7 % 501, 0}, {i % 13, 1}, {i % 3, 2}};

		enter(&tree, (uint32_t)(i % 2), frames, 3);
	}
	for (size_t i = 0; i < tree.n; i++) {
		assert_true(tree.nodes[i].parent == SAMPLE_TREE_NONE || tree.nodes[i].parent < i);
		if (tree.nodes[i].parent != SAMPLE_TREE_NONE)
			assert_int_equal(tree.nodes[tree.nodes[i].parent].owner, tree.nodes[i].owner);
	}
	sample_tree__release(&tree);
}

static void owners_and_objects_are_told_apart(void **state)
{
	const struct sample_frame same_address = {0x10, 1};
	struct sample_tree tree = {0};
	uint32_t a, b, c, d;

	(void)state;
	a = enter(&tree, 0, &leaf, 1);
	b = enter(&tree, 1, &leaf, 1);
	c = enter(&tree, 0, &same_address, 1);
	d = enter(&tree, 0, &kernel, 1);
	assert_int_equal(tree.n, 4);
	assert_true(a != b && a != c && a != d && b != c && b != d && c != d);
	sample_tree__release(&tree);
}

static void figures_are_added_where_samples_end(void **state)
{
	const struct sample_frame frames[] = {leaf, root};
	const struct sample_figures ran = {.samples = 1, .cpu_ns = 1000}, waited = {.blocked_ns = 77};
	struct sample_tree tree = {0};
	uint32_t node;

	(void)state;
	node = enter(&tree, 0, frames, 2);
	sample_tree__count(&tree, node, &ran);
	sample_tree__count(&tree, node, &ran);
	sample_tree__count(&tree, node, &waited);
	assert_int_equal(tree.nodes[node].samples, 2);
	assert_int_equal(tree.nodes[node].cpu_ns, 2000);
	assert_int_equal(tree.nodes[node].blocked_ns, 77);
	assert_int_equal(tree.nodes[tree.nodes[node].parent].samples, 0);
	assert_int_equal(tree.lost, 0);
	sample_tree__release(&tree);
}

static void samples_without_a_place_are_counted_as_lost(void **state)
{
	const struct sample_figures ran = {.samples = 1, .cpu_ns = 1000};
	struct sample_tree tree = {0};

	(void)state;
	assert_int_equal(enter(&tree, 0, &leaf, 0), SAMPLE_TREE_NONE);
	sample_tree__count(&tree, SAMPLE_TREE_NONE, &ran);
	assert_int_equal(tree.lost, 1);
	assert_int_equal(tree.n, 0);
	sample_tree__release(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_share_their_outer_frames),
		cmocka_unit_test(parents_come_before_their_children),
		cmocka_unit_test(owners_and_objects_are_told_apart),
		cmocka_unit_test(figures_are_added_where_samples_end),
		cmocka_unit_test(samples_without_a_place_are_counted_as_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
