// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/own_samples.h"

#include <errno.h>
#include <stdlib.h>

static int compare_samples(const void *x, const void *y)
{
	const struct own_sample *a = x, *b = y;

	return (a->addr > b->addr) - (a->addr < b->addr);
}

/* Makes one item of those with the same address. */
static void join(struct own_samples *own)
{
	size_t n = 0;

	qsort(own->items, own->n, sizeof(*own->items), compare_samples);
	for (size_t i = 0; i < own->n; i++) {
		if (n && own->items[n - 1].addr == own->items[i].addr) {
			own->items[n - 1].samples += own->items[i].samples;
			own->items[n - 1].cpu_ns += own->items[i].cpu_ns;
		} else {
			own->items[n++] = own->items[i];
		}
	}
	own->n = n;
}

int own_samples__gather(const struct sample_tree *tree, uint32_t object, struct own_samples *own)
{
	*own = (struct own_samples){.items = calloc(tree->n + 1, sizeof(*own->items))};
	if (!own->items)
		return -ENOMEM;
	for (size_t i = 0; i < tree->n; i++) {
		const struct sample_node *node = &tree->nodes[i];

		own->all_ns += node->cpu_ns;
		if (node->cpu_ns && node->frame.object == object)
			own->items[own->n++] = (struct own_sample){node->frame.addr, node->samples, node->cpu_ns};
	}
	join(own);
	return 0;
}

void own_samples__release(struct own_samples *own)
{
	free(own->items);
	*own = (struct own_samples){NULL, 0, 0};
}

const struct own_sample *own_samples__at(const struct own_samples *own, uint64_t addr)
{
	const struct own_sample key = {.addr = addr};

	return own->n ? bsearch(&key, own->items, own->n, sizeof(key), compare_samples) : NULL;
}
