// SPDX-License-Identifier: GPL-2.0-or-later
/* What is JSON and what is not is compared with what Jansson says. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profile/json_reader.h"
#include "unit/test.h"

/* A copy of TEXT in a block of exactly its size, so that a sanitizer detects any read beyond its end. */
static char *exactly(const char *text, size_t size)
{
	char *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, text, size);
	return copy;
}

static bool accepted(const char *text, size_t size)
{
	char *copy = exactly(text, size);
	struct json_reader reader;

	json_reader__init(&reader, copy, size);
	json_reader__skip(&reader);
	json_reader__end(&reader);
	if (reader.problem)
		assert_true(reader.at <= size);
	json_reader__release(&reader);
	free(copy);
	return !reader.problem;
}

/* Whether Jansson accepts TEXT; no answer where it rejects numbers that are valid JSON but beyond its own limits. */
static int jansson_accepts(const char *text, size_t size)
{
	json_error_t error;
	json_t *root = json_loadb(text, size, JSON_DECODE_ANY, &error);

	if (!root && json_error_code(&error) == json_error_numeric_overflow)
		return -1;
	json_decref(root);
	return root != NULL;
}

static void compare(const char *text, size_t size)
{
	/* Jansson takes a NUL for white space in some places; it never is valid. */
	int expected = memchr(text, '\0', size) ? 0 : jansson_accepts(text, size);

	if (expected >= 0 && accepted(text, size) != expected)
		fail_msg("Jansson %s: %.*s", expected ? "accepts" : "refuses", (int)size, text);
}

static const char *const documents[] = {
	"{\"a\":1,\"b\":[1,2,{\"c\":null}],\"d\":{},\"e\":[]}",
	" { \"a\" : [ true , false ,\tnull ] \r\n} ",
	"[0,-0,10,-1.5,1e3,1E+3,2.5e-3]",
	"\"plain\"",
	"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"",
	"\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf\"",
	"\"12345678\\n90123456789012345678901234567890\"",
	"[[[[[[[[[[]]]]]]]]]]",
	"[\"\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\"]",
};

static const char *const refused[] = {
	"",
	" ",
	"{",
	"[",
	"[1,]",
	"[,1]",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{,}",
	"{1:2}",
	"[1 2]",
	"[1}",
	"{\"a\":1]",
	"01",
	"-",
	"-a",
	"1.",
	".5",
	"1e",
	"1e+",
	"+1",
	"0x1",
	"nul",
	"nulll",
	"True",
	"'a'",
	"\"",
	"\"\\",
	"\"\\x\"",
	"\"\\u12\"",
	"\"\\u123g\"",
	"\"\\ud800\"",
	"\"\\ud800\\u0041\"",
	"\"\\udc00\"",
	"\"a\nb\"",
	"\"\x01\"",
	"1 1",
	"[] []",
	"\"\xff\"",
	"\"\xc0\xaf\"",
	"\"\xed\xa0\x80\"",
	"\"\xf4\x90\x80\x80\"",
	"\"\xe2\x82\"",
	"\"\xc3\"",
	"//",
	"NaN",
	"\"\\u0000\"",
};

static void documents_are_told_from_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
		compare(documents[i], strlen(documents[i]));
		assert_true(accepted(documents[i], strlen(documents[i])));
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		compare(refused[i], strlen(refused[i]));
		if (accepted(refused[i], strlen(refused[i])))
			fail_msg("accepted: %s", refused[i]);
	}
}

static void documents_that_were_cut_and_changed(void **state)
{
	static const char bytes[] = "\"\\{}[]:,0e.-ntu \x00\x1f\x7f\x80\xc3\xe2\xff";

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
		size_t size = strlen(documents[i]);

		for (size_t at = 0; at <= size; at++) {
			char *changed = exactly(documents[i], size);

			compare(documents[i], at);
			for (size_t k = 0; at < size && k < sizeof(bytes); k++) {
				changed[at] = bytes[k];
				compare(changed, size);
			}
			free(changed);
		}
	}
}

static void strings_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 3; i < 7; i++) {
		json_t *expected = json_loads(documents[i], JSON_DECODE_ANY, NULL);
		struct json_reader reader;
		struct json_text text;

		json_reader__init(&reader, documents[i], strlen(documents[i]));
		text = json_reader__string(&reader);
		json_reader__end(&reader);
		assert_null(reader.problem);
		assert_int_equal(text.len, json_string_length(expected));
		assert_memory_equal(text.text, json_string_value(expected), text.len);
		json_reader__release(&reader);
		json_decref(expected);
	}
}

/* Every character, as a numeric escape and as itself, at every place in a word of eight bytes. */
static void every_character(void **state)
{
	(void)state;
	for (unsigned code = 1; code < 0x110000; code += code < 0x300 ? 1 : 0x71) {
		char text[64], escaped[16];
		json_t *expected;
		struct json_reader reader;
		struct json_text read;
		int n;

		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		if (code < 0x10000)
			snprintf(escaped, sizeof(escaped), "\\u%04x", code);
		else
			snprintf(escaped, sizeof(escaped), "\\u%04X\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
				 0xdc00 + ((code - 0x10000) & 0x3ff));
		n = snprintf(text, sizeof(text), "[\"%.*s%s\"]", (int)(code % 9), "abcdefghi", escaped);
		expected = json_loads(text, 0, NULL);
		assert_non_null(expected);

		json_reader__init(&reader, text, (size_t)n);
		json_reader__enter(&reader, '[');
		assert_true(json_reader__item(&reader));
		read = json_reader__string(&reader);
		assert_int_equal(read.len, json_string_length(json_array_get(expected, 0)));
		assert_memory_equal(read.text, json_string_value(json_array_get(expected, 0)), read.len);
		n = snprintf(text, sizeof(text), "\"%.*s%.*s\"", (int)(code % 9), "abcdefghi",
			     (int)read.len - (int)(code % 9), read.text + code % 9);
		compare(text, (size_t)n);
		json_reader__release(&reader);
		json_decref(expected);
	}
}

static uint64_t integer(const char *text, uint64_t max, const char **problem)
{
	struct json_reader reader;
	uint64_t value;

	json_reader__init(&reader, text, strlen(text));
	value = json_reader__integer(&reader, max);
	json_reader__end(&reader);
	json_reader__release(&reader);
	*problem = reader.problem;
	return value;
}

static void whole_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max, value;
		bool bad;
	} cases[] = {
		{"0", 0, 0, false},
		{"7", 7, 7, false},
		{"8", 7, 0, true},
		{" 18446744073709551615 ", UINT64_MAX, UINT64_MAX, false},
		{"18446744073709551616", UINT64_MAX, 0, true},
		{"99999999999999999999999", UINT64_MAX, 0, true},
		{"4294967295", UINT32_MAX, UINT32_MAX, false},
		{"4294967296", UINT32_MAX, 0, true},
		{"9223372036854775808", INT64_MAX, 0, true},
		{"-1", 10, 0, true},
		{"1.0", 10, 0, true},
		{"1e1", 10, 0, true},
		{"01", 10, 0, true},
		{"\"1\"", 10, 0, true},
		{"null", 10, 0, true},
		{"", 10, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *problem;

		assert_int_equal(integer(cases[i].text, cases[i].max, &problem), cases[i].value);
		if (cases[i].bad != (problem != NULL))
			fail_msg("%s: %s", cases[i].text, problem ? problem : "accepted");
	}
}

static void numbers_with_a_fraction(void **state)
{
	static const struct {
		const char *text;
		double value;
		bool bad;
	} cases[] = {
		{"0", 0, false},
		{" 2.5 ", 2.5, false},
		{"1e2", 100, false},
		{"5E-1", 0.5, false},
		{"100.1", 0, true},
		{"1e3", 0, true},
		{"1e999", 0, true},
		{"-1", 0, true},
		{"1.", 0, true},
		{"1e", 0, true},
		{".5", 0, true},
		{"01", 0, true},
		{"1-2", 0, true},
		{"nan", 0, true},
		{"\"1\"", 0, true},
		{"", 0, true},
		{"0.0000000000000000000000000000000000000000000000000000000000000000000000001", 0, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct json_reader reader;
		double value;

		json_reader__init(&reader, cases[i].text, strlen(cases[i].text));
		value = json_reader__number(&reader, 100);
		json_reader__end(&reader);
		json_reader__release(&reader);
		if (cases[i].bad != (reader.problem != NULL))
			fail_msg("%s: %s", cases[i].text, reader.problem ? reader.problem : "accepted");
		assert_true(cases[i].bad || value == cases[i].value);
	}
}

static void members_in_any_order_and_layout(void **state)
{
	static const char text[] = "{ \"b\" :1,\"a\":2 , \"ab\":3,\"\\u0061\":4}";
	struct json_reader reader;
	struct json_text key;
	uint64_t sum = 0;

	(void)state;
	json_reader__init(&reader, text, strlen(text));
	json_reader__enter(&reader, '{');
	assert_false(json_reader__take_member(&reader, "b", 1)); /* false, because there are blanks */
	assert_true(json_reader__member(&reader, &key));
	assert_true(json_text__is(&key, "b"));
	assert_false(json_text__is(&key, "bc") || json_text__is(&key, ""));
	sum += json_reader__integer(&reader, 9);
	assert_false(json_reader__take_member(&reader, "ab", 2));
	assert_true(json_reader__take_member(&reader, "a", 1));
	sum += json_reader__integer(&reader, 9);
	assert_false(json_reader__take_member(&reader, "a", 1));
	assert_true(json_reader__member(&reader, &key));
	assert_true(json_text__is(&key, "ab"));
	sum += json_reader__integer(&reader, 9);
	assert_true(json_reader__member(&reader, &key));
	assert_true(json_text__is(&key, "a"));
	sum += json_reader__integer(&reader, 9);
	assert_int_equal(sum, 10);
	assert_false(json_reader__member(&reader, &key));
	json_reader__end(&reader);
	assert_null(reader.problem);
	json_reader__release(&reader);
}

static void nesting_is_limited(void **state)
{
	char *deep = malloc(200000);

	(void)state;
	assert_non_null(deep);
	memset(deep, '[', 100000);
	memset(deep + 100000, ']', 100000);
	assert_false(accepted(deep, 200000));
	assert_true(accepted(deep + 100000 - 60, 120));
	free(deep);
}

static int file_of(const char *head, size_t n_blanks, const char *text)
{
	int fd = memfd_create("json", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, head, strlen(head)), strlen(head));
	for (size_t i = 0; i < n_blanks; i++)
		assert_int_equal(write(fd, " ", 1), 1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void is_text(const struct json_text *text, const char *expected)
{
	assert_int_equal(text->len, strlen(expected));
	assert_memory_equal(text->text, expected, text->len);
}

/* The end of the window falls on each byte of a text in turn, and between all of its tokens. */
static void a_file_reads_like_memory(void **state)
{
	static const char text[] =
		"{ \"k\\u00e9y\" : \"a\xc3\xa9\\n\\ud83d\\ude00 plain\xe2\x82\xac\",\"number\":18446744073709551615 ,"
		"\"skipped\":[\"\\\"x\\\\\",-12.5e+3,null,{\"a\":{}}],\"yes\":true}";
	const size_t window = 1 << 16;

	(void)state;
	for (size_t blanks = window - sizeof(text) - 8; blanks < window + 8; blanks++) {
		struct json_text key, string;
		struct json_reader reader;
		int fd = file_of("", blanks, text);

		json_reader__init_file(&reader, fd);
		json_reader__enter(&reader, '{');
		assert_true(json_reader__member(&reader, &key));
		is_text(&key, "k\xc3\xa9y");
		string = json_reader__string(&reader);
		is_text(&string, "a\xc3\xa9\n\xf0\x9f\x98\x80 plain\xe2\x82\xac");
		assert_true(json_reader__take_member(&reader, "number", 6));
		assert_true(json_reader__integer(&reader, UINT64_MAX) == UINT64_MAX);
		assert_true(json_reader__member(&reader, &key));
		is_text(&key, "skipped");
		json_reader__skip(&reader);
		assert_true(json_reader__member(&reader, &key));
		is_text(&key, "yes");
		assert_true(json_reader__boolean(&reader));
		assert_false(json_reader__member(&reader, &key));
		json_reader__end(&reader);
		assert_null(reader.problem);
		assert_int_equal(json_reader__position(&reader), blanks + sizeof(text) - 1);
		json_reader__release(&reader);
		close(fd);
	}
}

static char *letters(size_t n)
{
	char *text = malloc(n + 3);

	assert_non_null(text);
	memset(text, 'l', n + 2);
	text[0] = text[n + 1] = '"';
	text[n + 2] = '\0';
	return text;
}

/*
 * A string that is read has a length limit, a skipped one has none, and neither makes the reader hold the whole file
 * in memory.
 */
static void long_strings(void **state)
{
	static const struct {
		size_t length;
		bool skipped;
		const char *problem;
	} cases[] = {
		{JSON_READER_MOST_STRING, false, NULL},
		{JSON_READER_MOST_STRING + 1, false, "a string is too long"},
		{20u << 20, false, "a string is too long"},
		{20u << 20, true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = letters(cases[i].length);
		int fd = file_of("", 3, text);
		struct json_reader reader;

		json_reader__init_file(&reader, fd);
		if (cases[i].skipped)
			json_reader__skip(&reader);
		else if (!cases[i].problem)
			assert_int_equal(json_reader__string(&reader).len, cases[i].length);
		else
			assert_int_equal(json_reader__string(&reader).len, 0);
		json_reader__end(&reader);
		if (cases[i].problem)
			assert_string_equal(reader.problem, cases[i].problem);
		else
			assert_null(reader.problem);
		assert_in_range(reader.window_size, 1, 2 * JSON_READER_MOST_STRING);
		json_reader__release(&reader);
		close(fd);
		free(text);
	}
}

static void files_that_end_too_early(void **state)
{
	static const char *const texts[] = {"", "{", "{\"a", "{\"a\":\"x\\u12", "{\"a\":\"\xe2\x82", "{\"a\":tr"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int fd = file_of("", 0, texts[i]);
		struct json_reader reader, same;

		json_reader__init_file(&reader, fd);
		json_reader__skip(&reader);
		json_reader__init(&same, texts[i], strlen(texts[i]));
		json_reader__skip(&same);
		assert_non_null(reader.problem);
		assert_non_null(same.problem);
		json_reader__release(&reader);
		json_reader__release(&same);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_told_from_others),
		cmocka_unit_test(documents_that_were_cut_and_changed),
		cmocka_unit_test(strings_are_decoded),
		cmocka_unit_test(every_character),
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(numbers_with_a_fraction),
		cmocka_unit_test(members_in_any_order_and_layout),
		cmocka_unit_test(nesting_is_limited),
		cmocka_unit_test(a_file_reads_like_memory),
		cmocka_unit_test(long_strings),
		cmocka_unit_test(files_that_end_too_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
