/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_transport: what sends a request: over the network, or a test's stand-in.
 */
#ifndef LPROF_PUSH_TRANSPORT_H
#define LPROF_PUSH_TRANSPORT_H

#include <stdbool.h>

#include "push/push_request.h"

struct push_answer {
	int status;	     /* of HTTP, 0: no answer came */
	double wait_seconds; /* what the server asks to wait before the next attempt, 0: nothing said */
	char words[256];     /* the server's, or why there was no answer; printable, without secrets; "" if none */
};

/* Asked now and then during a request; true ends it. */
struct push_cancel {
	bool (*wanted)(void *context);
	void *context;
};

struct push_transport {
	/* Sends REQUEST once, waits for the answer, and fills *answer. */
	void (*post)(void *context, const struct push_request *request, const struct push_cancel *cancel,
		     struct push_answer *answer);
	void *context;
};

#endif
