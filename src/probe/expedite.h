/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expedite: short grace periods of the kernel's RCU while probes are put in or taken out.
 *
 * Both wait for grace periods, which ordinary threads of the kernel bring about. In a crowd these wait for a
 * processor as everybody does: with 2000 runnable threads on two processors attaching was seen to take 10 to 23 s.
 * With /sys/kernel/rcu_expedited set it took 0 to 1.3 s. The setting is the whole system's, so it is set in a crowd
 * only, and for as long as one of us needs it. A file tells that it was us who set it; who dies before setting it
 * back leaves that to the next.
 */
#ifndef LPROF_EXPEDITE_H
#define LPROF_EXPEDITE_H

struct expedite {
	int lock; /* -1: nothing was set */
};

/* Sets it if there is a crowd. DIRECTORY is where the file is. Failures are silent: it takes longer then. */
void expedite__begin(struct expedite *expedite, const char *directory);

/* Sets it back unless another process of ours still needs it. */
void expedite__end(struct expedite *expedite);

#endif
