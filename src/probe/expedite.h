/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expedite: makes the grace periods of the kernel's RCU short while probes are put in or taken out.
 *
 * Attaching and detaching wait for grace periods, which threads of the kernel with ordinary priority bring about. In a
 * crowd (see crowd.h) these wait for a processor as everybody does: with 2000 runnable threads on two processors,
 * attaching was seen to take 10 to 23 s. With /sys/kernel/rcu_expedited set it took 0 to 1.3 s. The setting affects the
 * whole system, so it is set only in a crowd, and only while a process of ours needs it. A file records that the
 * setting is ours: if a process is killed before it sets it back, the next one does.
 */
#ifndef LPROF_EXPEDITE_H
#define LPROF_EXPEDITE_H

#include <stdbool.h>

struct expedite {
	int lock; /* -1: nothing was set */
};

/*
 * Sets it if there is a crowd or, with ALWAYS, in any case. Failures are not reported:
 * attaching only takes longer then.
 */
void expedite__begin(struct expedite *expedite, bool always);

/* Sets it back unless another process of ours still needs it. */
void expedite__end(struct expedite *expedite);

#endif
