/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibration: what hits of probes cost. calibrate finds it out, calibrate_cache keeps it.
 */
#ifndef LPROF_CALIBRATION_H
#define LPROF_CALIBRATION_H

#include <stdint.h>

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
void calibration__defaults(struct calibration *out);

#endif
