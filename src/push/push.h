/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push: sends profiles to a store while profiling goes on. A separate thread sends them, so that a slow store never
 * delays the thread that adds profiles. push_request.h describes the requests, delivery.h how failures are handled.
 */
#ifndef LPROF_PUSH_H
#define LPROF_PUSH_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "push/push_entry.h"
#include "push/push_transport.h"
#include "push/push_url.h"

#define PUSH_SPOOL	      "/var/lib/lprof-bpf/spool"
#define PUSH_FAREWELL_SECONDS 5 /* how long push__close() goes on delivering */

struct push_config {
	const struct push_url *url; /* this and all other pointers are borrowed until push__close() */
	const struct push_labels *labels;
	const char *spool; /* directory; NULL: PUSH_SPOOL */
	struct push_transport transport;
	const struct diag *diag; /* used by both threads */
};

struct push;

/*
 * Starts the sending thread, in which all signals are blocked. It begins at once with profiles that earlier runs left
 * in the spool for the same URL. Returns 0 and *out, or -errno, reported to DIAG.
 */
int push__open(const struct push_config *config, struct push **out);

/*
 * Queues a gzip-compressed pprof profile of SIZE bytes for delivery and returns at once. It covers the time from
 * BEGIN_NS to END_NS (since 1970). Takes ownership of DATA, which was allocated with malloc(), even on failure.
 * Returns 0 or -ENOMEM.
 */
int push__add(struct push *push, uint8_t *data, size_t size, uint64_t begin_ns, uint64_t end_ns);

/*
 * Goes on delivering for up to PUSH_FAREWELL_SECONDS, or until SIGINT, SIGTERM or SIGHUP is pending; the caller must
 * have blocked these signals. Leaves the rest in the spool, reports to DIAG what is left or lost, and ends the thread.
 * NULL is allowed.
 */
void push__close(struct push *push);

#endif
