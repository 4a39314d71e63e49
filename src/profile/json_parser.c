// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/json_parser.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_KEPT (UINT64_C(512) << 20) /* limit of bytes in memory, estimated */

void json_parser__fail(struct json_parser *parser, const char *format, ...)
{
	va_list args;

	if (parser->reader.problem)
		return;
	va_start(args, format);
	vsnprintf(parser->message, sizeof(parser->message), format, args);
	va_end(args);
	json_reader__fail(&parser->reader, parser->message);
}

void json_parser__check(struct json_parser *parser, int err)
{
	if (err)
		json_reader__run_out(&parser->reader);
}

/* The allocator's own overhead is about 16 bytes. */
void json_parser__keep(struct json_parser *parser, size_t bytes)
{
	parser->kept += bytes + 16;
	if (parser->kept > MOST_KEPT)
		json_parser__fail(
			parser, "it holds more than the %u MiB that fit into memory; merge or profile fewer functions",
			(unsigned)(MOST_KEPT >> 20));
}

/*
 * Goes to the next member of an object and sets *found to the index of its key, or to N if the key is unknown. Returns
 * false at the end of the object. Keys mostly come in the order of the table, so those from index AT on are tried
 * first.
 */
static bool next_key(struct json_parser *parser, const struct json_key *keys, size_t n, size_t at, size_t *found)
{
	struct json_text name;

	for (*found = at; *found < n; ++*found)
		if (json_reader__take_member(&parser->reader, keys[*found].name, keys[*found].len))
			return true;
	if (!json_reader__member(&parser->reader, &name))
		return false;
	for (*found = 0; *found < n && !json_text__is(&name, keys[*found].name);)
		++*found;
	return true;
}

void json_parser__object(struct json_parser *parser, const struct json_key *keys, size_t n, void *object)
{
	size_t at = 0, found;
	unsigned seen = 0;

	json_reader__enter(&parser->reader, '{');
	while (next_key(parser, keys, n, at, &found)) {
		if (found == n) {
			json_reader__skip(&parser->reader);
			continue;
		}
		parser->key = keys[found].name;
		if (seen & 1u << found)
			json_parser__fail(parser, "a key is given twice");
		seen |= 1u << found;
		keys[found].read(parser, &keys[found], object);
		at = found + 1;
	}
	for (size_t i = 0; i < n; i++) {
		if (keys[i].required && !(seen & 1u << i) && !parser->reader.problem) {
			parser->key = keys[i].name;
			json_parser__fail(parser, "a key is missing");
		}
	}
}

void json_parser__u64(struct json_parser *parser, const struct json_key *key, void *object)
{
	*(uint64_t *)((char *)object + key->field) = json_reader__integer(&parser->reader, key->max);
}

void json_parser__u32(struct json_parser *parser, const struct json_key *key, void *object)
{
	*(uint32_t *)((char *)object + key->field) = (uint32_t)json_reader__integer(&parser->reader, key->max);
}

int json_parser__positive(struct json_parser *parser, uint64_t max)
{
	int number = (int)json_reader__integer(&parser->reader, max);

	if (!number)
		json_parser__fail(parser, "a number must not be 0 here");
	return number;
}

void json_parser__string(struct json_parser *parser, const struct json_key *key, void *object)
{
	char **field = (char **)((char *)object + key->field);
	const struct json_text text = json_reader__string(&parser->reader);
	char *copy = strndup(text.text, text.len);

	json_parser__keep(parser, text.len);
	json_parser__check(parser, copy ? 0 : -ENOMEM);
	if (!copy)
		return;
	free(*field);
	*field = copy;
}

void json_parser__boolean(struct json_parser *parser, const struct json_key *key, void *object)
{
	*(bool *)((char *)object + key->field) = json_reader__boolean(&parser->reader);
}

static struct profile_owner *owner_of(const struct json_key *key, void *object)
{
	return (struct profile_owner *)((char *)object + key->field);
}

void json_parser__pid(struct json_parser *parser, const struct json_key *key, void *object)
{
	owner_of(key, object)->pid = json_parser__positive(parser, INT_MAX);
}

void json_parser__tid(struct json_parser *parser, const struct json_key *key, void *object)
{
	owner_of(key, object)->tid = json_parser__positive(parser, INT_MAX);
}

void json_parser__comm(struct json_parser *parser, const struct json_key *key, void *object)
{
	struct profile_owner *owner = owner_of(key, object);
	const struct json_text text = json_reader__string(&parser->reader);

	if (text.len >= sizeof(owner->comm)) {
		json_parser__fail(parser, "a name is too long");
		return;
	}
	memcpy(owner->comm, text.text, text.len);
	owner->comm[text.len] = '\0';
}

void json_parser__rank(struct json_parser *parser, const struct json_key *key, void *object)
{
	struct profile_owner *owner = owner_of(key, object);

	owner->rank = (int)json_reader__integer(&parser->reader, INT_MAX);
	owner->has_rank = true;
}
