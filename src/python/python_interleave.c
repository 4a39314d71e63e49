// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * A call of _PyEval_EvalFrameDefault executes a Python function, and also what that function calls as long as no C
 * function is in between. So it stands for a group of Python frames, whose outermost one is marked as its entry. Groups
 * and native frames follow one another in the same order, so they belong together by their number.
 *
 * The numbers differ for a few reasons. The interpreter was interrupted while it pushed or popped a frame, or the
 * native frame is in a piece of the function that has no symbol: then something is missing at the innermost end, and
 * both are counted from the outermost one. Or one of the stacks was cut at its outermost end: then both are counted
 * from the innermost one. A group without a native frame takes the place of the innermost frame of the interpreter
 * that is inside of those that have one.
 */
#include "python/python_interleave.h"

#define NOWHERE ((size_t)-1)

/* One merge. */
struct merge {
	const struct python_stack *stack;
	struct python_slot *slots;
	size_t n;
	size_t next;	     /* index of the next Python frame */
	size_t alone;	     /* how many groups at the innermost end have no native frame */
	size_t native_alone; /* how many native frames at the innermost end have no group */
};

static size_t count_groups(const struct python_stack *stack)
{
	size_t n = stack->n_frames && !stack->entries[stack->n_frames - 1];

	for (size_t i = 0; i < stack->n_frames; i++)
		n += stack->entries[i];
	return n;
}

static size_t count_evals(const struct python_stack *stack)
{
	size_t n = 0;

	for (size_t i = 0; i < stack->n_natives; i++)
		n += stack->natives[i] == PYTHON_NATIVE_EVAL;
	return n;
}

static void put_native(struct merge *merge, size_t index)
{
	merge->slots[merge->n++] = (struct python_slot){.index = (uint32_t)index};
}

/* Appends the Python frames up to the end of their group. */
static void put_group(struct merge *merge)
{
	bool ended = false;

	while (merge->next < merge->stack->n_frames && !ended) {
		ended = merge->stack->entries[merge->next];
		merge->slots[merge->n++] = (struct python_slot){.python = true, .index = (uint32_t)merge->next++};
	}
}

static void put_groups(struct merge *merge, size_t n)
{
	while (n--)
		put_group(merge);
}

/*
 * Before which native frame the groups belong that have none: the innermost one of the interpreter. NOWHERE: there is
 * none.
 */
static size_t place_alone(const struct python_stack *stack)
{
	for (size_t i = 0; i < stack->n_natives; i++)
		if (stack->natives[i] != PYTHON_NATIVE_OTHER)
			return i;
	return NOWHERE;
}

/* Marks what of the interpreter is inside a Python frame, or inside a native one that executes Python frames. */
static void mark_within(struct merge *merge)
{
	bool inside = false;

	for (size_t i = merge->n; i-- > 0;) {
		struct python_slot *slot = &merge->slots[i];
		enum python_native kind = slot->python ? PYTHON_NATIVE_OTHER : merge->stack->natives[slot->index];

		slot->within = inside && kind != PYTHON_NATIVE_OTHER;
		inside |= slot->python || kind == PYTHON_NATIVE_EVAL;
	}
}

size_t python_interleave__merge(const struct python_stack *stack, struct python_slot *slots)
{
	struct merge merge = {.stack = stack, .slots = slots};
	size_t n_groups = count_groups(stack), n_evals = count_evals(stack), place = place_alone(stack);

	if (!stack->frames_cut && !stack->natives_cut) {
		merge.alone = n_groups > n_evals ? n_groups - n_evals : 0;
		merge.native_alone = n_evals > n_groups ? n_evals - n_groups : 0;
	}
	for (size_t i = 0; i < stack->n_natives; i++) {
		if (i == place)
			put_groups(&merge, merge.alone);
		if (stack->natives[i] != PYTHON_NATIVE_EVAL || merge.next == stack->n_frames) {
			put_native(&merge, i);
		} else if (merge.native_alone) {
			merge.native_alone--;
			put_native(&merge, i);
		} else {
			put_group(&merge);
		}
	}
	put_groups(&merge, n_groups);
	mark_within(&merge);
	return merge.n;
}
