/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_budget: the probes of interpreters within a budget. Two bodies of a throttle stand for them: all probes, with
 * which lines are counted, and those of returns alone, which slow the interpreter much less. See python_windows.c.
 */
#ifndef LPROF_PYTHON_BUDGET_H
#define LPROF_PYTHON_BUDGET_H

#include <stdbool.h>

#include "probe/counters.h"
#include "profiler/throttle.h"
#include "python/python_progress.h"
#include "python/python_windows.h"

struct python_budget;

struct python_budget_config {
	const struct lprof_bpf *skel;
	struct throttle *throttle;
	uint32_t first;			   /* number of the first site of all probes among all that obey the gates */
	uint32_t n;			   /* how many there are */
	uint32_t n_returns;		   /* those of returns alone follow them */
	const struct throttle_site *sites; /* with those of returns alone */
	const bool *is_return;		   /* for each of all probes: it is at the end of functions */
	struct python_progress_config progress; /* but for `windows` */
};

/* What CONFIG names is borrowed. 0 and *out, owned by the caller, or -errno. */
int python_budget__new(const struct python_budget_config *config, struct python_budget **out);
void python_budget__free(struct python_budget *budget); /* NULL is allowed */

/* To be called a few times a second. 0 or -errno, also of what happened since the last call. */
int python_budget__adjust(struct python_budget *budget);

/*
 * Estimates how often COUNTERS' lines were hit while they were counted in windows only, beside what their edges say.
 * *TOTALS has an item for each, owned by the caller; NULL: what the edges say is all. 0 or -ENOMEM.
 */
int python_budget__totals(const struct python_budget *budget, const struct counters *counters,
			  struct python_total **totals);

/* Whether there was no window for lines yet. */
bool python_budget__is_unseen(const struct python_budget *budget);

#endif
