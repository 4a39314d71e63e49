// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/gated_sites.h"

#include <bpf/libbpf.h>

#include "lprof.h"
#include "lprof.skel.h"

static void enlarge(struct bpf_map *map, uint32_t more)
{
	bpf_map__set_max_entries(map, bpf_map__max_entries(map) + more);
}

void gated_sites__add(struct lprof_bpf *skel, uint32_t n)
{
	enlarge(skel->maps.counts, 2 * n);
	enlarge(skel->maps.site_groups, n);
	enlarge(skel->maps.group_opened, n);
}
