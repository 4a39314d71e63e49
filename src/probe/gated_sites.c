// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/gated_sites.h"

#include <bpf/libbpf.h>

#include "lprof.h"
#include "lprof.skel.h"

#define MOST_COPIES 8

static void enlarge(struct bpf_map *map, uint32_t more)
{
	bpf_map__set_max_entries(map, bpf_map__max_entries(map) + more);
}

/* A power of two: how many copies of the counts are worth their memory. */
static uint32_t copies_for(int n_cpus)
{
	uint32_t copies = 1;

	while ((int)copies < n_cpus && copies < MOST_COPIES)
		copies *= 2;
	return copies;
}

void gated_sites__add(struct lprof_bpf *skel, uint32_t n)
{
	skel->rodata->count_copies = copies_for(libbpf_num_possible_cpus());
	skel->rodata->n_counts += 2 * n;
	bpf_map__set_max_entries(skel->maps.counts, skel->rodata->count_copies * skel->rodata->n_counts);
	enlarge(skel->maps.site_groups, n);
	enlarge(skel->maps.group_opened, n);
}
