/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_reader: reads JSON (RFC 8259) from front to back, value by value, without building a tree. Pure, except that it
 * may read from a file descriptor.
 *
 * The caller states which kind of value it expects next. The first deviation is kept as the reader's problem, and
 * every later call then fails at once. So the caller can chain calls and check once at the end:
 *
 *	json_reader__enter(&reader, '{');
 *	while (json_reader__member(&reader, &key))
 *		...; // reads the member's value with one of the functions below, or json_reader__skip()
 *	json_reader__end(&reader);
 *	if (reader.problem) ...
 */
#ifndef LPROF_JSON_READER_H
#define LPROF_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The text of a string: UTF-8 without any NUL, not even a terminating one. Borrowed, and valid until the next call
 * that reads.
 */
struct json_text {
	const char *text;
	size_t len;
};

struct json_reader {
	const char *text;
	size_t size;
	size_t at;
	bool fresh; /* no value of the innermost container has been read yet, so no comma is expected */
	unsigned depth;
	const char *problem; /* what is wrong at AT ("a number was expected"); static; NULL: nothing */
	char *room;	     /* buffer for strings that cannot be borrowed from TEXT as they are */
	size_t capacity;
	/* When reading a file, TEXT is a window of it, and AT and SIZE refer to that window. */
	int fd; /* -1: nothing more can be read after SIZE */
	char *window;
	size_t window_size;
	uint64_t passed; /* what came before the window */
	int err;	 /* why the file cannot be read, or -ENOMEM; 0: neither is the PROBLEM */
};

/* The length limit of a string that the caller reads. A string that is skipped may be longer. */
#define JSON_READER_MOST_STRING ((size_t)1 << 20)

/* Starts to read the SIZE bytes at TEXT, which are borrowed until json_reader__release(). */
void json_reader__init(struct json_reader *reader, const char *text, size_t size);
void json_reader__release(struct json_reader *reader);

/*
 * Starts to read the file FD, which is borrowed and may be a pipe. The file is read piece by piece, so that memory use
 * does not depend on its size. Values that are skipped are checked only as far as needed to find their ends.
 */
void json_reader__init_file(struct json_reader *reader, int fd);

/* The number of bytes consumed so far, for messages. */
uint64_t json_reader__position(const struct json_reader *reader);

/* Enters the object (BRACKET is '{') or array (BRACKET is '[') that must come next. */
void json_reader__enter(struct json_reader *reader, char bracket);

/* Whether TEXT equals STRING. */
bool json_text__is(const struct json_text *text, const char *string);

/*
 * Goes to the next member of the innermost object: sets KEY to its name and returns true; the caller reads its value
 * next. At the end of the object, leaves it and returns false.
 */
bool json_reader__member(struct json_reader *reader, struct json_text *key);

/*
 * A faster alternative to json_reader__member() when the caller knows which member is likely. If the next member is
 * NAME, of LEN bytes, takes its name and returns true. Otherwise changes nothing and returns false; that also happens
 * when the name is NAME but is written with blanks or escapes.
 */
bool json_reader__take_member(struct json_reader *reader, const char *name, size_t len);

/* Whether the innermost array has one more value, which the caller reads next. At the end of the array, leaves it. */
bool json_reader__item(struct json_reader *reader);

/*
 * Reads a whole number from 0 to MAX, written without fraction and exponent. Anything else is a problem, and 0 is
 * returned.
 */
uint64_t json_reader__integer(struct json_reader *reader, uint64_t max);

/*
 * Reads a number from 0 to MAX, which may have a fraction and an exponent. Anything else is a problem, and 0 is
 * returned.
 */
double json_reader__number(struct json_reader *reader, double max);

/*
 * Reads a string. Anything else is a problem, and "" is returned; so is a string with a NUL, because texts in a
 * profile end at a NUL.
 */
struct json_text json_reader__string(struct json_reader *reader);

bool json_reader__boolean(struct json_reader *reader);

/* Skips the next value, of any kind. */
void json_reader__skip(struct json_reader *reader);

/* Checks that only white space follows. */
void json_reader__end(struct json_reader *reader);

/* Sets the problem to a static text, unless there is one already. */
void json_reader__fail(struct json_reader *reader, const char *problem);

/* The same for want of memory. */
void json_reader__run_out(struct json_reader *reader);

#endif
