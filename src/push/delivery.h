/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * delivery: gets profiles to a store, in order, whatever happens to the store meanwhile. It has neither a clock nor a
 * thread of its own: who uses it says what time it is and when to try.
 *
 * A profile goes straight from memory to the store as long as the store takes what it gets. One that it does not take
 * now, and those after it, go through the spool, where they outlive this process; what the spool holds goes first.
 * If the spool cannot be written, they stay in memory. Memory holds the limit of the configuration, the spool the one
 * that it was made with; beyond that the oldest go.
 *
 * What an answer means:
 *   2xx                               delivered
 *   4xx, but not 408, 425 and 429     refused: it would be again, so the profile is dropped
 *   anything else, or none            to be tried again, after 1 to 2 s, doubled each time until it is 30 to 60 s
 *                                     (the later part at random, so that many senders do not come back at once), and
 *                                     not before the server's Retry-After, up to 60 s
 * A profile whose answer was lost is sent again, and may then arrive twice.
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
	const struct push_url *url; /* this and the rest are borrowed */
	struct push_transport transport;
	struct spool *spool;
	const char *directory; /* the spool's, for messages */
	const struct diag *diag;
	uint64_t limit; /* bytes in memory; 0: DELIVERY_LIMIT */
	uint64_t seed;	/* of the random part of delays */
};

struct delivery;

struct delivery *delivery__new(const struct delivery_config *config); /* NULL: no memory */
void delivery__free(struct delivery *delivery);			      /* forgets what is in memory; NULL is allowed */

/* Takes over ENTRY, to be delivered after all that came before. */
void delivery__add(struct delivery *delivery, struct push_entry *entry);

/* When the next attempt is due: a time in ns on the caller's clock, 0 for at once, DELIVERY_NEVER: there is nothing. */
uint64_t delivery__due(struct delivery *delivery);

/* Tries to deliver the oldest profile; at most one request. */
void delivery__try(struct delivery *delivery, uint64_t now_ns, const struct push_cancel *cancel);

/* Forgets for how long it was to wait: the next attempt is due at once. */
void delivery__hurry(struct delivery *delivery);

/* Counts N profiles that were dropped before they came here; of the first it is said that they are. */
void delivery__count_dropped(struct delivery *delivery, size_t n);

/* Puts what is in memory into the spool, and says what became of the profiles if not all were delivered. */
void delivery__finish(struct delivery *delivery);

struct delivery_counts {
	size_t delivered, refused, dropped;
	size_t damaged; /* files of the spool that made no sense */
	size_t lost;	/* at the end: neither delivered nor in the spool */
};

struct delivery_counts delivery__counts(const struct delivery *delivery);

#endif
