/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sites: the probes on instructions of compiled code, and the counters of the edges between them, as a part of a
 * session.
 */
#ifndef LPROF_SITES_H
#define LPROF_SITES_H

#include <stdbool.h>
#include <stdint.h>

#include "lprof.h"
#include "probe/session.h"

/* The data of a session_part of the kind sites__kind. */
struct sites {
	const struct lprof_site *items;
	uint32_t n;	  /* at least one */
	bool some_spared; /* some of them will carry no probe, and the passes that this takes are to be counted */
};

/* It has two programs. That of windows is loaded in budgeted sessions only. */
extern const struct session_kind sites__kind;

#endif
