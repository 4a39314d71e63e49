/* SPDX-License-Identifier: GPL-2.0-or-later */
/* monitoring_notes: what was not counted in Python programs, and why. */
#ifndef LPROF_MONITORING_NOTES_H
#define LPROF_MONITORING_NOTES_H

#include "monitoring/monitoring_counts.h"
#include "profile/profile.h"

struct monitoring_notes {
	uint32_t n_tables;					       /* programs that have a table */
	uint32_t n_without;					       /* programs for which there was none */
	uint32_t n_in_state[LPROF_SHIM_STATES];			       /* how many of them are in each state */
	char taken[sizeof(((struct lprof_shim_table *)0)->taken) + 1]; /* with LPROF_SHIM_NO_TOOL: by whom */
	size_t n_late; /* programs that were asked to count, and have executed nothing since */
	size_t n_bare; /* programs that were executed meanwhile without getting what counts */
	bool ended;    /* the run has */
};

/* Notes the state of a program. */
void monitoring_notes__take(struct monitoring_notes *notes, const struct lprof_shim_table *head);

/* Adds sentences to PROFILE. 0 or -ENOMEM. */
int monitoring_notes__add(const struct monitoring_notes *notes, const struct monitoring_counts *counts,
			  struct profile *profile);

#endif
