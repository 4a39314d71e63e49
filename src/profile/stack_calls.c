// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A node of the tree of stacks stands for a call: from the line of its parent to its own function. What ended in the
 * node or further inside went through that call. Where a function calls itself, the same call may be further out in
 * the same stack. Then the time is in that one already, and the inner node adds nothing.
 */
#include "profile/stack_calls.h"

#include <errno.h>
#include <stdlib.h>

static bool same_line(const struct stack_node *a, const struct stack_node *b)
{
	return a->function == b->function && a->line == b->line && a->file == b->file;
}

static const struct stack_node *parent_of(const struct stacks *stacks, const struct stack_node *node)
{
	return node->parent == STACKS_NONE ? NULL : &stacks->nodes[node->parent];
}

/* Whether a node further out than NODE has the same line. */
static bool is_line_again(const struct stacks *stacks, const struct stack_node *node)
{
	const struct stack_node *outer = node;

	while ((outer = parent_of(stacks, outer)))
		if (same_line(outer, node))
			return true;
	return false;
}

/* Whether a node further out than NODE stands for the same call. */
static bool is_call_again(const struct stacks *stacks, const struct stack_node *node)
{
	const struct stack_node *caller = parent_of(stacks, node), *outer = caller, *above;

	for (; (above = parent_of(stacks, outer)); outer = above)
		if (outer->function == node->function && same_line(above, caller))
			return true;
	return false;
}

static int compare_lines(const struct stack_call *a, const struct stack_call *b)
{
	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

static int compare(const void *left, const void *right)
{
	const struct stack_call *a = left, *b = right;
	int order = compare_lines(a, b);

	if (order)
		return order;
	if (a->callee != b->callee)
		return a->callee < b->callee ? -1 : 1;
	return (a->owner > b->owner) - (a->owner < b->owner);
}

static void add(struct stack_call *call, const struct stack_call *other)
{
	call->samples += other->samples;
	call->cpu_ns += other->cpu_ns;
	call->blocked_ns += other->blocked_ns;
}

/* Sets each of TOTALS to what went through the node with the same index. */
static void sum_up(const struct stacks *stacks, struct stack_call *totals)
{
	for (size_t i = 0; i < stacks->n_nodes; i++) {
		const struct stack_node *node = &stacks->nodes[i];

		totals[i] = (struct stack_call){.function = node->function,
						.file = node->file,
						.line = node->line,
						.callee = STACKS_NONE,
						.owner = node->owner,
						.samples = node->samples,
						.cpu_ns = node->cpu_ns,
						.blocked_ns = node->blocked_ns};
	}
	/* A parent comes before its children. */
	for (size_t i = stacks->n_nodes; i-- > 0;)
		if (stacks->nodes[i].parent != STACKS_NONE)
			add(&totals[stacks->nodes[i].parent], &totals[i]);
}

/* The call for which NODE stands, with what went through it. */
static struct stack_call call_of(const struct stack_node *caller, const struct stack_node *node,
				 const struct stack_call *total)
{
	struct stack_call call = *total;

	call.function = caller->function;
	call.file = caller->file;
	call.line = caller->line;
	call.callee = node->function;
	return call;
}

static void combine(struct stack_calls *calls)
{
	size_t n = 0;

	if (!calls->n)
		return;
	qsort(calls->calls, calls->n, sizeof(*calls->calls), compare);
	for (size_t i = 1; i < calls->n; i++) {
		if (compare(&calls->calls[n], &calls->calls[i]))
			calls->calls[++n] = calls->calls[i];
		else
			add(&calls->calls[n], &calls->calls[i]);
	}
	calls->n = n + 1;
}

int stack_calls__of(const struct stacks *stacks, struct stack_calls *calls)
{
	struct stack_call *totals = calloc(stacks->n_nodes + 1, sizeof(*totals));

	/* At most two for each node: its line, and the call that led to it. */
	*calls = (struct stack_calls){.calls = calloc(2 * stacks->n_nodes + 1, sizeof(*calls->calls))};
	if (!totals || !calls->calls) {
		free(totals);
		return -ENOMEM;
	}
	sum_up(stacks, totals);
	for (size_t i = 0; i < stacks->n_nodes; i++) {
		const struct stack_node *node = &stacks->nodes[i], *caller = parent_of(stacks, node);

		if (!is_line_again(stacks, node))
			calls->calls[calls->n++] = totals[i];
		if (caller && !is_call_again(stacks, node))
			calls->calls[calls->n++] = call_of(caller, node, &totals[i]);
	}
	free(totals);
	combine(calls);
	return 0;
}

void stack_calls__clear(struct stack_calls *calls)
{
	free(calls->calls);
	*calls = (struct stack_calls){0};
}

const struct stack_call *stack_calls__of_line(const struct stack_calls *calls, uint32_t function, uint32_t file,
					      uint32_t line, size_t *n)
{
	const struct stack_call wanted = {.function = function, .file = file, .line = line};
	size_t low = 0, high = calls->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_lines(&calls->calls[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*n = 0;
	while (low + *n < calls->n && !compare_lines(&calls->calls[low + *n], &wanted))
		++*n;
	return calls->calls + low;
}
