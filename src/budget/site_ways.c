// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget/site_ways.h"

#include <errno.h>
#include <stdlib.h>

#define CLOSED_PART 0.9 /* of the hits: so many lead to the next site at once where instructions tell the time */

int site_ways__init(struct site_ways *ways, uint32_t n_sites)
{
	ways->items = calloc(2ul * n_sites + 1, sizeof(*ways->items));
	ways->in_window = calloc(n_sites + 1ul, sizeof(*ways->in_window));
	return ways->items && ways->in_window ? 0 : -ENOMEM;
}

void site_ways__release(struct site_ways *ways)
{
	free(ways->items);
	free(ways->in_window);
	*ways = (struct site_ways){0};
}

double site_ways__least_ns(const struct site_ways *ways, const uint32_t *sites, size_t n, const uint64_t *counts)
{
	double sum_ns = 0;

	for (size_t i = 0; i < 2 * n; i++)
		sum_ns += (double)counts[i] * (double)ways->items[2ul * sites[i / 2] + i % 2].least_ns;
	return sum_ns;
}

bool site_ways__are_closed(struct site_ways *ways, const uint32_t *sites, size_t n, const uint64_t *counts)
{
	double inside = 0, all = 0;

	for (size_t i = 0; i < n; i++)
		ways->in_window[sites[i]] = true;
	for (size_t i = 0; i < 2 * n; i++) {
		uint32_t next = ways->items[2ul * sites[i / 2] + i % 2].next;

		all += (double)counts[i];
		if (next != SITE_WAYS_ELSEWHERE && ways->in_window[next])
			inside += (double)counts[i];
	}
	for (size_t i = 0; i < n; i++)
		ways->in_window[sites[i]] = false;
	return inside >= CLOSED_PART * all;
}
