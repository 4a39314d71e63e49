/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate_target: the code whose probes are measured, which is part of our own executable: chains of adjacent
 * instructions of one probe class, and the sites on them.
 */
#ifndef LPROF_CALIBRATE_TARGET_H
#define LPROF_CALIBRATE_TARGET_H

#include <stdint.h>

#include "flow/insn.h"
#include "lprof.h"
#include "probe/calibrate_chain.h"

/*
 * There is one chain for each probe class (in that of calls, each call returns before the next), and one chain of jumps
 * whose sites belong to two frames, one nested in the other, and one of jumps for the counting program. A chain's first
 * hit takes longer than the others because it comes out of other code, so the edge that begins with it is not to be
 * used.
 */
#define CALIBRATE_TARGET_NESTED INSN_PROBE_CLASSES
#define CALIBRATE_TARGET_COUNT	(INSN_PROBE_CLASSES + 1)
#define CALIBRATE_TARGET_CHAINS (INSN_PROBE_CLASSES + 2)
#define CALIBRATE_TARGET_LENGTH CALIBRATE_CHAIN_LENGTH
#define CALIBRATE_TARGET_SITES	(CALIBRATE_TARGET_CHAINS * CALIBRATE_TARGET_LENGTH)

/*
 * Sites of the chain with two frames: where the outer frame begins, where the inner one does, where the outer goes on.
 */
enum { CALIBRATE_TARGET_OUTER = 1, CALIBRATE_TARGET_INNER, CALIBRATE_TARGET_AGAIN = 4 };

/*
 * Site CHAIN * CALIBRATE_TARGET_LENGTH + i is the chain's instruction i. OFFSETS are of /proc/self/exe.
 * 0, or -ENOENT when the code's segment is not found.
 */
int calibrate_target__sites(struct lprof_site sites[CALIBRATE_TARGET_SITES], uint64_t offsets[CALIBRATE_TARGET_SITES]);

/* Runs through the chain ROUNDS times. */
void calibrate_target__run(int chain, uint32_t rounds);

#endif
