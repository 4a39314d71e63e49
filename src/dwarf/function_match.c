// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/function_match.h"

bool function_match__all(const struct function_match *match)
{
	return match->names_only && !match->n;
}

bool function_match__may(const struct function_match *match, const char *bare, const char *linkage)
{
	for (size_t i = 0; i < match->n; i++)
		if (selector__may_match(match->selectors[i], bare, linkage))
			return true;
	return function_match__all(match);
}

bool function_match__names_types(const struct function_match *match)
{
	for (size_t i = 0; i < match->n; i++)
		if (selector__names_types(match->selectors[i]))
			return true;
	return false;
}

static bool is_by_line(const struct function_match *match, size_t i)
{
	unsigned first, last;

	return !match->names_only && selector__lines(match->selectors[i], &first, &last);
}

bool function_match__names(const struct function_match *match, const struct function_names *names,
			   struct function_candidate *candidate)
{
	bool any = function_match__all(match);

	for (size_t i = 0; i < match->n; i++) {
		const struct selector *selector = match->selectors[i];
		bool *selected = &candidate->selected[i];

		*selected = is_by_line(match, i) || selector__matches_name(selector, names);
		any = any || *selected;
	}
	return any;
}

bool function_match__symbol(const struct function_match *match, uint64_t entry, struct function_candidate *candidate)
{
	const struct asked_symbol *asked;
	bool any = function_match__all(match);
	size_t n;

	for (size_t i = 0; i < match->n; i++) {
		candidate->selected[i] = is_by_line(match, i);
		any = any || candidate->selected[i];
	}
	asked = function_match__asked(match, entry, &n);
	for (size_t i = 0; i < n; i++)
		candidate->selected[asked[i].selector] = true;
	return any || n;
}

bool function_match__place(const struct function_match *match, struct function_candidate *candidate)
{
	bool any = function_match__all(match);

	for (size_t i = 0; i < match->n; i++) {
		bool *selected = &candidate->selected[i];

		*selected = *selected && (match->included[i] ||
					  selector__matches_file(match->selectors[i], candidate->function.file));
		any = any || *selected;
	}
	return any;
}

const struct asked_symbol *function_match__asked(const struct function_match *match, uint64_t entry, size_t *n)
{
	*n = 0;
	return match->asked ? asked_symbols__at(match->asked, entry, n) : NULL;
}
