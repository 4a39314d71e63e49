/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_entry: one profile on its way to a store: its bytes, when it was counted, and what it is called there. Pure.
 *
 * On disk it is a line of JSON that ends in a newline, and the bytes:
 *   {"format":"lprof-bpf push","version":1,"begin_ns":N,"end_ns":N,"size":N,"labels":{"service_name":S,...}}
 */
#ifndef LPROF_PUSH_ENTRY_H
#define LPROF_PUSH_ENTRY_H

#include <stddef.h>
#include <stdint.h>

enum push_label { PUSH_LABEL_SERVICE, PUSH_LABEL_PID, PUSH_LABEL_HOSTNAME, PUSH_LABEL_CLOCK, PUSH_LABELS };

#define PUSH_LABEL_SIZE 128

struct push_labels {
	char values[PUSH_LABELS][PUSH_LABEL_SIZE]; /* "": there is none */
};

/* What the store calls it: "service_name"; static. */
const char *push_label__name(enum push_label label);

/*
 * Sets a label to VALUE, cut where it is too long; all but letters, digits and "._/-" becomes "_", since the stores
 * take nothing else or take it as the end of the value.
 */
void push_labels__set(struct push_labels *labels, enum push_label label, const char *value);

struct push_entry {
	struct push_entry *next; /* for who keeps them in a list */
	struct push_labels labels;
	uint64_t begin_ns, end_ns; /* since 1970 */
	uint8_t *data;
	size_t size;
};

/* Takes over DATA, allocated with malloc, also when it fails. The entry, owned by the caller, or NULL: no memory. */
struct push_entry *push_entry__new(const struct push_labels *labels, uint64_t begin_ns, uint64_t end_ns, uint8_t *data,
				   size_t size);
void push_entry__free(struct push_entry *entry); /* NULL is allowed */

/* As it is on disk, in memory that the caller frees. 0 or -ENOMEM. */
int push_entry__pack(const struct push_entry *entry, uint8_t **out, size_t *size);

/* The reverse. 0 and an entry owned by the caller, -EBADMSG when it is no such thing or damaged, or -ENOMEM. */
int push_entry__unpack(const uint8_t *packed, size_t size, struct push_entry **out);

#endif
