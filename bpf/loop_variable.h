/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By how much a loop's variable has changed, and whether that can be: what the BPF programs compute, without what they
 * need of the kernel, so that it can be tested.
 */
#ifndef LPROF_BPF_LOOP_VARIABLE_ARITHMETIC_H
#define LPROF_BPF_LOOP_VARIABLE_ARITHMETIC_H

#include "lprof.h"

/*
 * A narrow variable is off by less than this on a way that has not come to the loop yet, in the direction in which it
 * does not change there. So a difference is taken for a number from -SLACK up to 2^32 - SLACK.
 */
#define LPROF_SLACK 0x10000

/* Two branches in a cycle of a processor with 6 GHz; none changes a register more often within a nanosecond. */
#define LPROF_CHANGES_PER_NS 12

#define LPROF_NEGLIGIBLE_NS 10000 /* clocks may be off by so much */

/* The change from START to NOW of VARIABLE, which is not of the kind NONE. */
static inline __s64 lprof_variable__change(const struct lprof_variable *variable, __u64 start, __u64 now)
{
	__u64 change = now - start;

	switch (variable->kind) {
	case LPROF_VARIABLE_RISES:
		return (__s64)(__u32)(change + LPROF_SLACK) - LPROF_SLACK;
	case LPROF_VARIABLE_FALLS:
		return LPROF_SLACK - (__s64)(__u32)(LPROF_SLACK - change);
	default:
		return (__s64)change;
	}
}

/*
 * Whether a CHANGE within NS nanoseconds may not be all: 32 bits may have begun anew. A register of 64 bits cannot; but
 * if it changed by more than it could, it was not read as it should have been.
 */
static inline int lprof_variable__is_doubtful(const struct lprof_variable *variable, __s64 change, __u64 ns)
{
	__u32 shift = variable->shift & 31;
	__u64 size = change < 0 ? -(__u64)change : (__u64)change;

	if (variable->kind == LPROF_VARIABLE_RISES || variable->kind == LPROF_VARIABLE_FALLS)
		return ns > ((1ull << 32) / LPROF_CHANGES_PER_NS) >> shift;
	return (size >> shift) / LPROF_CHANGES_PER_NS > ns + LPROF_NEGLIGIBLE_NS;
}

#endif
