/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate: obtains the calibration. It is measured once, and then kept in a cache until the next boot.
 */
#ifndef LPROF_CALIBRATE_H
#define LPROF_CALIBRATE_H

#include "base/diag.h"
#include "probe/calibration.h"

/* Fills OUT with built-in estimates. They are good enough to weigh sites against each other without measuring. */
void calibrate__defaults(const struct calibration_request *request, struct calibration *out);

/*
 * Fills OUT from the cache, else by measuring (and then writes the cache), else with the defaults. OUT is always
 * usable. Returns 0, or the -errno that says why OUT has the defaults.
 */
int calibrate__get(const struct calibration_request *request, const struct diag *diag, struct calibration *out);

/* As calibrate__get(), with the cache in DIRECTORY, which is made if its parent exists. */
int calibrate__get_in(const char *directory, const struct calibration_request *request, const struct diag *diag,
		      struct calibration *out);

/*
 * Measures in about 30 ms, in a process of its own. That process takes its probes out after this function has returned;
 * it keeps no file of the caller's open meanwhile. Returns 0, or -errno with OUT untouched.
 */
int calibrate__measure(const struct calibration_request *request, struct calibration *out);

#endif
