/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_layout: the live view's model laid out as rows of cells. Pure.
 */
#ifndef LPROF_TOP_LAYOUT_H
#define LPROF_TOP_LAYOUT_H

#include "terminal/cells.h"
#include "top/top_model.h"

/* Fills CELLS, as large as the model's screen. UNIT is that of the lines' Time and Per Hit in seconds. */
void top_layout__draw(const struct top_model *model, double unit, struct cells *cells);

#endif
