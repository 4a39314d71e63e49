/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_calibrate: measures how long the BPF programs take for an event of CPython.
 */
#ifndef LPROF_PYTHON_CALIBRATE_H
#define LPROF_PYTHON_CALIBRATE_H

#include "probe/calibration.h"

/* Its ratios are numbered by enum lprof_python_ratio. */
extern const struct calibration_kind python_calibrate__kind;

#endif
