/* SPDX-License-Identifier: GPL-2.0-or-later */
/* push_http: makes requests over the network. Apart from push_url and push_request, only this module uses libcurl. */
#ifndef LPROF_PUSH_HTTP_H
#define LPROF_PUSH_HTTP_H

#include "push/push_transport.h"
#include "push/push_url.h"

struct push_http;

/*
 * Prepares requests to URL, which is borrowed, with the credentials in URL or, if TOKEN is not NULL, with the bearer
 * token TOKEN, which is copied. Must be called before any thread is started. Returns 0 and a client owned by the
 * caller, or -ENOMEM.
 *
 * Redirections are not followed, because credentials and profiles must only go where the user said. Certificates are
 * verified. A request takes at most 30 s. Proxies are taken from the environment.
 */
int push_http__open(const struct push_url *url, const char *token, struct push_http **out);
void push_http__close(struct push_http *http); /* NULL is allowed */

/* The transport that makes the requests. Valid until HTTP is closed; to be used by one thread at a time. */
struct push_transport push_http__transport(struct push_http *http);

#endif
