/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top_layout: lays out the model of the live view as rows of cells. Pure. */
#ifndef LPROF_TOP_LAYOUT_H
#define LPROF_TOP_LAYOUT_H

#include "terminal/cells.h"
#include "top/top_model.h"

/*
 * Draws the model into CELLS, which must be as large as the model's screen. UNIT is the unit of the columns Time and
 * Per Hit of lines, in seconds.
 */
void top_layout__draw(const struct top_model *model, double unit, struct cells *cells);

#endif
