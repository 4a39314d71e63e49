// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/grow.h"

#define MOST_BYTES ((uint64_t)1 << 31)
#define NO_TEXT	   UINT64_MAX

struct head {
	uint64_t size;
	uint32_t kind;
	int32_t number;
};

void wire__put(struct wire *wire, const void *bytes, size_t n)
{
	if (wire->failed || !n)
		return;
	if (grow__to(&wire->bytes, &wire->capacity, wire->n + n, 1)) {
		wire->failed = true;
		return;
	}
	memcpy(wire->bytes + wire->n, bytes, n);
	wire->n += n;
}

void wire__put_number(struct wire *wire, uint64_t number)
{
	wire__put(wire, &number, sizeof(number));
}

void wire__put_text(struct wire *wire, const char *text)
{
	wire__put_number(wire, text ? strlen(text) : NO_TEXT);
	if (text)
		wire__put(wire, text, strlen(text));
}

void wire__put_array(struct wire *wire, const void *items, size_t n, size_t size)
{
	wire__put_number(wire, n);
	wire__put(wire, items, n * size);
}

void wire__release(struct wire *wire)
{
	free(wire->bytes);
	*wire = (struct wire){.bytes = NULL};
}

struct wire_reader wire__reader(const struct wire *wire)
{
	return (struct wire_reader){.at = wire->bytes, .end = wire->bytes + wire->n};
}

static size_t left(const struct wire_reader *reader)
{
	return reader->failed ? 0 : (size_t)(reader->end - reader->at);
}

void wire__get(struct wire_reader *reader, void *bytes, size_t n)
{
	if (n > left(reader)) {
		reader->failed = true;
		memset(bytes, 0, n);
	} else if (n) {
		memcpy(bytes, reader->at, n);
		reader->at += n;
	}
}

uint64_t wire__get_number(struct wire_reader *reader)
{
	uint64_t number = 0;

	wire__get(reader, &number, sizeof(number));
	return number;
}

uint64_t wire__get_below(struct wire_reader *reader, uint64_t limit)
{
	uint64_t number = wire__get_number(reader);

	if (number < limit)
		return number;
	reader->failed = true;
	return 0;
}

char *wire__get_text(struct wire_reader *reader)
{
	uint64_t n = wire__get_number(reader);
	char *text;

	if (n == NO_TEXT)
		return NULL;
	if (n > left(reader) || memchr(reader->at, '\0', n)) {
		reader->failed = true;
		return NULL;
	}
	text = strndup((const char *)reader->at, n);
	if (!text)
		reader->failed = reader->full = true;
	else
		reader->at += n;
	return text;
}

size_t wire__get_count(struct wire_reader *reader, size_t least)
{
	uint64_t n = wire__get_number(reader);

	if (n <= left(reader) / least)
		return n;
	reader->failed = true;
	return 0;
}

void *wire__get_array(struct wire_reader *reader, size_t size, size_t *n)
{
	void *items;

	*n = wire__get_count(reader, size);
	items = reader->failed ? NULL : calloc(*n + 1, size);
	if (!items) {
		reader->full |= !reader->failed;
		reader->failed = true;
		*n = 0;
		return NULL;
	}
	wire__get(reader, items, *n * size);
	return items;
}

int wire__finish(const struct wire_reader *reader)
{
	if (reader->full)
		return -ENOMEM;
	return reader->failed || reader->at != reader->end ? -EBADMSG : 0;
}

static int send_all(int socket, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	while (n) {
		ssize_t sent = send(socket, at, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -EPIPE;
		at += sent;
		n -= (size_t)sent;
	}
	return 0;
}

int wire__send(int socket, uint32_t kind, int32_t number, const struct wire *bytes)
{
	const struct head head = {.size = bytes ? bytes->n : 0, .kind = kind, .number = number};
	int err = bytes && bytes->failed ? -ENOMEM : send_all(socket, &head, sizeof(head));

	return err || !bytes ? err : send_all(socket, bytes->bytes, bytes->n);
}

static int receive_all(int socket, void *bytes, size_t n)
{
	uint8_t *at = bytes;

	while (n) {
		ssize_t got = recv(socket, at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -EPIPE;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

int wire__receive(int socket, uint32_t *kind, int32_t *number, struct wire *bytes)
{
	struct head head;
	int err = receive_all(socket, &head, sizeof(head));

	if (err)
		return err;
	if (head.size > MOST_BYTES)
		return -EBADMSG;
	*kind = head.kind;
	*number = head.number;
	bytes->n = 0;
	bytes->failed = false;
	if (grow__to(&bytes->bytes, &bytes->capacity, head.size, 1))
		return -ENOMEM;
	bytes->n = head.size;
	return receive_all(socket, bytes->bytes, bytes->n);
}
