/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate: what a probe hit costs.
 */
#ifndef LPROF_CALIBRATE_H
#define LPROF_CALIBRATE_H

#include <stdint.h>

#include "insn.h"

/* Nanoseconds per hit for each probe class. */
void calibrate__prices(uint32_t prices[INSN_PROBE_CLASSES]);

#endif
