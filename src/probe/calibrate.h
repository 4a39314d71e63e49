/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate: what a probe hit costs on this kernel. The planner weighs sites by it, and the threads'
 * virtual clocks leave it out of what they measure.
 */
#ifndef LPROF_CALIBRATE_H
#define LPROF_CALIBRATE_H

#include "base/diag.h"
#include "probe/calibration.h"

/*
 * WHAT: enum calibrate_what.
 *
 * Fills OUT from the cache, else by measuring (and then writes the cache), else with the defaults. OUT is
 * always usable: what comes back is 0, or the -errno that says why OUT has the defaults.
 */
int calibrate__get(unsigned what, const struct diag *diag, struct calibration *out);

/* The same, with the cache in DIRECTORY, which is made if its parent exists. */
int calibrate__get_in(const char *directory, unsigned what, const struct diag *diag, struct calibration *out);

/*
 * Measures, in about 30 ms, in a process of its own, which takes the probes out after this has returned
 * and holds nothing of ours meanwhile. 0 or -errno; then OUT is untouched.
 */
int calibrate__measure(unsigned what, struct calibration *out);

#endif
