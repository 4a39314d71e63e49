/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate: from where a calibration comes: it is measured once, and then kept until the next boot.
 */
#ifndef LPROF_CALIBRATE_H
#define LPROF_CALIBRATE_H

#include "base/diag.h"
#include "probe/calibration.h"

/* Built-in estimates, good for weighing sites against each other where nothing can be measured. */
void calibrate__defaults(const struct calibration_request *request, struct calibration *out);

/*
 * Fills OUT from the cache, else by measuring (and then writes the cache), else with the defaults. OUT is
 * always usable: what comes back is 0, or the -errno that says why OUT has the defaults.
 */
int calibrate__get(const struct calibration_request *request, const struct diag *diag, struct calibration *out);

/* The same, with the cache in DIRECTORY, which is made if its parent exists. */
int calibrate__get_in(const char *directory, const struct calibration_request *request, const struct diag *diag,
		      struct calibration *out);

/*
 * Measures, in about 30 ms, in a process of its own, which takes the probes out after this has returned
 * and holds nothing of ours meanwhile. 0 or -errno; then OUT is untouched.
 */
int calibrate__measure(const struct calibration_request *request, struct calibration *out);

#endif
