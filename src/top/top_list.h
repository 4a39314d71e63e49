/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top_list: which lines of the chosen function the live view shows, and in which order. Pure. */
#ifndef LPROF_TOP_LIST_H
#define LPROF_TOP_LIST_H

#include "top/top_model.h"

/*
 * Sets model->listed. By number these are all lines from the function's first to its last that are in the source, of
 * each of its files, and with code also those beyond the end of the source. Otherwise these are the lines that were
 * hit, the hottest first. Returns 0 or -ENOMEM.
 */
int top_list__make(struct top_model *model);

#endif
