/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_entry: a profile to be sent to a store: its bytes, the time it covers, and its labels in the store. Pure.
 *
 * In a file it is a line of JSON that ends in a newline, followed by the bytes:
 *   {"format":"lprof-bpf push","version":1,"begin_ns":N,"end_ns":N,"size":N,"labels":{"service_name":S,...}}
 */
#ifndef LPROF_PUSH_ENTRY_H
#define LPROF_PUSH_ENTRY_H

#include <stddef.h>
#include <stdint.h>

enum push_label {
	PUSH_LABEL_SERVICE,
	PUSH_LABEL_PID,
	PUSH_LABEL_HOSTNAME,
	PUSH_LABEL_CLOCK,
	PUSH_LABEL_CGROUP,
	PUSH_LABEL_CONTAINER,
	PUSH_LABEL_POD,
	PUSH_LABEL_UNIT,
	PUSH_LABELS
};

#define PUSH_LABEL_SIZE 256

struct push_labels {
	char values[PUSH_LABELS][PUSH_LABEL_SIZE]; /* "": the label is not set */
};

/* The name of the label in the store, such as "service_name". Static. */
const char *push_label__name(enum push_label label);

/*
 * Sets a label to VALUE, cut off if it is too long. All characters except letters, digits and "._/-" become "_",
 * because stores reject them or take them as the end of the value.
 */
void push_labels__set(struct push_labels *labels, enum push_label label, const char *value);

struct push_entry {
	struct push_entry *next; /* for lists of entries */
	struct push_labels labels;
	uint64_t begin_ns, end_ns; /* since 1970 */
	uint8_t *data;
	size_t size;
};

/*
 * Creates an entry, owned by the caller; NULL when out of memory. Takes ownership of DATA, which was allocated with
 * malloc(), even on failure.
 */
struct push_entry *push_entry__new(const struct push_labels *labels, uint64_t begin_ns, uint64_t end_ns, uint8_t *data,
				   size_t size);
void push_entry__free(struct push_entry *entry); /* NULL is allowed */

/* Encodes ENTRY as it is in a file, in memory that the caller frees. Returns 0 or -ENOMEM. */
int push_entry__pack(const struct push_entry *entry, uint8_t **out, size_t *size);

/*
 * Decodes the contents of a file. Returns 0 and an entry owned by the caller, -EBADMSG when it is damaged or something
 * else, or -ENOMEM.
 */
int push_entry__unpack(const uint8_t *packed, size_t size, struct push_entry **out);

#endif
