/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gated_sites: how many sites of all kinds obey the gates of a budgeted session. */
#ifndef LPROF_GATED_SITES_H
#define LPROF_GATED_SITES_H

#include <stdint.h>

struct lprof_bpf;

/*
 * Makes room for N more sites in the maps of SKEL, which is not loaded yet. Sites of compiled code are the first ones.
 */
void gated_sites__add(struct lprof_bpf *skel, uint32_t n);

#endif
