/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * delivery: delivers profiles to a store.
 *
 * Problem: profiles must arrive in the order in which they were made, although the store may be slow, refuse some or
 * be unreachable for hours, and although this process may end in the meantime. The profiles that wait must not fill
 * memory or disk.
 *
 * Method: as long as the store accepts profiles, each goes straight from memory to the store. When one is not accepted
 * now, it and all later ones are written to the spool (spool.h), a queue on disk that outlives this process. The spool
 * is delivered first, because its profiles are older. If the spool cannot be written, profiles stay in memory. Memory
 * and spool each hold at most DELIVERY_LIMIT bytes; beyond that, the oldest profiles are dropped.
 *
 * The HTTP status of the answer decides what happens to a profile:
 *   2xx                            It is delivered.
 *   4xx except 408, 425 and 429    The store refuses it. It would do so again, so the profile is dropped.
 *   anything else, or no answer    It is tried again after a delay.
 * The delay is 1 to 2 s at first and doubles with each failure, up to 30 to 60 s. It is random within these ranges, so
 * that many senders do not come back at the same time. It is not shorter than the server's Retry-After, up to 60 s.
 * If an answer is lost, the profile is sent again and may then arrive twice.
 *
 * This module has neither a clock nor a thread: the caller tells it the time and decides when to try.
 */
#ifndef LPROF_DELIVERY_H
#define LPROF_DELIVERY_H

#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "push/push_entry.h"
#include "push/push_transport.h"
#include "push/push_url.h"
#include "push/spool.h"

#define DELIVERY_LIMIT (64ull << 20)
#define DELIVERY_NEVER CLOCK_NEVER

struct delivery_config {
	const struct push_url *url; /* this and all other pointers are borrowed */
	struct push_transport transport;
	struct spool *spool;
	const char *directory; /* directory of the spool, for messages */
	const struct diag *diag;
	uint64_t limit; /* most bytes to keep in memory; 0: DELIVERY_LIMIT */
	uint64_t seed;	/* seed for the random part of delays */
};

struct delivery;

struct delivery *delivery__new(const struct delivery_config *config); /* NULL when out of memory */
void delivery__free(struct delivery *delivery); /* drops the profiles in memory; NULL is allowed */

/* Takes ownership of ENTRY, which is delivered after all entries added before. */
void delivery__add(struct delivery *delivery, struct push_entry *entry);

/*
 * When to call delivery__try() next: a time in nanoseconds on the caller's clock; 0: at once; DELIVERY_NEVER: there is
 * nothing to deliver.
 */
uint64_t delivery__due(struct delivery *delivery);

/* Tries to deliver the oldest profile. Makes at most one request. */
void delivery__try(struct delivery *delivery, uint64_t now_ns, const struct push_cancel *cancel);

/* Cancels the current delay: the next attempt is due at once. */
void delivery__hurry(struct delivery *delivery);

/* Counts N profiles that were dropped before they were added here. */
void delivery__count_dropped(struct delivery *delivery, size_t n);

/* Writes the profiles in memory to the spool, and reports what happened to the profiles if not all were delivered. */
void delivery__finish(struct delivery *delivery);

struct delivery_counts {
	size_t delivered, refused, dropped;
	size_t damaged; /* files of the spool that were damaged */
	size_t lost;	/* at the end: neither delivered nor in the spool, because it could not be written */
};

struct delivery_counts delivery__counts(const struct delivery *delivery);

#endif
