/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_request: the HTTP request that brings one profile to a store. Pure.
 *
 * Pyroscope (its HTTP API's /ingest): the raw body is the gzip'd pprof profile,
 *   POST ADDRESS?name=SERVICE{pid=N,hostname=H,clock=wall}&from=NS&until=NS&format=pprof&spyName=lprof-bpf
 *   Content-Type: binary/octet-stream
 *
 * Parca (parca.profilestore.v1alpha1.ProfileStoreService, method WriteRaw; Parca itself offers it to JSON at
 * /api/profiles/writeraw, a Connect server at the method's own path):
 *   POST ADDRESS
 *   Content-Type: application/json
 *   Connect-Protocol-Version: 1
 *   {"series":[{"labels":{"labels":[{"name":"__name__","value":"lprof_bpf"},{"name":"service_name","value":S},...]},
 *     "samples":[{"rawProfile":"BASE64"}]}],"normalized":true}
 *
 * Credentials are not in it: whoever sends it adds them.
 */
#ifndef LPROF_PUSH_REQUEST_H
#define LPROF_PUSH_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "push/push_entry.h"
#include "push/push_url.h"

struct push_request {
	char *url;
	const char *const *headers; /* NULL at their end; static */
	const void *body;
	size_t size;
	char *owned; /* the body's memory when it is not the entry's */
};

/* Makes the request for ENTRY, whose data it borrows. 0 or -ENOMEM; clear it in either case. */
int push_request__make(const struct push_url *url, const struct push_entry *entry, struct push_request *out);
void push_request__clear(struct push_request *request);

/* SIZE bytes in base64 (RFC 4648, padded), in memory that the caller frees; NULL when there is none. */
char *push_request__base64(const void *data, size_t size);

#endif
