/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target_time: how long the targets' threads have been on a processor, as the BPF programs keep it. */
#ifndef LPROF_TARGET_TIME_H
#define LPROF_TARGET_TIME_H

#include <stdint.h>

#include "lprof.h"

/*
 * The sum over all processors until AT_NS of the monotonic clock, which is now or was a moment ago; in nanoseconds.
 * What was switched away between then and now counts until it was. The programs may change the figures meanwhile.
 */
uint64_t target_time__ns(const volatile struct lprof_gate *gate, uint64_t at_ns);

/* The sum of after_ns, of what was switched away until now. */
uint64_t target_time__after_ns(const volatile struct lprof_gate *gate);

#endif
