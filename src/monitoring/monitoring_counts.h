/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_counts: what the tables of Python programs say, as code objects and counters like those that BPF programs
 * keep of interpreters with probes. Pure.
 */
#ifndef LPROF_MONITORING_COUNTS_H
#define LPROF_MONITORING_COUNTS_H

#include "cpython/python_code.h"
#include "cpython/python_total.h"
#include "monitoring/monitoring_table.h"
#include "probe/counters.h"
#include "profile/profile.h"

struct monitoring_counts {
	struct python_codes codes;
	struct counters counters; /* the lines, their owners, and the code objects' IDs */
	size_t lines_room, edges_room, owners_room;
	uint64_t n_events, n_lines;
	double cost_ns;
	struct python_total *totals; /* of each line of the counters; NULL: none is an estimate */
	size_t totals_room;
	bool estimated;	    /* some of them are */
	uint64_t n_windows; /* as in lprof_shim_table */
	uint32_t n_unfollowed, n_helpless;
	uint64_t n_lost, n_lost_calls; /* as in lprof_shim_table */
	uint64_t n_damaged;	       /* tables that made no sense */
};

struct monitoring_reading {
	enum profile_by by;
	double tick_ns;
	bool in_flight; /* lines under way are charged with their time up to END */
	uint64_t end;	/* tick */
};

/* Adds what TABLE says. 0 or -ENOMEM. */
int monitoring_counts__add(struct monitoring_counts *counts, const struct monitoring_table *table,
			   const struct monitoring_reading *reading);
void monitoring_counts__release(struct monitoring_counts *counts);

#endif
