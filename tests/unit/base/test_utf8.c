// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "unit/test.h"

/* From a block of exactly that size, so that a sanitizer sees what is read behind its end. */
static size_t sequence(const char *text, size_t len)
{
	char *copy = malloc(len);
	size_t n;

	assert_non_null(copy);
	memcpy(copy, text, len);
	n = utf8__sequence(copy, len);
	free(copy);
	return n;
}

static void finds_sequences(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} cases[] = {
		{"a", 0},
		{"\x7f", 0},
		{"\xc2\x80", 2},
		{"\xc3\xa9xyz", 2},
		{"\xdf\xbf", 2},
		{"\xe0\xa0\x80", 3},
		{"\xe2\x82\xac", 3},
		{"\xed\x9f\xbf", 3},
		{"\xee\x80\x80", 3},
		{"\xef\xbf\xbf", 3},
		{"\xf0\x90\x80\x80", 4},
		{"\xf4\x8f\xbf\xbf", 4},
		/* no first byte */
		{"\x80", 0},
		{"\xbf\xbf", 0},
		{"\xc0\x80", 0},
		{"\xc1\xbf", 0},
		{"\xf5\x80\x80\x80", 0},
		{"\xff\xff", 0},
		/* overlong, a surrogate, above U+10FFFF */
		{"\xe0\x9f\xbf", 0},
		{"\xf0\x8f\xbf\xbf", 0},
		{"\xed\xa0\x80", 0},
		{"\xed\xbf\xbf", 0},
		{"\xf4\x90\x80\x80", 0},
		/* cut off, or ended by something else */
		{"\xc3", 0},
		{"\xe2\x82", 0},
		{"\xf0\x90\x80", 0},
		{"\xc3\x28", 0},
		{"\xe2\x82\xc0", 0},
		{"\xf0\x90\x80\x40", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (sequence(cases[i].text, strlen(cases[i].text)) != cases[i].n)
			fail_msg("case %zu", i);
}

static void tells_what_continues(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++)
		assert_int_equal(utf8__continues((char)c), c >= 0x80 && c <= 0xbf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_sequences),
		cmocka_unit_test(tells_what_continues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
