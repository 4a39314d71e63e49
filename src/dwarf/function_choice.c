// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/function_choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "dwarf/mark_owners.h"
#include "dwarf/shared_bodies.h"

static int compare_numbers(uint64_t left, uint64_t right)
{
	return left < right ? -1 : left > right;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct function_candidate *left = a, *right = b;

	return debug_function__compare(&left->function, &right->function);
}

static int compare_instances(const void *a, const void *b)
{
	const struct debug_instance *left = a;
	const struct debug_instance *right = b;
	int order = compare_numbers(left->inlined, right->inlined);

	if (!order)
		order = compare_numbers(left->entry, right->entry);
	if (!order)
		order = compare_numbers(left->body_entry, right->body_entry);
	if (!order)
		order = compare_numbers(left->n_ranges, right->n_ranges);
	for (size_t i = 0; !order && i < left->n_ranges; i++) {
		order = compare_numbers(left->ranges[i].lo, right->ranges[i].lo);
		if (!order)
			order = compare_numbers(left->ranges[i].hi, right->ranges[i].hi);
	}
	return order;
}

int function_choice__join(struct function_candidate *into, struct function_candidate *from, size_t n_selectors)
{
	struct debug_function *target = &into->function;
	struct debug_function *source = &from->function;

	for (size_t i = 0; i < n_selectors; i++)
		into->selected[i] |= from->selected[i];
	into->by_symbol &= from->by_symbol;
	target->noreturn |= source->noreturn;
	target->copied |= source->copied;
	target->emptied |= source->emptied;
	for (size_t i = 0; i < source->n_notes; i++)
		if (debug_function__add_note(target, "%s", source->notes[i]))
			return -ENOMEM;
	while (source->n_instances) {
		struct debug_instance *moved = &source->instances[source->n_instances - 1];
		bool enough = debug_function__is_full(target);
		int err = enough ? debug_function__leave_out(target)
				 : grow__one(&target->instances, &into->capacity, target->n_instances, sizeof(*moved));

		if (err)
			return err;
		source->n_instances--;
		if (enough)
			debug_instance__release(moved);
		else
			target->instances[target->n_instances++] = *moved;
	}
	return 0;
}

/* Sorts the instances, drops those that are there twice, and finds the first line, if it is not known, and the last. */
static void complete(struct debug_function *function)
{
	size_t kept = 0;

	qsort(function->instances, function->n_instances, sizeof(*function->instances), compare_instances);
	for (size_t i = 0; i < function->n_instances; i++) {
		struct debug_instance *instance = &function->instances[i];

		if (kept && compare_instances(&function->instances[kept - 1], instance) == 0) {
			debug_instance__release(instance);
			continue;
		}
		for (size_t line = 0; line < instance->n_lines; line++)
			if (instance->lines[line].line > function->last_line &&
			    !(instance->lines[line].line & DEBUG_PLACE_OTHER))
				function->last_line = instance->lines[line].line;
		function->instances[kept++] = *instance;
	}
	function->n_instances = kept;
	if (!function->line) {
		function->line = debug_function__first_line(function);
		debug_function__line_entries(function, function->line);
	}
}

/* What a selector by line wants. */
struct wanted_lines {
	const struct selector *selector;
	const struct debug_places *places;
	unsigned first, last;
};

/* The lines of the wanted file that have code of a function, and whether wanted ones are among them. */
struct found_lines {
	bool any;
	uint32_t least, largest;
};

static void take_line(const struct wanted_lines *wanted, uint32_t line, struct found_lines *found)
{
	found->any = found->any || (line >= wanted->first && line <= wanted->last);
	if (line < found->least)
		found->least = line;
	if (line > found->largest)
		found->largest = line;
}

/* OWN: FUNCTION's own file is wanted. */
static struct found_lines find_lines(const struct debug_function *function, const struct wanted_lines *wanted, bool own)
{
	struct found_lines found = {.least = UINT32_MAX};

	for (size_t i = 0; i < function->n_instances; i++) {
		const struct debug_instance *instance = &function->instances[i];

		for (size_t k = 0; k < instance->n_lines; k++) {
			const struct debug_place place = debug_places__at(wanted->places, instance->lines[k].line);

			if (place.file ? selector__matches_file(wanted->selector, place.file) : own)
				take_line(wanted, place.line, &found);
		}
	}
	return found;
}

/*
 * How good FUNCTION is as the one around the wanted line: 0 not at all; the innermost begins last; code on the line
 * comes first. Of code in another file than the function's nobody knows what is around it but more of that code.
 */
static uint64_t fitness(const struct debug_function *function, const struct wanted_lines *wanted)
{
	bool own = selector__matches_file(wanted->selector, function->file);
	const struct found_lines found = find_lines(function, wanted, own);
	uint32_t first = own ? function->line : found.least, last = own ? function->last_line : found.largest;

	if (!found.any && (!first || first > wanted->first || last < wanted->first))
		return 0;
	return (uint64_t)found.any << 33 | (uint64_t)1 << 32 | (own ? function->line : 0);
}

static void choose_by_line(struct function_candidate *candidates, size_t n, size_t selector,
			   const struct wanted_lines *wanted)
{
	uint64_t best = 1;

	for (size_t i = 0; i < n; i++) {
		uint64_t fit = candidates[i].selected[selector] ? fitness(&candidates[i].function, wanted) : 0;

		if (fit > best)
			best = fit;
	}
	for (size_t i = 0; i < n; i++)
		if (candidates[i].selected[selector])
			candidates[i].selected[selector] = fitness(&candidates[i].function, wanted) == best;
}

static void choose_by_range(struct function_candidate *candidates, size_t n, size_t selector,
			    const struct wanted_lines *wanted)
{
	for (size_t i = 0; i < n; i++) {
		const struct debug_function *function = &candidates[i].function;

		if (candidates[i].selected[selector])
			candidates[i].selected[selector] =
				find_lines(function, wanted, selector__matches_file(wanted->selector, function->file))
					.any;
	}
}

/* Decides what the selectors by line select. */
static void choose_by_lines(struct function_candidate *candidates, size_t n, const struct selector *const *selectors,
			    size_t n_selectors, const struct debug_places *places)
{
	for (size_t i = 0; i < n_selectors; i++) {
		struct wanted_lines wanted = {.selector = selectors[i], .places = places};

		if (!selector__lines(selectors[i], &wanted.first, &wanted.last))
			continue;
		if (wanted.first == wanted.last)
			choose_by_line(candidates, n, i, &wanted);
		else
			choose_by_range(candidates, n, i, &wanted);
	}
}

/* The line on which the body of FUNCTION begins; 0: it has none, or it is known where the function is declared. */
static uint32_t body_line(const struct debug_function *function)
{
	for (size_t i = 0; i < function->n_instances && !function->line; i++)
		if (!function->instances[i].inlined)
			return debug_function__first_line(function);
	return 0;
}

/*
 * Tells overloads apart for which debug information has no place of a declaration and no linkage name (Free Pascal):
 * their bodies begin on different lines. CANDIDATES are sorted.
 */
static void part_overloads(struct function_candidate *candidates, size_t n)
{
	for (size_t i = 0, end; i < n; i = end) {
		uint32_t first = 0;
		bool several = false;

		for (end = i; end < n && compare_candidates(&candidates[i], &candidates[end]) == 0; end++) {
			uint32_t line = body_line(&candidates[end].function);

			several = several || (first && line && line != first);
			if (!first)
				first = line;
		}
		for (size_t k = i; several && k < end; k++) {
			struct debug_function *function = &candidates[k].function;

			function->line = body_line(function);
			if (function->line)
				debug_function__line_entries(function, function->line);
		}
	}
}

static int join_equals(struct function_candidate *candidates, size_t n, size_t n_selectors)
{
	size_t current = 0;

	qsort(candidates, n, sizeof(*candidates), compare_candidates);
	part_overloads(candidates, n);
	qsort(candidates, n, sizeof(*candidates), compare_candidates);
	for (size_t i = 1; i < n; i++) {
		int err;

		if (compare_candidates(&candidates[current], &candidates[i]) != 0) {
			current = i;
			continue;
		}
		err = function_choice__join(&candidates[current], &candidates[i], n_selectors);
		if (err)
			return err;
	}
	for (size_t i = 0; i < n; i++) {
		int err;

		if (!candidates[i].function.n_instances)
			continue;
		complete(&candidates[i].function);
		err = mark_owners__settle(&candidates[i].function);
		if (err)
			return err;
	}
	return 0;
}

int function_choice__make(struct function_candidate *candidates, size_t n, const struct selector *const *selectors,
			  size_t n_selectors, const struct debug_places *places, bool *matched,
			  struct debug_functions *out)
{
	int err;

	*out = (struct debug_functions){.n = 0};
	for (size_t i = 0; matched && i < n_selectors; i++)
		matched[i] = false;
	if (!n)
		return 0;
	err = join_equals(candidates, n, n_selectors);
	if (err)
		return err;
	choose_by_lines(candidates, n, selectors, n_selectors, places);
	err = shared_bodies__settle(candidates, n, n_selectors);
	if (err)
		return err;
	out->items = calloc(n, sizeof(*out->items));
	if (!out->items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		bool any = false;

		for (size_t j = 0; j < n_selectors && candidates[i].function.n_instances; j++) {
			any = any || candidates[i].selected[j];
			if (matched && candidates[i].selected[j])
				matched[j] = true;
		}
		if (!any)
			continue;
		out->items[out->n++] = candidates[i].function;
		candidates[i].function = (struct debug_function){.instances = NULL};
	}
	return 0;
}
