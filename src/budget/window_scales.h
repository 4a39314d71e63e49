/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * window_scales: how long the targets ran in windows whose own time is doubtful, told from sites whose rates other
 * windows tell, whichever body they belong to. Pure.
 */
#ifndef LPROF_WINDOW_SCALES_H
#define LPROF_WINDOW_SCALES_H

#include <stdint.h>

#include "budget/window_log.h"

/* Corrects the own times and the doubts of the windows in LOG, which has sites 0 to N_SITES - 1. 0 or -ENOMEM. */
int window_scales__correct(struct window_log *log, uint32_t n_sites);

#endif
