// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Problem: merging the profiles of a thousand processes is mostly reading JSON. Jansson, with which this program
 * writes JSON, builds a tree of the whole file. That took ten times as long as reading with this module and building
 * the profile together, and twice the memory.
 *
 * Method: the text is read once, from front to back, and values are handed out as they come. A string without escapes
 * is borrowed from the text; one with escapes is decoded into the buffer ROOM.
 *
 * A file is read through a window: a buffer that holds the part of the file from the reader's place on. look_ahead()
 * reads on until the window holds enough for any number, word or known key, so that the code for these need not care
 * about the end of the window. Strings can be longer than that. When a string runs into the end of the window,
 * json_reader__string() reads more of the file and starts again at the beginning of the string.
 */
#include "profile/json_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "base/utf8.h"

/* Deeper nesting is nobody's profile, and skipping must not exhaust the stack. */
#define MAX_DEPTH 64

#define WINDOW_SIZE (1u << 16)
/* More than the longest number in range, word or known key, with the punctuation around it. */
#define LOOK_AHEAD 64
/*
 * More than the longest escape sequence. A problem found within so many bytes of the end of the window may only mean
 * that the window ends inside an escape sequence or a character.
 */
#define LONGEST_ESCAPE 12

void json_reader__init(struct json_reader *reader, const char *text, size_t size)
{
	*reader = (struct json_reader){.text = text, .size = size, .fd = -1};
}

void json_reader__init_file(struct json_reader *reader, int fd)
{
	*reader = (struct json_reader){.text = "", .fd = fd};
}

uint64_t json_reader__position(const struct json_reader *reader)
{
	return reader->passed + reader->at;
}

void json_reader__release(struct json_reader *reader)
{
	free(reader->room);
	free(reader->window);
	reader->room = NULL;
	reader->window = NULL;
	reader->capacity = 0;
	reader->window_size = 0;
}

void json_reader__fail(struct json_reader *reader, const char *problem)
{
	if (!reader->problem)
		reader->problem = problem;
}

void json_reader__run_out(struct json_reader *reader)
{
	if (!reader->problem)
		reader->err = -ENOMEM;
	json_reader__fail(reader, "there is not enough memory for it");
}

/* Makes the window one that holds nothing before the reader's place, and has room behind what it holds. */
static bool shift_window(struct json_reader *reader)
{
	size_t rest = reader->size - reader->at, wanted = reader->window_size ? reader->window_size : WINDOW_SIZE;
	char *larger;

	/* a string that is longer than the window fills all of it */
	if (rest == reader->window_size && reader->window_size)
		wanted *= 2;
	if (wanted > 2 * JSON_READER_MOST_STRING) {
		json_reader__fail(reader, "a string is too long");
		return false;
	}
	if (rest)
		memmove(reader->window, reader->window + reader->at, rest);
	reader->passed += reader->at;
	reader->at = 0;
	reader->size = rest;
	if (wanted == reader->window_size)
		return true;
	larger = realloc(reader->window, wanted);
	if (!larger) {
		json_reader__run_out(reader);
		return false;
	}
	reader->text = reader->window = larger;
	reader->window_size = wanted;
	return true;
}

/* Reads more of the file into the window. Returns false at the end of the file and when reading failed. */
static bool read_on(struct json_reader *reader)
{
	ssize_t got;

	if (reader->fd < 0 || !shift_window(reader))
		return false;
	do
		got = read(reader->fd, reader->window + reader->size, reader->window_size - reader->size);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		reader->size += (size_t)got;
		return true;
	}
	reader->fd = -1;
	if (got < 0) {
		reader->err = -errno;
		json_reader__fail(reader, "the file cannot be read");
	}
	return false;
}

static void look_ahead(struct json_reader *reader)
{
	while (reader->size - reader->at < LOOK_AHEAD && read_on(reader))
		;
}

/* The next byte, or NUL at the end; a NUL never is part of valid JSON. */
static char next(const struct json_reader *reader)
{
	return reader->at < reader->size ? reader->text[reader->at] : '\0';
}

static char next_token(struct json_reader *reader)
{
	for (;;) {
		char c;

		look_ahead(reader);
		c = next(reader);
		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			return c;
		reader->at++;
	}
}

/* Sets the problem: that the text ends too early if the end was reached, else PROBLEM. */
static void fail_here(struct json_reader *reader, const char *problem)
{
	json_reader__fail(reader, reader->at < reader->size ? problem : "it ends too early");
}

static bool take(struct json_reader *reader, char wanted, const char *problem)
{
	if (reader->problem)
		return false;
	if (next_token(reader) != wanted) {
		fail_here(reader, problem);
		return false;
	}
	reader->at++;
	return true;
}

static bool make_room(struct json_reader *reader, size_t used, size_t more);

void json_reader__enter(struct json_reader *reader, char bracket)
{
	if (!take(reader, bracket, bracket == '{' ? "an object was expected" : "an array was expected"))
		return;
	if (++reader->depth > MAX_DEPTH)
		json_reader__fail(reader, "values are nested too deeply");
	reader->fresh = true;
}

/*
 * Goes to the next value of a container whose closing bracket is BRACKET. Returns false at the container's end, and
 * leaves it.
 */
static bool advance(struct json_reader *reader, char bracket)
{
	char c;

	if (reader->problem)
		return false;
	c = next_token(reader);
	if (c == bracket) {
		reader->at++;
		reader->depth--;
		reader->fresh = false;
		return false;
	}
	if (!reader->fresh &&
	    !take(reader, ',', bracket == '}' ? "\",\" or \"}\" was expected" : "\",\" or \"]\" was expected"))
		return false;
	reader->fresh = false;
	return true;
}

bool json_reader__item(struct json_reader *reader)
{
	return advance(reader, ']');
}

bool json_reader__member(struct json_reader *reader, struct json_text *key)
{
	if (!advance(reader, '}'))
		return false;
	*key = json_reader__string(reader);
	/* Reading on may shift the window under the key, so the key is copied. */
	if (reader->window && key->text != reader->room && make_room(reader, 0, key->len)) {
		memcpy(reader->room, key->text, key->len);
		key->text = reader->room;
	}
	return take(reader, ':', "\":\" was expected");
}

bool json_reader__take_member(struct json_reader *reader, const char *name, size_t len)
{
	size_t comma = !reader->fresh;
	const char *text;

	look_ahead(reader);
	text = reader->text + reader->at;

	if (reader->problem || reader->size - reader->at < len + comma + 3)
		return false;
	if ((comma && *text != ',') || text[comma] != '"' || memcmp(text + comma + 1, name, len) != 0 ||
	    text[comma + 1 + len] != '"' || text[comma + 2 + len] != ':')
		return false;
	reader->at += len + comma + 3;
	reader->fresh = false;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_digits(struct json_reader *reader)
{
	if (!is_digit(next(reader)))
		fail_here(reader, "a digit was expected");
	while (is_digit(next(reader))) {
		reader->at++;
		look_ahead(reader);
	}
}

static void skip_number(struct json_reader *reader)
{
	if (next(reader) == '-')
		reader->at++;
	if (next(reader) == '0')
		reader->at++;
	else
		skip_digits(reader);
	if (next(reader) == '.') {
		reader->at++;
		skip_digits(reader);
	}
	if (next(reader) == 'e' || next(reader) == 'E') {
		reader->at++;
		if (next(reader) == '+' || next(reader) == '-')
			reader->at++;
		skip_digits(reader);
	}
}

uint64_t json_reader__integer(struct json_reader *reader, uint64_t max)
{
	bool too_large = false;
	uint64_t value = 0;
	const char *text;
	size_t at;
	char c;

	if (reader->problem)
		return 0;
	c = next_token(reader);
	text = reader->text;
	if (!is_digit(c)) {
		fail_here(reader, c == '-' ? "a number must not be negative here" : "a whole number was expected");
		return 0;
	}
	for (at = reader->at; at < reader->size && is_digit(text[at]); at++)
		too_large |= __builtin_mul_overflow(value, 10, &value) ||
			     __builtin_add_overflow(value, (uint64_t)(text[at] - '0'), &value);
	if (text[reader->at] == '0' && at > reader->at + 1)
		json_reader__fail(reader, "a number must not begin with 0");
	if (at < reader->size && (text[at] == '.' || text[at] == 'e' || text[at] == 'E'))
		json_reader__fail(reader, "a whole number was expected");
	if (too_large || value > max)
		json_reader__fail(reader, "a number is too large");
	if (reader->problem)
		return 0;
	reader->at = at;
	return value;
}

double json_reader__number(struct json_reader *reader, double max)
{
	char copy[LOOK_AHEAD] = "";
	double value;
	size_t most;

	if (reader->problem)
		return 0;
	if (!is_digit(next_token(reader))) {
		fail_here(reader, next(reader) == '-' ? "a number must not be negative here" : "a number was expected");
		return 0;
	}
	most = reader->size - reader->at;
	memcpy(copy, reader->text + reader->at, most < sizeof(copy) ? most : sizeof(copy) - 1);
	copy[strspn(copy, "0123456789.eE+-")] = '\0';
	value = strtod(copy, NULL);
	if (value > max || strlen(copy) == sizeof(copy) - 1)
		json_reader__fail(reader, "a number is too large");
	skip_number(reader);
	return reader->problem ? 0 : value;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The four digits behind \u. */
static uint32_t read_unit(struct json_reader *reader)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_value(next(reader));

		if (digit < 0) {
			fail_here(reader, "\\u must be followed by four hexadecimal digits");
			return 0;
		}
		unit = unit << 4 | (uint32_t)digit;
		reader->at++;
	}
	return unit;
}

/* Reads the four digits after \u and returns the code point. Reads both halves of a surrogate pair. */
static uint32_t read_code_point(struct json_reader *reader)
{
	static const char alone[] = "half of a surrogate pair stands alone";
	uint32_t high = read_unit(reader), low;

	if (high < 0xd800 || high > 0xdfff) {
		if (!high)
			json_reader__fail(reader, "a string must not hold a NUL");
		return high;
	}
	if (high > 0xdbff || next(reader) != '\\') {
		fail_here(reader, alone);
		return 0;
	}
	reader->at++;
	if (next(reader) != 'u') {
		fail_here(reader, alone);
		return 0;
	}
	reader->at++;
	low = read_unit(reader);
	if (low < 0xdc00 || low > 0xdfff)
		json_reader__fail(reader, alone);
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char *put_utf8(char *to, uint32_t code)
{
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*to++ = (char)(0xe0 | code >> 12);
		} else {
			*to++ = (char)(0xf0 | code >> 18);
			*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (code & 0x3f));
	return to;
}

static char *read_escape(struct json_reader *reader, char *to)
{
	static const char meanings[128] = {
		['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
		['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
	};
	unsigned char c = (unsigned char)next(reader);

	if (c == 'u') {
		reader->at++;
		return put_utf8(to, read_code_point(reader));
	}
	if (c >= sizeof(meanings) || !meanings[c]) {
		fail_here(reader, "there is no such escape sequence");
		return to;
	}
	reader->at++;
	*to++ = meanings[c];
	return to;
}

/*
 * Whether one of eight bytes is a quote, a backslash, a control or not ASCII: the classic test for a zero byte, of the
 * word with a pattern taken out; it may also find the byte behind a true one.
 */
static bool has_special(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	const uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';

	return ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & tops;
}

/* The number of bytes from the reader's place on, inside a string, that need no decoding. */
static size_t plain_length(struct json_reader *reader)
{
	const unsigned char *s = (const unsigned char *)reader->text + reader->at;
	size_t at = 0, size = reader->size - reader->at;

	while (at < size) {
		uint64_t word;
		size_t n;

		while (size - at >= sizeof(word)) {
			memcpy(&word, s + at, sizeof(word));
			if (has_special(word))
				break;
			at += sizeof(word);
		}
		while (at < size && s[at] < 0x80 && s[at] != '"' && s[at] != '\\' && s[at] >= 0x20)
			at++;
		if (at == size || s[at] < 0x80)
			break;
		n = utf8__sequence((const char *)s + at, size - at);
		if (!n) {
			reader->at += at;
			json_reader__fail(reader, "a string is not UTF-8");
			break;
		}
		at += n;
	}
	return at;
}

/* Makes room in the buffer for MORE bytes after the first USED, and for one decoded escape sequence after them. */
static bool make_room(struct json_reader *reader, size_t used, size_t more)
{
	if (!grow__to(&reader->room, &reader->capacity, used + more + 8, 1))
		return true;
	json_reader__run_out(reader);
	return false;
}

/*
 * Reads a string with escape sequences into the buffer, from the reader's place on. Its first N bytes need no
 * decoding. Also finds what is wrong with a string that contains a character that must not be there.
 */
static struct json_text read_escaped(struct json_reader *reader, size_t n)
{
	const struct json_text empty = {"", 0};
	size_t used = 0;

	for (;;) {
		if (reader->problem || !make_room(reader, used, n))
			return empty;
		memcpy(reader->room + used, reader->text + reader->at, n);
		used += n;
		reader->at += n;
		if (next(reader) == '"')
			break;
		if (next(reader) != '\\') {
			fail_here(reader, "a string holds a control character");
			return empty;
		}
		reader->at++;
		used = (size_t)(read_escape(reader, reader->room + used) - reader->room);
		if (reader->problem)
			return empty;
		n = plain_length(reader);
	}
	reader->at++;
	return (struct json_text){reader->room, used};
}

/* Reads the rest of a string whose opening quote was taken, as far as the window holds it. */
static struct json_text read_string(struct json_reader *reader)
{
	struct json_text text;

	text.text = reader->text + reader->at;
	text.len = plain_length(reader);
	if (reader->problem || reader->at + text.len >= reader->size || text.text[text.len] != '"')
		return read_escaped(reader, text.len);
	reader->at += text.len + 1;
	return text;
}

struct json_text json_reader__string(struct json_reader *reader)
{
	struct json_text text = {"", 0};

	if (!take(reader, '"', "a string was expected"))
		return text;
	for (;;) {
		size_t start = reader->at;

		text = read_string(reader);
		if (!reader->problem || reader->fd < 0 || reader->size - reader->at > LONGEST_ESCAPE)
			break;
		/* The problem may only be that the window ends here: read more and try again. */
		reader->problem = NULL;
		reader->at = start;
		read_on(reader);
		if (reader->problem)
			break;
	}
	if (text.len > JSON_READER_MOST_STRING)
		json_reader__fail(reader, "a string is too long");
	return reader->problem ? (struct json_text){"", 0} : text;
}

/* Skips a string of any length, without decoding it. */
static void skip_string(struct json_reader *reader)
{
	reader->at++;
	for (;;) {
		unsigned char c;

		look_ahead(reader);
		c = (unsigned char)next(reader);
		if (c < 0x20) {
			fail_here(reader, "a string holds a control character");
			return;
		}
		reader->at += 1 + (c == '\\');
		if (c == '"')
			return;
	}
}

bool json_text__is(const struct json_text *text, const char *string)
{
	return !strncmp(string, text->text, text->len) && !string[text->len];
}

static bool take_word(struct json_reader *reader, const char *word)
{
	size_t n = strlen(word);

	if (reader->size - reader->at < n || memcmp(reader->text + reader->at, word, n) != 0)
		return false;
	reader->at += n;
	return true;
}

bool json_reader__boolean(struct json_reader *reader)
{
	if (reader->problem)
		return false;
	next_token(reader);
	if (take_word(reader, "true"))
		return true;
	if (!take_word(reader, "false"))
		fail_here(reader, "true or false was expected");
	return false;
}

void json_reader__skip(struct json_reader *reader)
{
	struct json_text key;
	char c;

	if (reader->problem)
		return;
	c = next_token(reader);
	if (c == '{') {
		json_reader__enter(reader, c);
		while (json_reader__member(reader, &key))
			json_reader__skip(reader);
	} else if (c == '[') {
		json_reader__enter(reader, c);
		while (json_reader__item(reader))
			json_reader__skip(reader);
	} else if (c == '"') {
		if (reader->window)
			skip_string(reader);
		else
			(void)json_reader__string(reader);
	} else if (c == '-' || is_digit(c)) {
		skip_number(reader);
	} else if (!take_word(reader, "true") && !take_word(reader, "false") && !take_word(reader, "null")) {
		fail_here(reader, "a value was expected");
	}
}

void json_reader__end(struct json_reader *reader)
{
	if (reader->problem)
		return;
	next_token(reader);
	if (reader->at < reader->size)
		json_reader__fail(reader, "something follows behind its end");
}
