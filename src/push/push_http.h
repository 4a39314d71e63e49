/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_http: requests over the network.
 */
#ifndef LPROF_PUSH_HTTP_H
#define LPROF_PUSH_HTTP_H

#include "push/push_transport.h"
#include "push/push_url.h"

struct push_http;

/*
 * Prepares requests to URL, borrowed, with its credentials or, if not NULL, the bearer TOKEN, which is copied. To be
 * called before there are threads. 0 and the client owned by the caller, or -ENOMEM.
 *
 * Nothing is redirected (credentials and profiles go where the user said), certificates are verified, a request takes
 * at most 30 s, and the proxy of the environment is used.
 */
int push_http__open(const struct push_url *url, const char *token, struct push_http **out);
void push_http__close(struct push_http *http); /* NULL is allowed */

/* Its requests; valid until it is closed, for one thread at a time. */
struct push_transport push_http__transport(struct push_http *http);

#endif
