// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "report/html.h"
#include "unit/test.h"

static void check_bytes(const char *text, size_t len, const char *expected)
{
	char *written = NULL;
	size_t size;
	FILE *out = open_memstream(&written, &size);

	assert_non_null(out);
	html__bytes(out, text, len);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(written, expected);
	free(written);
}

#define CHECK_BYTES(literal, expected) check_bytes(literal, sizeof(literal) - 1, expected)

static void text_is_escaped(void **state)
{
	(void)state;
	CHECK_BYTES("", "");
	CHECK_BYTES("plain", "plain");
	CHECK_BYTES("<a href=\"x\" b='y'>&amp;</a>", "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
	CHECK_BYTES("<<", "&lt;&lt;");
}

static void text_is_printable(void **state)
{
	(void)state;
	CHECK_BYTES("a\tb\0\x1b\r\n", "a\tb\\x00\\x1b\\x0d\\x0a");
	CHECK_BYTES("caf\xc3\xa9 <\xe2\x82\xac>", "caf\xc3\xa9 &lt;\xe2\x82\xac&gt;");
	/* An incomplete sequence is followed by a character that is escaped and must not be swallowed. */
	CHECK_BYTES("\xe2\x82<b>\xc3", "\\xe2\\x82&lt;b&gt;\\xc3");
	CHECK_BYTES("\xc0\xbc \xff", "\\xc0\\xbc \\xff");
}

#define CHECK(call, expected)                                                                                          \
	do {                                                                                                           \
		char cell[48];                                                                                         \
		assert_int_equal(call, sizeof(expected) - 1);                                                          \
		assert_string_equal(cell, expected);                                                                   \
	} while (0)

static void counts_are_grouped(void **state)
{
	(void)state;
	CHECK(html__count(cell, sizeof(cell), 0), "0");
	CHECK(html__count(cell, sizeof(cell), 999), "999");
	CHECK(html__count(cell, sizeof(cell), 1000), "1,000");
	CHECK(html__count(cell, sizeof(cell), 123456), "123,456");
	CHECK(html__count(cell, sizeof(cell), 1234567), "1,234,567");
	CHECK(html__count(cell, sizeof(cell), UINT64_MAX), "18,446,744,073,709,551,615");
}

static void numbers_are_grouped_before_the_point(void **state)
{
	(void)state;
	CHECK(html__number(cell, sizeof(cell), 0, 1), "0.0");
	CHECK(html__number(cell, sizeof(cell), 999.96, 1), "1,000.0");
	CHECK(html__number(cell, sizeof(cell), 1234567.891, 3), "1,234,567.891");
	CHECK(html__number(cell, sizeof(cell), 1234567.891, 0), "1,234,568");
	/* The largest value that a profile can hold, in the smallest unit that anybody would choose. */
	CHECK(html__number(cell, sizeof(cell), 18446744073709551616.0, 6), "18,446,744,073,709,551,616.000000");
}

static void cells_do_not_overflow(void **state)
{
	char cell[8];

	(void)state;
	assert_in_range(html__number(cell, sizeof(cell), 1e300, 6), 1, 7);
	assert_in_range(html__count(cell, sizeof(cell), UINT64_MAX), 1, 7);
}

static void durations_have_their_unit(void **state)
{
	(void)state;
	CHECK(html__duration(cell, sizeof(cell), 0), "0 ns");
	CHECK(html__duration(cell, sizeof(cell), 999), "999 ns");
	CHECK(html__duration(cell, sizeof(cell), 1000), "1 \xc2\xb5s");
	CHECK(html__duration(cell, sizeof(cell), 48310), "48.31 \xc2\xb5s");
	CHECK(html__duration(cell, sizeof(cell), 48310000), "48.31 ms");
	CHECK(html__duration(cell, sizeof(cell), 487312000), "487.3 ms");
	CHECK(html__duration(cell, sizeof(cell), 1250000000), "1.25 s");
	CHECK(html__duration(cell, sizeof(cell), 86400000000000), "86400 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped),	 cmocka_unit_test(text_is_printable),
		cmocka_unit_test(counts_are_grouped),	 cmocka_unit_test(numbers_are_grouped_before_the_point),
		cmocka_unit_test(cells_do_not_overflow), cmocka_unit_test(durations_have_their_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
