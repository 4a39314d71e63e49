/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_parser: reads JSON objects into structs by tables of their keys. Unknown keys are skipped, because later
 * versions of this program may add keys. It is an error if a required key is missing, or if a key is given twice or has
 * a value of another type. Pure, except that the reader may read from a file descriptor.
 */
#ifndef LPROF_JSON_PARSER_H
#define LPROF_JSON_PARSER_H

#include <stddef.h>
#include <stdint.h>

#include "profile/json_reader.h"
#include "profile/profile_owner.h"

struct json_parser {
	struct json_reader reader;
	void *context;	 /* the caller's */
	const char *key; /* the key whose value is being read, for messages; NULL: none was read yet */
	uint64_t kept;	 /* estimated bytes of memory that the result takes */
	char message[128];
};

struct json_key {
	const char *name;
	size_t len;
	void (*read)(struct json_parser *parser, const struct json_key *key, void *object);
	size_t field; /* offset of the field in OBJECT that is set */
	uint64_t max; /* largest allowed number */
	bool required;
};

#define JSON_KEY(name)	name, sizeof(name) - 1
#define JSON_KEYS(keys) (sizeof(keys) / sizeof(*(keys))) /* their number; 32 at most */

/* clang-format off */
#define JSON_NUMBER(type, name, is_required) \
	{JSON_KEY(#name), json_parser__u64, offsetof(type, name), INT64_MAX, is_required}
#define JSON_NUMBER32(type, name, is_required) \
	{JSON_KEY(#name), json_parser__u32, offsetof(type, name), UINT32_MAX, is_required}
/* The keys of MEMBER, a struct profile_owner. None is required. */
#define JSON_OWNER(type, member) \
	{JSON_KEY("pid"), json_parser__pid, offsetof(type, member), 0, false}, \
	{JSON_KEY("comm"), json_parser__comm, offsetof(type, member), 0, false}, \
	{JSON_KEY("tid"), json_parser__tid, offsetof(type, member), 0, false}, \
	{JSON_KEY("rank"), json_parser__rank, offsetof(type, member), 0, false}
/* clang-format on */

/* Reads an object by the N keys of its table into OBJECT. */
void json_parser__object(struct json_parser *parser, const struct json_key *keys, size_t n, void *object);

/* Sets the reader's problem, formatted like printf(3), unless there is one already. */
void json_parser__fail(struct json_parser *parser, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes the result, 0 or -ENOMEM, of a function that allocates, and makes the latter the problem. */
void json_parser__check(struct json_parser *parser, int err);

/* Counts the memory of one more allocation of BYTES bytes; more than what may be kept in all is a problem. */
void json_parser__keep(struct json_parser *parser, size_t bytes);

/* Reads a whole number from 1 to MAX; anything else is a problem. */
int json_parser__positive(struct json_parser *parser, uint64_t max);

/* For tables of keys: read a value into the field. */
void json_parser__u64(struct json_parser *parser, const struct json_key *key, void *object);
void json_parser__u32(struct json_parser *parser, const struct json_key *key, void *object);
void json_parser__boolean(struct json_parser *parser, const struct json_key *key, void *object);
/* The field is a char *, which is freed first. */
void json_parser__string(struct json_parser *parser, const struct json_key *key, void *object);
/* The field is a struct profile_owner. */
void json_parser__pid(struct json_parser *parser, const struct json_key *key, void *object);
void json_parser__tid(struct json_parser *parser, const struct json_key *key, void *object);
void json_parser__comm(struct json_parser *parser, const struct json_key *key, void *object);
void json_parser__rank(struct json_parser *parser, const struct json_key *key, void *object);

#endif
