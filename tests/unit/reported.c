// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/reported.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test.h"

const char *const reported_hostile_names[] = {
	"a\"b'c`d",
	"a,b,,c",
	"a;b;c",
	"a\nDA:1,1\nb",
	"a\r\nb",
	"\xff\xfe\xc0\xaf",
	"\033[31mred\033]0;x\007",
	"\xc2\x9b;1m",
	"=1+cmd|' /C calc'!A0",
	"+1",
	"-1",
	"@SUM(1)",
	"\t=1",
	"(1) b",
	"(1)",
	" b ",
	"",
	"   ",
	"end_of_record",
	"# a",
	"<b>&amp;",
	"%s%n%n",
	"a b 5",
	"\xe2\x82\xac",
	"a\\x0ab",
	"calls=1",
	NULL,
};

struct profile *reported__profile(void)
{
	struct profile *profile = profile__new();

	assert_non_null(profile);
	return profile;
}

struct profile_function *reported__function(struct profile *profile, const char *name, const char *file, uint32_t line)
{
	struct profile_function *function = profile__add_function(profile, name, "", file, line);

	assert_non_null(function);
	assert_int_equal(profile_function__set_place(function, "/a/program", "c0ffee", NULL), 0);
	return function;
}

void reported__line(struct profile_function *function, uint32_t line, uint64_t hits, uint64_t time_ns)
{
	const struct profile_line added = {.line = line, .hits = hits, .time_ns = time_ns};

	assert_int_equal(profile_function__add_line(function, &added), 0);
}

static char *write_styled(const struct profile *profile, const struct report_format *format,
			  const struct report_style *style, size_t *size)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	assert_int_equal(format->write(profile, style, out), 0);
	assert_int_equal(fclose(out), 0);
	if (size)
		*size = n;
	return text;
}

char *reported__as(const struct profile *profile, const struct report_format *format, size_t *size)
{
	/* Differs from the defaults in everything that must have no effect. */
	const struct report_style style = {.unit = 1, .skip_zero = true, .sort = true, .summarize = true};

	return write_styled(profile, format, &style, size);
}

char *reported__detailed(const struct profile *profile, const struct report_format *format)
{
	const struct report_style style = {.unit = 1e-6, .details = true};

	return write_styled(profile, format, &style, NULL);
}

void reported__check(const struct profile *profile, const struct report_format *format, const char *expected)
{
	char *text = reported__as(profile, format, NULL);

	assert_string_equal(text, expected);
	free(text);
}

void reported__check_failure(const struct profile *profile, const struct report_format *format)
{
	const struct report_style style = {.unit = 1};
	FILE *full = fopen("/dev/full", "we");

	assert_non_null(full);
	assert_int_equal(format->write(profile, &style, full), -EIO);
	fclose(full);
}

void reported__check_harmless(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f || c == 0xff || c == 0xc0)
			fail_msg("byte 0x%02x in the report", c);
		assert_false(c == 0xc2 && (unsigned char)text[1] < 0xa0);
		assert_false(c == '\r' && text[1] != '\n');
	}
}

char *reported__long_name(void)
{
	char *name = malloc(REPORTED_LONG + 1);

	assert_non_null(name);
	memset(name, 'x', REPORTED_LONG);
	name[REPORTED_LONG] = '\0';
	return name;
}
