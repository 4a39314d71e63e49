/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_reader: JSON (RFC 8259) read front to back, value by value, without building a tree. Pure.
 *
 * The caller says what it expects next. The first thing that is not as expected is kept as the reader's
 * problem, everything after it fails at once, and so one check at the end of a chain is enough:
 *
 *	json_reader__enter(&reader, '{');
 *	while (json_reader__member(&reader, &key))
 *		...; // takes the member's value: one of the functions below, or json_reader__skip()
 *	json_reader__end(&reader);
 *	if (reader.problem) ...
 */
#ifndef LPROF_JSON_READER_H
#define LPROF_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A string's text, borrowed until anything else is read: UTF-8 without a NUL, not even one at its end. */
struct json_text {
	const char *text;
	size_t len;
};

struct json_reader {
	const char *text;
	size_t size;
	size_t at;
	bool fresh; /* the container that was entered last has had no value yet */
	unsigned depth;
	const char *problem; /* static, what is wrong at AT ("a number was expected"); NULL: nothing */
	char *room;	     /* of strings */
	size_t capacity;
	/* Of a file: TEXT is a window of it, AT and SIZE are within that. */
	int fd; /* -1: there is no more than SIZE */
	char *window;
	size_t window_size;
	uint64_t passed; /* what came before the window */
	int err;	 /* why the file cannot be read, or -ENOMEM; 0: neither is the PROBLEM */
};

/* No string that is wanted may be longer; one that is skipped may. */
#define JSON_READER_MOST_STRING ((size_t)1 << 20)

/* Of SIZE bytes at TEXT, which are borrowed until json_reader__release(). */
void json_reader__init(struct json_reader *reader, const char *text, size_t size);
void json_reader__release(struct json_reader *reader);

/*
 * Of the file FD, borrowed, which may be a pipe: read piece by piece, so that the memory it takes does not depend on
 * its size. What is skipped is looked at only as far as it takes to find its end.
 */
void json_reader__init_file(struct json_reader *reader, int fd);

/* How many bytes were read until now; for messages. */
uint64_t json_reader__position(const struct json_reader *reader);

/* Begins an object ('{') or an array ('['). */
void json_reader__enter(struct json_reader *reader, char bracket);

/* Whether TEXT reads as STRING does. */
bool json_text__is(const struct json_text *text, const char *string);

/* Whether the object entered last has one more member, whose value is next; KEY is its name. At its end leaves it. */
bool json_reader__member(struct json_reader *reader, struct json_text *key);

/*
 * Whether the object's next member is NAME, of LEN bytes, which then is taken. A quick way where that is likely: false
 * also for what is not written in the shortest way, which json_reader__member() then reads.
 */
bool json_reader__take_member(struct json_reader *reader, const char *name, size_t len);

/* Whether the array entered last has one more value, which is next. At its end leaves it. */
bool json_reader__item(struct json_reader *reader);

/* A whole number from 0 to MAX, written without fraction and exponent; 0 when it is something else. */
uint64_t json_reader__integer(struct json_reader *reader, uint64_t max);

/* A string; "" when it is something else, or holds a NUL, which no text here can. */
struct json_text json_reader__string(struct json_reader *reader);

bool json_reader__boolean(struct json_reader *reader);

/* Any value. */
void json_reader__skip(struct json_reader *reader);

/* Nothing but white space may follow. */
void json_reader__end(struct json_reader *reader);

/* Sets the problem, unless there is one. */
void json_reader__fail(struct json_reader *reader, const char *problem);

/* The same for want of memory. */
void json_reader__run_out(struct json_reader *reader);

#endif
