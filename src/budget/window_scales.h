/* SPDX-License-Identifier: GPL-2.0-or-later */
/* window_scales: how long the targets ran in windows whose own time is lost in the price of hits. Pure. */
#ifndef LPROF_WINDOW_SCALES_H
#define LPROF_WINDOW_SCALES_H

#include <stdint.h>

#include "budget/window_log.h"

/*
 * Corrects the own times and the doubts of the windows in LOG, which has sites 0 to N_SITES - 1. SHARE is the part of
 * their own time that the targets spend in the bodies of these sites, by samples; 0: it is not known. 0 or -ENOMEM.
 */
int window_scales__correct(struct window_log *log, uint32_t n_sites, double share);

#endif
