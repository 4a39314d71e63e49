/* SPDX-License-Identifier: GPL-2.0-or-later */
/* push_transport: the interface to what sends a request: push_http, or a stand-in in tests. */
#ifndef LPROF_PUSH_TRANSPORT_H
#define LPROF_PUSH_TRANSPORT_H

#include <stdbool.h>

#include "push/push_request.h"

struct push_answer {
	int status;	     /* HTTP status; 0: no answer came */
	double wait_seconds; /* how long the server asks to wait before the next attempt; 0: it did not say */
	char words[256];     /* the server's text, or why there was no answer; printable, without secrets; "": none */
};

/* wanted() is called now and then during a request; if it returns true, the request is cancelled. */
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
