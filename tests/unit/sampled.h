/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sampled: helpers for tests with sampled stacks: a short way to make them. A failure in these functions fails the
 * test.
 */
#ifndef LPROF_TESTS_SAMPLED_H
#define LPROF_TESTS_SAMPLED_H

#include <stdint.h>

#include "profile/profile.h"
#include "profile/stacks.h"

#define SAMPLED_PERIOD_NS UINT64_C(1000000)
#define SAMPLED_OBJECT	  "/a/program"
#define SAMPLED_FILE	  "/a/work.c"

/* Gives PROFILE stacks without samples, which it owns. */
struct stacks *sampled__begin(struct profile *profile);

/*
 * Adds a call from the node CALLER (STACKS_NONE: from nobody) and SAMPLES samples that ended in it, each of a period
 * on a processor, and one more of BLOCKED_NS, if that is not 0. FUNCTION is a name, whose code is in SAMPLED_FILE of
 * SAMPLED_OBJECT; or NAME@OBJECT, without debug information. The build ID of an object is "OBJECT's ID". Returns the
 * node.
 */
uint32_t sampled__call(struct stacks *stacks, uint32_t caller, const char *function, uint32_t line, uint64_t samples,
		       uint64_t blocked_ns);

#endif
