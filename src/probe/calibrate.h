/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate: what a probe hit costs on this kernel. The planner weighs sites by it, and the threads'
 * virtual clocks leave it out of what they measure.
 */
#ifndef LPROF_CALIBRATE_H
#define LPROF_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "flow/insn.h"
#include "lprof_python.h"

/* What else is to be known, in a set. */
enum calibrate_what {
	CALIBRATE_APART = 1,  /* the counters of processes or threads are kept apart, which takes longer */
	CALIBRATE_PYTHON = 2, /* events of an interpreter */
};

enum calibration_source { CALIBRATION_DEFAULTS, CALIBRATION_CACHED, CALIBRATION_MEASURED };

/* Ratios as in lprof.h, with LPROF_RATIO_BITS; what the BPF program itself takes for a hit is "its own time". */
struct calibration {
	uint32_t price_ns[INSN_PROBE_CLASSES]; /* of one hit, by probe class; typical, not best */
	uint32_t uncertainty_ns[INSN_PROBE_CLASSES];
	uint32_t kernel_ratio[INSN_PROBE_CLASSES]; /* what the kernel takes for a hit, to the program's own time */
	struct lprof_prices prices;
	struct lprof_python_prices python_prices;
	enum calibration_source source;
};

/* Built-in estimates, good for weighing sites against each other where nothing can be measured. */
void calibrate__defaults(struct calibration *out);

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
