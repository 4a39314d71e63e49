/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibration: what a probe hit costs on this kernel. The planner weighs sites by this cost, and it is subtracted from
 * the times that are measured.
 */
#ifndef LPROF_CALIBRATION_H
#define LPROF_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/insn.h"
#include "probe/session.h"

#define CALIBRATION_KINDS  4 /* kinds of programs in one run, at most */
#define CALIBRATION_RATIOS 2 /* ratios of each kind, at most */

enum calibration_source { CALIBRATION_DEFAULTS, CALIBRATION_CACHED, CALIBRATION_MEASURED };

/* Ratios are as in lprof.h, with LPROF_RATIO_BITS. The BPF program's "own time" is its part of the time of a hit. */
struct calibration {
	uint32_t price_ns[INSN_PROBE_CLASSES]; /* of one hit, by probe class; the typical price, not the lowest */
	uint32_t uncertainty_ns[INSN_PROBE_CLASSES];
	uint32_t kernel_ratio[INSN_PROBE_CLASSES]; /* the kernel's time for a hit, to the BPF program's own time */
	struct lprof_prices prices;
	/* By kind, in the order of the request: the own times of its BPF programs, to prices.self_ns. */
	uint32_t kind_ratios[CALIBRATION_KINDS][CALIBRATION_RATIOS];
	enum calibration_source source;
};

/*
 * How the BPF programs for a kind of program (an interpreter) are measured: by probes in code of our own that looks to
 * them like such a program. The measuring process ends soon, and its end releases everything, so a kind has no close().
 */
struct calibration_kind {
	const char *name; /* one word; tells calibrations apart in the cache */
	unsigned n_ratios;
	uint32_t defaults[CALIBRATION_RATIOS]; /* where nothing can be measured */

	/*
	 * Fills in which BPF programs are to be loaded, and what is to be probed in /proc/self/exe. 0 and *state, or
	 * -errno.
	 */
	int (*open)(struct session_part *part, struct session_object *object, void **state);

	/* Runs through the probed code ROUNDS times. */
	void (*run)(uint32_t rounds);

	/*
	 * Writes for each ratio the BPF program's own time for one hit, in nanoseconds, from what COUNTERS have grown
	 * by since the last call. Returns false if they do not tell.
	 */
	bool (*take)(void *state, const struct counters *counters, double self_ns[CALIBRATION_RATIOS]);
};

/* What is to be calibrated, besides the price of each probe class. */
struct calibration_request {
	bool apart;    /* the counters of processes or threads are kept apart, which makes hits dearer */
	bool budgeted; /* the programs obey gates, which makes hits dearer too; the counting program is measured */
	const struct calibration_kind *kinds[CALIBRATION_KINDS];
	size_t n_kinds;
};

#endif
