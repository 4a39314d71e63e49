/* SPDX-License-Identifier: GPL-2.0-or-later */
/* site_frequency: a guess from the code alone of how often the sites of a body are hit. Pure. */
#ifndef LPROF_SITE_FREQUENCY_H
#define LPROF_SITE_FREQUENCY_H

#include "flow/plan.h"

/*
 * Guesses how often each site of PLAN is hit for one entry into the body. FREQUENCIES gets plan->n_sites items. Only
 * their ratios are meant to be used. PROBABILITIES gets that of each edge when its site is hit; NULL: they are not
 * asked for. 0 or -ENOMEM.
 */
int site_frequency__guess(const struct plan *plan, double *frequencies, double *probabilities);

#endif
