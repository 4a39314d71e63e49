/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_request: makes the HTTP request that sends a profile to a store. Pure.
 *
 * Pyroscope: its HTTP API's /ingest, with the gzip-compressed pprof profile as the body:
 *   POST ADDRESS?name=SERVICE{pid=N,hostname=H,clock=wall}&from=NS&until=NS&format=pprof&spyName=lprof-bpf
 *   Content-Type: binary/octet-stream
 *
 * Parca: the method WriteRaw of parca.profilestore.v1alpha1.ProfileStoreService. Parca itself accepts it as JSON at
 * /api/profiles/writeraw, a Connect server at the method's own path:
 *   POST ADDRESS
 *   Content-Type: application/json
 *   Connect-Protocol-Version: 1
 *   {"series":[{"labels":{"labels":[{"name":"__name__","value":"lprof_bpf"},{"name":"service_name","value":S},...]},
 *     "samples":[{"rawProfile":"BASE64"}]}],"normalized":true}
 *
 * Credentials are not part of the request; the transport adds them.
 */
#ifndef LPROF_PUSH_REQUEST_H
#define LPROF_PUSH_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "push/push_entry.h"
#include "push/push_url.h"

struct push_request {
	char *url;
	const char *const *headers; /* NULL-terminated; static */
	const void *body;
	size_t size;
	char *owned; /* memory of the body, if it is not the entry's */
};

/*
 * Makes the request for ENTRY, and borrows its data. Returns 0 or -ENOMEM. The caller must call push_request__clear()
 * in either case.
 */
int push_request__make(const struct push_url *url, const struct push_entry *entry, struct push_request *out);
void push_request__clear(struct push_request *request);

/* Encodes SIZE bytes in base64 (RFC 4648, padded), in memory that the caller frees; NULL when out of memory. */
char *push_request__base64(const void *data, size_t size);

#endif
