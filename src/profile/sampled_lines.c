// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/sampled_lines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "profile/ranking.h"

/* With fewer than these, the samples of a function say less of its lines than counters do. */
#define FEWEST_SAMPLES 100

static int compare_numbers(uint32_t left, uint32_t right)
{
	return (left > right) - (left < right);
}

static int compare_lines(const void *a, const void *b)
{
	const struct sampled_line *left = a, *right = b;
	int order = compare_numbers(left->function, right->function);

	if (!order)
		order = compare_numbers(left->owner, right->owner);
	if (!order)
		order = compare_numbers(left->file, right->file);
	return order ? order : compare_numbers(left->line, right->line);
}

static struct sampled_line line_of(const struct stack_node *node)
{
	return (struct sampled_line){node->function, node->owner, node->file, node->line, {0}};
}

/* Lists the lines of all nodes, each once. */
static int list_lines(const struct stacks *stacks, struct sampled_lines *lines)
{
	size_t kept = 0;

	lines->items = calloc(stacks->n_nodes + 1, sizeof(*lines->items));
	if (!lines->items)
		return -ENOMEM;
	for (size_t i = 0; i < stacks->n_nodes; i++)
		lines->items[i] = line_of(&stacks->nodes[i]);
	qsort(lines->items, stacks->n_nodes, sizeof(*lines->items), compare_lines);
	for (size_t i = 0; i < stacks->n_nodes; i++)
		if (!kept || compare_lines(&lines->items[kept - 1], &lines->items[i]) != 0)
			lines->items[kept++] = lines->items[i];
	lines->n = kept;
	return 0;
}

static size_t find(const struct sampled_lines *lines, const struct sampled_line *key)
{
	size_t lo = 0, hi = lines->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_lines(&lines->items[mid], key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* What went through INNER goes through the outer node of the same function as well, and is not that one's. */
static void take_off(struct stack_times *outer, const struct stack_times *inner)
{
	outer->samples -= inner->samples;
	outer->cpu_ns -= inner->cpu_ns;
	outer->blocked_ns -= inner->blocked_ns;
}

static void add_times_of(struct stack_times *sum, const struct stack_times *times)
{
	sum->own_samples += times->own_samples;
	sum->own_cpu_ns += times->own_cpu_ns;
	sum->own_blocked_ns += times->own_blocked_ns;
	sum->samples += times->samples;
	sum->cpu_ns += times->cpu_ns;
	sum->blocked_ns += times->blocked_ns;
}

/*
 * Sets times[n], for each node n, to what went through it and no further activation of its function. OUTER has room for
 * each node.
 */
static int find_innermost(const struct stacks *stacks, uint32_t *outer, struct stack_times *times)
{
	uint32_t *functions = calloc(stacks->n_nodes + 1, sizeof(*functions));
	int err;

	if (!functions)
		return -ENOMEM;
	for (size_t i = 0; i < stacks->n_nodes; i++)
		functions[i] = stacks->nodes[i].function;
	err = stacks__find_outer(stacks, functions, stacks->n_functions, outer);
	free(functions);
	if (err)
		return err;
	stacks__node_times(stacks, times);
	/* Callers come before callees: each node still has all that went through it when it is taken off. */
	for (size_t i = 0; i < stacks->n_nodes; i++)
		if (outer[i] != STACKS_NONE)
			take_off(&times[outer[i]], &times[i]);
	return 0;
}

static int find_times(const struct stacks *stacks, struct sampled_lines *lines)
{
	uint32_t *outer = calloc(stacks->n_nodes + 1, sizeof(*outer));
	struct stack_times *times = calloc(stacks->n_nodes + 1, sizeof(*times));
	int err = outer && times ? find_innermost(stacks, outer, times) : -ENOMEM;

	for (size_t i = 0; !err && i < stacks->n_nodes; i++) {
		const struct sampled_line key = line_of(&stacks->nodes[i]);

		add_times_of(&lines->items[find(lines, &key)].times, &times[i]);
	}
	free(outer);
	free(times);
	return err;
}

int sampled_lines__make(const struct stacks *stacks, struct sampled_lines *lines)
{
	int err;

	*lines = (struct sampled_lines){NULL, 0};
	err = list_lines(stacks, lines);
	if (!err)
		err = find_times(stacks, lines);
	if (err)
		sampled_lines__release(lines);
	return err;
}

void sampled_lines__release(struct sampled_lines *lines)
{
	free(lines->items);
	*lines = (struct sampled_lines){NULL, 0};
}

const struct sampled_line *sampled_lines__of(const struct sampled_lines *lines, uint32_t function, uint32_t owner,
					     size_t *n)
{
	const struct sampled_line first = {.function = function, .owner = owner};
	size_t begin = find(lines, &first);

	for (*n = 0; begin + *n < lines->n; ++*n)
		if (lines->items[begin + *n].function != function || lines->items[begin + *n].owner != owner)
			break;
	return *n ? &lines->items[begin] : NULL;
}

/*
 * Two standard deviations of the time on a processor. A sample may also stand for time that its thread waited, which is
 * known exactly, and for none on a processor.
 */
static uint64_t uncertainty(const struct stack_times *times, uint64_t period_ns)
{
	uint64_t n = period_ns ? times->cpu_ns / period_ns : times->samples;

	if (n > times->samples)
		n = times->samples;
	return (uint64_t)(2 * (double)times->cpu_ns / sqrt(n ? (double)n : 1));
}

/* Adds the times of the lines of FUNCTION for OWNER to PROFILED, multiplied by FACTOR. 0 or -ENOMEM. */
static int add_times(const struct sampled_lines *lines, const struct stacks *stacks, uint32_t function, uint32_t owner,
		     enum profile_clock clock, double factor, struct profile_function *profiled)
{
	size_t n;
	const struct sampled_line *items = sampled_lines__of(lines, function, owner, &n);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		const struct stack_times *times = &items[i].times;
		struct profile_line line = {
			.line = items[i].line ? items[i].line : stacks->functions[function].line,
			.time_ns = (uint64_t)(factor * (double)times->cpu_ns),
			.uncertainty_ns = (uint64_t)(factor * (double)uncertainty(times, stacks->period_ns)),
		};

		if (!line.line)
			continue;
		if (clock == PROFILE_CLOCK_WALL) {
			line.blocked_ns = (uint64_t)(factor * (double)times->blocked_ns);
			line.time_ns += line.blocked_ns;
		}
		if (items[i].line && items[i].file)
			err = profile_function__add_file(profiled, stacks->files[items[i].file - 1], &line.file);
		if (!err)
			err = profile_function__add_line(profiled, &line);
	}
	return err;
}

int sampled_lines__fill(const struct sampled_lines *lines, const struct stacks *stacks, uint32_t function,
			uint32_t owner, enum profile_clock clock, struct profile_function *profiled)
{
	profiled->uncounted = true;
	return add_times(lines, stacks, function, owner, clock, 1, profiled);
}

int sampled_lines__set(const struct sampled_lines *lines, const struct stacks *stacks, uint32_t function,
		       uint32_t owner, enum profile_clock clock, double factor, struct profile_function *profiled)
{
	profiled->time_ns = profiled->blocked_ns = profiled->waiting_ns = 0;
	for (size_t i = 0; i < profiled->n_lines; i++) {
		struct profile_line *line = &profiled->lines[i];

		line->time_ns = line->uncertainty_ns = line->blocked_ns = line->waiting_ns = 0;
	}
	profiled->sampled_times = true;
	return add_times(lines, stacks, function, owner, clock, factor, profiled);
}

bool sampled_lines__find(const struct stacks *stacks, const struct profile_function *profiled, uint32_t *function,
			 uint32_t *owner)
{
	uint32_t f = 0, o = 0;

	while (o < stacks->n_owners &&
	       (stacks->owners[o].pid != profiled->owner.pid || stacks->owners[o].tid != profiled->owner.tid))
		o++;
	while (f < stacks->n_functions && !ranking__are_same(&stacks->functions[f], profiled))
		f++;
	*function = f;
	*owner = o;
	return f < stacks->n_functions && o < stacks->n_owners;
}

static struct stack_times sum_of(const struct sampled_line *items, size_t n)
{
	struct stack_times sum = {0};

	for (size_t i = 0; i < n; i++) {
		sum.samples += items[i].times.samples;
		sum.cpu_ns += items[i].times.cpu_ns;
	}
	return sum;
}

bool sampled_lines__scale(const struct sampled_lines *lines, uint32_t function, uint32_t owner,
			  const struct profile_function *profiled, struct sampled_scale *scale)
{
	size_t n;
	const struct sampled_line *items = sampled_lines__of(lines, function, owner, &n);
	const struct stack_times sum = sum_of(items, n);
	double measured = (double)profiled->time_ns - (double)profiled->blocked_ns, doubt = 0, sampled;

	*scale = (struct sampled_scale){0};
	if (sum.samples < FEWEST_SAMPLES || !sum.cpu_ns)
		return false;
	if (measured <= 0)
		return true;
	for (size_t i = 0; i < profiled->n_lines; i++)
		doubt += (double)profiled->lines[i].uncertainty_ns;
	sampled = (double)sum.cpu_ns;
	scale->factor = measured / sampled;
	scale->uncertainty = doubt / sampled;
	/* A function that is certain to be wrong by less than a thousandth is not more certain than that. */
	scale->weight = 1 / (pow(fmax(doubt, measured / 1000), 2) / (sampled * sampled));
	return true;
}

void sampled_scale__add(struct sampled_scale *sum, const struct sampled_scale *scale)
{
	double weight = sum->weight + scale->weight;

	if (scale->weight <= 0)
		return;
	sum->factor = (sum->factor * sum->weight + scale->factor * scale->weight) / weight;
	sum->weight = weight;
	sum->uncertainty = 1 / sqrt(weight);
}

bool sampled_scale__agree(const struct sampled_scale *a, const struct sampled_scale *b)
{
	return !(a->weight > 0) || !(b->weight > 0) || fabs(a->factor - b->factor) <= a->uncertainty + b->uncertainty;
}

/* Leaves of the function's times what its lines waited. */
static void forget_times(struct profile_function *profiled)
{
	profiled->time_ns = profiled->blocked_ns;
	for (size_t i = 0; i < profiled->n_lines; i++) {
		profiled->lines[i].time_ns = profiled->lines[i].blocked_ns;
		profiled->lines[i].uncertainty_ns = 0;
	}
}

/* Adds what samples tell of one line. */
static int retime_line(const struct stacks *stacks, const struct sampled_line *item, const struct sampled_scale *scale,
		       struct profile_function *profiled)
{
	double sampled = (double)item->times.cpu_ns, chance = (double)uncertainty(&item->times, stacks->period_ns);
	struct profile_line line = {
		.line = item->line ? item->line : stacks->functions[item->function].line,
		.time_ns = (uint64_t)(scale->factor * sampled),
		.uncertainty_ns = (uint64_t)hypot(scale->factor * chance, scale->uncertainty * sampled),
	};
	int err = 0;

	if (!line.line)
		return 0;
	if (item->line && item->file)
		err = profile_function__add_file(profiled, stacks->files[item->file - 1], &line.file);
	return err ? err : profile_function__add_line(profiled, &line);
}

int sampled_lines__retime(const struct sampled_lines *lines, const struct stacks *stacks, uint32_t function,
			  uint32_t owner, const struct sampled_scale *scale, struct profile_function *profiled)
{
	size_t n;
	const struct sampled_line *items = sampled_lines__of(lines, function, owner, &n);
	int err = 0;

	forget_times(profiled);
	profiled->sampled_times = true;
	for (size_t i = 0; i < n && !err; i++)
		err = retime_line(stacks, &items[i], scale, profiled);
	return err;
}
