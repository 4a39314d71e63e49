/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blocked_threads: which threads of the target are off the processor and cannot run, asked for from time to time. For
 * each, the time since the question before is charged to the place where it waits: on average that is how long threads
 * wait there, however short each time is.
 */
#ifndef LPROF_BLOCKED_THREADS_H
#define LPROF_BLOCKED_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "lprof_sample.h"

struct lprof_bpf;
struct blocked_threads;

/* A thread that has been blocked for WAITED_NS, and where: NODE is what the function returned for it before. */
struct blocked_thread {
	const struct lprof_blocked *state;
	uint64_t waited_ns;
	bool moved;    /* it has run since the question before, or is new: it may wait elsewhere */
	uint32_t node; /* unless MOVED */
};

/* Charges the thread's time, and returns a number by which to know the place again. */
typedef uint32_t (*blocked_threads_fn)(const struct blocked_thread *thread, void *ctx);

/* For the loaded SKEL, which must outlive the result. 0 or -errno. */
int blocked_threads__new(const struct lprof_bpf *skel, blocked_threads_fn fn, void *ctx, struct blocked_threads **out);
void blocked_threads__free(struct blocked_threads *threads); /* NULL is allowed */

/* A descriptor that is readable when it is time to ask. */
int blocked_threads__fd(const struct blocked_threads *threads);

/* Asks, if it is time to, and calls the function for each thread. 0 or -errno. */
int blocked_threads__take(struct blocked_threads *threads);

#endif
