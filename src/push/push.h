/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push: profiles sent to a store while profiling goes on. A thread of its own sends them, so that no store, however
 * slow, delays whoever adds one. What is sent is described in push_request.h, what becomes of it in delivery.h.
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
#define PUSH_FAREWELL_SECONDS 5 /* for which push__close() delivers what is left */

struct push_config {
	const struct push_url *url; /* this and the rest are borrowed until push__close() */
	const struct push_labels *labels;
	const char *spool; /* directory; NULL: PUSH_SPOOL */
	struct push_transport transport;
	const struct diag *diag; /* used by both threads */
};

struct push;

/*
 * Starts the thread, with all signals blocked, which at once delivers what earlier runs have left for the same URL.
 * 0 and *out, or -errno that was said in DIAG.
 */
int push__open(const struct push_config *config, struct push **out);

/*
 * Queues SIZE bytes of a gzip'd pprof profile of what was counted from BEGIN_NS to END_NS (since 1970), and returns at
 * once. DATA, allocated with malloc, is taken over, also when this fails. 0 or -ENOMEM.
 */
int push__add(struct push *push, uint8_t *data, size_t size, uint64_t begin_ns, uint64_t end_ns);

/*
 * Delivers for up to PUSH_FAREWELL_SECONDS (less when SIGINT, SIGTERM or SIGHUP, which the caller has blocked, is
 * pending then), leaves the rest in the spool, says in DIAG what is left or lost, and ends the thread. NULL is allowed.
 */
void push__close(struct push *push);

#endif
