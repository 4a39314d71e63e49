// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/push_entry.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define FORMAT	"lprof-bpf push"
#define VERSION 1

static const char *const names[PUSH_LABELS] = {
	[PUSH_LABEL_SERVICE] = "service_name",
	[PUSH_LABEL_PID] = "pid",
	[PUSH_LABEL_HOSTNAME] = "hostname",
	[PUSH_LABEL_CLOCK] = "clock",
	[PUSH_LABEL_CGROUP] = "cgroup",
	[PUSH_LABEL_CONTAINER] = "container",
	[PUSH_LABEL_POD] = "pod",
	[PUSH_LABEL_UNIT] = "unit",
};

const char *push_label__name(enum push_label label)
{
	return names[label];
}

static bool is_allowed(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("._/-", c));
}

void push_labels__set(struct push_labels *labels, enum push_label label, const char *value)
{
	char *at = labels->values[label];
	size_t i;

	for (i = 0; value[i] && i + 1 < PUSH_LABEL_SIZE; i++)
		at[i] = (char)(is_allowed(value[i]) ? value[i] : '_');
	at[i] = '\0';
}

struct push_entry *push_entry__new(const struct push_labels *labels, uint64_t begin_ns, uint64_t end_ns, uint8_t *data,
				   size_t size)
{
	struct push_entry *entry = calloc(1, sizeof(*entry));

	if (!entry) {
		free(data);
		return NULL;
	}
	entry->labels = *labels;
	entry->begin_ns = begin_ns;
	entry->end_ns = end_ns;
	entry->data = data;
	entry->size = size;
	return entry;
}

void push_entry__free(struct push_entry *entry)
{
	if (!entry)
		return;
	free(entry->data);
	free(entry);
}

static json_t *head_of(const struct push_entry *entry)
{
	json_t *labels = json_object();
	int failed = labels ? 0 : -1;

	for (int i = 0; i < PUSH_LABELS; i++)
		if (*entry->labels.values[i])
			failed |= json_object_set_new(labels, names[i], json_string(entry->labels.values[i]));
	if (failed) {
		json_decref(labels);
		return NULL;
	}
	return json_pack("{s:s, s:i, s:I, s:I, s:I, s:o}", "format", FORMAT, "version", VERSION, "begin_ns",
			 (json_int_t)entry->begin_ns, "end_ns", (json_int_t)entry->end_ns, "size",
			 (json_int_t)entry->size, "labels", labels);
}

int push_entry__pack(const struct push_entry *entry, uint8_t **out, size_t *size)
{
	json_t *head = head_of(entry);
	size_t length = head ? json_dumpb(head, NULL, 0, JSON_COMPACT) : 0;
	uint8_t *packed = length ? malloc(length + 1 + entry->size) : NULL;

	if (packed) {
		json_dumpb(head, (char *)packed, length, JSON_COMPACT);
		packed[length] = '\n';
		if (entry->size)
			memcpy(packed + length + 1, entry->data, entry->size);
		*out = packed;
		*size = length + 1 + entry->size;
	}
	json_decref(head);
	return packed ? 0 : -ENOMEM;
}

static struct push_labels labels_of(const json_t *object)
{
	struct push_labels labels = {0};

	for (int i = 0; i < PUSH_LABELS; i++) {
		const char *value = json_string_value(json_object_get(object, names[i]));

		push_labels__set(&labels, (enum push_label)i, value ? value : "");
	}
	return labels;
}

static int unpack(json_t *head, const uint8_t *data, size_t size, struct push_entry **out)
{
	json_int_t begin_ns, end_ns, said_size;
	struct push_labels labels;
	const char *format;
	uint8_t *copy;
	json_t *object;
	int version;

	if (json_unpack(head, "{s:s, s:i, s:I, s:I, s:I, s:o}", "format", &format, "version", &version, "begin_ns",
			&begin_ns, "end_ns", &end_ns, "size", &said_size, "labels", &object))
		return -EBADMSG;
	if (strcmp(format, FORMAT) != 0 || version != VERSION || said_size < 0 || (size_t)said_size != size)
		return -EBADMSG;
	copy = malloc(size + !size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, size);
	labels = labels_of(object);
	*out = push_entry__new(&labels, (uint64_t)begin_ns, (uint64_t)end_ns, copy, size);
	return *out ? 0 : -ENOMEM;
}

int push_entry__unpack(const uint8_t *packed, size_t size, struct push_entry **out)
{
	const uint8_t *newline = memchr(packed, '\n', size);
	size_t length = newline ? (size_t)(newline - packed) : 0;
	json_t *head = newline ? json_loadb((const char *)packed, length, 0, NULL) : NULL;
	int err = head ? unpack(head, newline + 1, size - length - 1, out) : -EBADMSG;

	json_decref(head);
	return err;
}
