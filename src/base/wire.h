/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire: what two processes of this program say to each other through a socket: messages of a kind, a number and bytes.
 * Whoever reads need not trust who wrote: no read goes beyond the bytes, and no count allocates more than they can
 * hold.
 */
#ifndef LPROF_WIRE_H
#define LPROF_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are being written; zeros at first. */
struct wire {
	uint8_t *bytes;
	size_t n, capacity;
	bool failed; /* for want of memory */
};

void wire__put(struct wire *wire, const void *bytes, size_t n);
void wire__put_number(struct wire *wire, uint64_t number);
void wire__put_text(struct wire *wire, const char *text); /* NULL is another thing than "" */
void wire__put_array(struct wire *wire, const void *items, size_t n, size_t size);
void wire__release(struct wire *wire);

/* Bytes that are being read. FAILED is set by the first read of what is not there; reads give zeros from then on. */
struct wire_reader {
	const uint8_t *at, *end;
	bool failed;
	bool full; /* it has failed for want of memory */
};

struct wire_reader wire__reader(const struct wire *wire);
void wire__get(struct wire_reader *reader, void *bytes, size_t n);
uint64_t wire__get_number(struct wire_reader *reader);
uint64_t wire__get_below(struct wire_reader *reader, uint64_t limit); /* a number that is less than LIMIT */
char *wire__get_text(struct wire_reader *reader);		      /* owned by the caller; NULL as it was put */

/* A count of things that take at least LEAST bytes each. */
size_t wire__get_count(struct wire_reader *reader, size_t least);

/* An array of SIZE bytes each, owned by the caller, NULL when it failed. Sets *n. */
void *wire__get_array(struct wire_reader *reader, size_t size, size_t *n);

/* 0 when all was read and nothing else is left, -EBADMSG or -ENOMEM. */
int wire__finish(const struct wire_reader *reader);

/* 0, -EPIPE when the other end is closed, or -ENOMEM. BYTES: NULL for none. */
int wire__send(int socket, uint32_t kind, int32_t number, const struct wire *bytes);

/* Replaces BYTES. 0; -EPIPE: the other end is closed; -ENOMEM; -EBADMSG: the message is longer than any is. */
int wire__receive(int socket, uint32_t *kind, int32_t *number, struct wire *bytes);

#endif
