// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "unit/test.h"

static void check(const char *text, enum printable_keep keep, const char *expected)
{
	char *printable = printable__string(text, keep);

	assert_non_null(printable);
	assert_string_equal(printable, expected);
	free(printable);
}

static void text_passes(void **state)
{
	(void)state;
	check("", PRINTABLE_KEEP_TAB, "");
	check("if (a\\b ~ '\"')\t", PRINTABLE_KEEP_TAB, "if (a\\b ~ '\"')\t");
	check("\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", PRINTABLE_KEEP_TAB,
	      "\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void controls_are_shown(void **state)
{
	(void)state;
	check("\x01\n\x1f \x7f", PRINTABLE_KEEP_TAB, "\\x01\\x0a\\x1f \\x7f");
	check("\x01\n\x1f \x7f", PRINTABLE_KEEP_C0, "\x01\n\x1f \\x7f");
	check("\xc2\x80\xc2\x9f\xc2\xa0", PRINTABLE_KEEP_C0, "\\xc2\\x80\\xc2\\x9f\xc2\xa0");
}

/* Each character that must be escaped, and its neighbours, which must not be. */
static void what_turns_or_breaks_lines_is_shown(void **state)
{
	(void)state;
	check("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf", PRINTABLE_KEEP_TAB,
	      "\xe2\x80\xa7\\xe2\\x80\\xa8\\xe2\\x80\\xae\xe2\x80\xaf");
	check("\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", PRINTABLE_KEEP_C0,
	      "\xe2\x81\xa5\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa");
	check("\xe2\x82\xa8 \xe3\x80\xa8", PRINTABLE_KEEP_TAB, "\xe2\x82\xa8 \xe3\x80\xa8");
}

static void a_whole_format_is_made_printable(void **state)
{
	char out[128] = "", large[5000], *text = NULL;
	FILE *file = fmemopen(out, sizeof(out), "w");
	size_t size;

	(void)state;
	assert_non_null(file);
	printable__print(file, "%s: %d %.*s\n", "a\x1b[31m\r", 7, 2, "x\nyz");
	fclose(file);
	assert_string_equal(out, "a\\x1b[31m\\x0d: 7 x\\x0a\\x0a");

	memset(large, 'l', sizeof(large));
	large[sizeof(large) - 1] = '\0';
	file = open_memstream(&text, &size);
	assert_non_null(file);
	printable__print(file, "%s", large);
	fclose(file);
	assert_string_equal(text, large);
	free(text);
}

static void nul_is_shown(void **state)
{
	static const char text[] = {'a', '\0', 'b'};
	char out[16] = "";
	FILE *file = fmemopen(out, sizeof(out), "w");

	(void)state;
	assert_non_null(file);
	printable__write(text, sizeof(text), PRINTABLE_KEEP_TAB, file);
	fclose(file);
	assert_string_equal(out, "a\\x00b");
}

/* Bytes beyond LEN must not be read, even if they complete a character. */
static void a_character_cut_off_is_shown(void **state)
{
	char out[16] = "";
	FILE *file = fmemopen(out, sizeof(out), "w");

	(void)state;
	assert_non_null(file);
	printable__write("\xe2\x82\xac", 2, PRINTABLE_KEEP_TAB, file);
	fclose(file);
	assert_string_equal(out, "\\xe2\\x82");
}

/*
 * Jansson's own UTF-8 decoder accepts exactly the well-formed sequences. A sequence must pass here if and only if
 * Jansson accepts it. All combinations of the bytes at which the rules change are tried.
 */
static void well_formed_is_what_another_decoder_takes(void **state)
{
	static const unsigned char edges[] = {
		0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc3, 0xdf, 0xe0,
		0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
	};
	const size_t n = sizeof(edges);
	size_t well_formed = 0;

	(void)state;
	for (size_t i = 0; i < n * n * n * n; i++) {
		char text[5] = {(char)edges[i % n], (char)edges[i / n % n], (char)edges[i / n / n % n],
				(char)edges[i / n / n / n], '\0'};
		char *printable = printable__string(text, PRINTABLE_KEEP_TAB);
		json_t *json = json_string(text);

		assert_non_null(printable);
		assert_int_equal(!strcmp(printable, text), json != NULL);
		well_formed += json != NULL;
		json_decref(json);
		free(printable);
	}
	assert_in_range(well_formed, 1000, n * n * n * n / 2);
}

static void what_an_output_uses_itself_is_shown(void **state)
{
	char out[64] = "";
	FILE *file = fmemopen(out, sizeof(out), "w");

	(void)state;
	assert_non_null(file);
	printable__write_except(";a;;\xc3\xa9,\xff\n", ";,", file);
	fputc('|', file);
	printable__write_except("", ";", file);
	printable__write_except("\t;", "", file);
	fclose(file);
	assert_string_equal(out, "\\x3ba\\x3b\\x3b\xc3\xa9\\x2c\\xff\\x0a|\t;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_passes),
		cmocka_unit_test(controls_are_shown),
		cmocka_unit_test(what_turns_or_breaks_lines_is_shown),
		cmocka_unit_test(a_whole_format_is_made_printable),
		cmocka_unit_test(nul_is_shown),
		cmocka_unit_test(what_an_output_uses_itself_is_shown),
		cmocka_unit_test(a_character_cut_off_is_shown),
		cmocka_unit_test(well_formed_is_what_another_decoder_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
