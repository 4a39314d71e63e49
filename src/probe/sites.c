// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/sites.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lprof.skel.h"
#include "probe/gated_sites.h"

/* The most edges that are counted for all owners together, when processes or threads are told apart: bounds memory. */
#define MOST_OWNED_EDGES (1 << 18)

#define MANY_PASSES 16384 /* one for each place at which passes began or ended */

static struct bpf_program *program(const struct lprof_bpf *skel, const void *data, unsigned number)
{
	(void)data;
	if (number == SESSION_COUNT)
		return skel->rodata->budgeted ? skel->progs.lprof_count : NULL;
	return skel->progs.lprof_hit;
}

static void configure(struct lprof_bpf *skel, const void *data)
{
	const struct sites *sites = data;
	/* Room for every edge of every owner, but at most MOST_OWNED_EDGES. */
	uint64_t owned = (uint64_t)2 * sites->n * bpf_map__max_entries(skel->maps.owners) + 1;

	skel->rodata->n_sites = sites->n;
	bpf_map__set_max_entries(skel->maps.sites, sites->n);
	bpf_map__set_max_entries(skel->maps.edges, 2 * sites->n);
	if (skel->rodata->budgeted)
		gated_sites__add(skel, sites->n);
	skel->rodata->some_spared = sites->some_spared;
	if (sites->some_spared)
		bpf_map__set_max_entries(skel->maps.passes, MANY_PASSES);
	if (skel->rodata->by)
		bpf_map__set_max_entries(skel->maps.owned_edges,
					 owned < MOST_OWNED_EDGES ? (uint32_t)owned : MOST_OWNED_EDGES);
}

static int fill(const struct lprof_bpf *skel, const void *data)
{
	const struct sites *sites = data;
	int fd = bpf_map__fd(skel->maps.sites), err = 0;

	for (uint32_t i = 0; !err && i < sites->n; i++)
		err = bpf_map_update_elem(fd, &i, &sites->items[i], BPF_ANY);
	return err;
}

static const struct lprof_site trial_site = {.next = {LPROF_NEXT_OUT, LPROF_NEXT_OUT}, .cfa_reg = 7};
static const struct sites trial = {.items = &trial_site, .n = 1};

const struct session_kind sites__kind = {
	.n_programs = 2,
	.gated = true,
	.program = program,
	.configure = configure,
	.fill = fill,
	.trial = &trial,
};
