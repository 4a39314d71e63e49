/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibration: what a probe hit costs on this kernel. The planner weighs sites by it, and the threads' virtual clocks
 * leave it out of what they measure.
 */
#ifndef LPROF_CALIBRATION_H
#define LPROF_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/insn.h"
#include "probe/session.h"

#define CALIBRATION_KINDS  4 /* of programs in one run, at most */
#define CALIBRATION_RATIOS 2 /* of each kind, at most */

enum calibration_source { CALIBRATION_DEFAULTS, CALIBRATION_CACHED, CALIBRATION_MEASURED };

/* Ratios as in lprof.h, with LPROF_RATIO_BITS; what the BPF program itself takes for a hit is "its own time". */
struct calibration {
	uint32_t price_ns[INSN_PROBE_CLASSES]; /* of one hit, by probe class; typical, not best */
	uint32_t uncertainty_ns[INSN_PROBE_CLASSES];
	uint32_t kernel_ratio[INSN_PROBE_CLASSES]; /* what the kernel takes for a hit, to the program's own time */
	struct lprof_prices prices;
	/* By kind, in the order of the request: what its programs take by their own measuring, to prices.self_ns. */
	uint32_t kind_ratios[CALIBRATION_KINDS][CALIBRATION_RATIOS];
	enum calibration_source source;
};

/*
 * How the BPF programs of a kind of program (an interpreter's) are measured: by probes in code of our own that they
 * take for such a program's. That is done in a process of its own, whose end releases everything; a kind has no close.
 */
struct calibration_kind {
	const char *name; /* one word; tells calibrations apart in the cache */
	unsigned n_ratios;
	uint32_t defaults[CALIBRATION_RATIOS]; /* where nothing can be measured */

	/* Says what is to be loaded, and probed in /proc/self/exe. 0 and *state, or -errno. */
	int (*open)(struct session_part *part, struct session_object *object, void **state);

	/* Runs through the probed code ROUNDS times. */
	void (*run)(uint32_t rounds);

	/*
	 * What one hit took the program, in nanoseconds, of each of its ratios, by what COUNTERS say more than at the
	 * last call. Whether it could be told.
	 */
	bool (*take)(void *state, const struct counters *counters, double self_ns[CALIBRATION_RATIOS]);
};

/* What is to be known. */
struct calibration_request {
	bool apart; /* the counters of processes or threads are kept apart, which takes longer */
	const struct calibration_kind *kinds[CALIBRATION_KINDS]; /* besides the price of each probe class */
	size_t n_kinds;
};

#endif
