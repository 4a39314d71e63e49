// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/reported.h"
#include "unit/sampled.h"
#include "unit/test.h"

static char *written(const struct profile *profile, const struct report_style *style)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(report_text.write(profile, style, out), 0);
	fclose(out);
	return text;
}

static const struct report_style plain = {.unit = 1e-6, .details = true};

/* main calls compress, which calls crc32 of a library and sleeps; 10000 samples in all. */
static struct profile *profile_of_compress(void)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	uint32_t outer = sampled__call(stacks, STACKS_NONE, "main", 30, 40, 0);
	uint32_t compress = sampled__call(stacks, outer, "compress", 5, 7000, 0);

	sampled__call(stacks, compress, "crc32@/lib/libz.so.1", 0, 2500, 0);
	sampled__call(stacks, compress, "adler32@/lib/libz.so.1", 0, 430, 0);
	sampled__call(stacks, compress, "write@/lib/libc.so.6", 0, 30, 1500000000);
	profile->duration_ns = 8000000000;
	return profile;
}

/* Adds the lines of the function compress. */
static struct profile_function *add_lines(struct profile *profile, bool uncounted)
{
	struct profile_function *function = profile__add_function(profile, "compress", "", SAMPLED_FILE, 1);

	assert_non_null(function);
	assert_int_equal(profile_function__set_place(function, SAMPLED_OBJECT, SAMPLED_OBJECT "'s ID", NULL), 0);
	function->uncounted = uncounted;
	function->calls = uncounted ? 0 : 123456;
	reported__line(function, 5, uncounted ? 0 : 7, 7000000000);
	return function;
}

#define WAYS                                                                                                           \
	"note: to see their lines, install the distribution's -dbgsym package, or build with -g, or put what "         \
	"`debuginfod-find debuginfo BUILD_ID` finds into /usr/lib/debug/.build-id as XX/REST.debug, where XX are the " \
	"first two digits of the build ID\n"

static void functions_come_first(void **state)
{
	struct profile *profile = profile_of_compress();
	char *text;

	(void)state;
	add_lines(profile, false);
	profile->stacks->unprobed_ns = 2000000000;
	text = written(profile, &plain);

	assert_string_equal(
		text,
		"Timer unit: 1e-06 s\n"
		"\n"
		"Sampled 10001 times, each processor about 1000 times a second, in 8 s, of which the first 2 s without "
		"probes. The program took 10 s of processor time, that is 1.25 processors.\n"
		"\n"
		"    Own  Total  Own time  Total time   Waited   Calls  Function  Place\n"
		"----------------------------------------------------------------------\n"
		"* 70.0%  99.6%    7.00 s      9.96 s  1.500 s  123456  compress  /a/work.c:1\n"
		"  25.0%  25.0%    2.50 s      2.50 s                   crc32     /lib/libz.so.1\n"
		"   4.3%   4.3%    0.43 s      0.43 s                   adler32   /lib/libz.so.1\n"
		"   0.3%   0.3%    0.03 s      0.03 s  1.500 s          write     /lib/libc.so.6\n"
		"   0.4%           0.04 s                               1 other\n"
		"\n"
		"note: * before a function: its lines are below\n"
		"note: with 10000 samples, a share of 50 % is within 1 percentage points of the truth, one of 10 % "
		"within 0.6, one of 1 % within 0.2 (two standard deviations)\n"
		"note: functions of /lib/libz.so.1 that take 29.3 % of the time have no debug information; its build "
		"ID: "
		"/lib/libz.so.1's ID\n"
		"note: functions of /lib/libc.so.6 that take 0.3 % of the time have no debug information; its build "
		"ID: "
		"/lib/libc.so.6's ID\n" WAYS "\n"
		"Total time: 7 s\n"
		"File: /a/work.c\n"
		"Function: compress at line 1\n"
		"\n"
		"The profile holds no source text of /a/work.c\n"
		"The lines are printed without their contents; --source-dir [OLD=]NEW names a directory where the "
		"sources are.\n"
		"\n"
		"Line #      Hits         Time  Per Hit   % Time  Line Contents\n"
		"==============================================================\n"
		"     5         7    7000000.0    1e+06    100.0  \n"
		"\n");
	free(text);
	profile__free(profile);
}

/* Checks that the report of PROFILE has the line LINE. */
static void check_line(const struct profile *profile, const struct report_style *style, const char *line)
{
	char *text = written(profile, style), *whole = NULL;

	assert_true(asprintf(&whole, "\n%s\n", line) > 0);
	if (!strstr(text, whole))
		fail_msg("no line \"%s\" in:\n%s", line, text);
	free(whole);
	free(text);
}

/* Checks that TEXT is nowhere in the report of PROFILE. */
static void check_without(const struct profile *profile, const struct report_style *style, const char *absent)
{
	char *text = written(profile, style);

	assert_null(strstr(text, absent));
	free(text);
}

static void without_samples_there_is_no_table(void **state)
{
	const struct report_style summary = {.unit = 1e-6, .summarize = true};
	struct profile *profile = reported__profile();

	(void)state;
	check_without(profile, &plain, "Sampled");
	sampled__begin(profile);
	check_without(profile, &plain, "Sampled");
	profile__free(profile);
	/* Nor if only the summary was asked for. */
	profile = profile_of_compress();
	check_without(profile, &summary, "Sampled");
	profile__free(profile);
}

/* Checks that the report of PROFILE has the table of functions, or not. */
static void check_table(const struct profile *profile, bool wanted)
{
	char *text = written(profile, &plain);

	assert_int_equal(strstr(text, "Sampled ") != NULL, wanted);
	free(text);
}

/* Who has chosen functions does not look for others. */
static void objects_without_debug_information_are_named_where_functions_are_found(void **state)
{
	struct profile *profile = profile_of_compress();
	struct profile_function *function = add_lines(profile, false);

	(void)state;
	check_without(profile, &plain, "debug information");
	function->calls = 0;
	check_line(profile, &plain,
		   "note: functions of /lib/libz.so.1 that take 29.3 % of the time have no debug information; its "
		   "build ID: /lib/libz.so.1's ID");
	profile__free(profile);
}

/* A few samples say nothing to a user who has chosen functions that were counted. */
static void few_samples_beside_counted_functions_are_not_shown(void **state)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	struct profile_function *function = add_lines(profile, false);

	(void)state;
	sampled__call(stacks, STACKS_NONE, "f", 1, 24, 0);
	check_table(profile, false);
	function->calls = 0; /* all that is known is what was sampled */
	check_table(profile, true);
	function->calls = 1;
	function->uncounted = true;
	check_table(profile, true);
	function->uncounted = false;
	stacks->unprobed_ns = 1; /* the functions were found by samples */
	check_table(profile, true);
	stacks->unprobed_ns = 0;
	sampled__call(stacks, STACKS_NONE, "f", 1, 1, 0);
	check_table(profile, true);
	profile__free(profile);
}

/* The columns of what nobody has are left out, and so are notes that would say nothing. */
static void only_columns_with_numbers_are_there(void **state)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	char *text;

	(void)state;
	sampled__call(stacks, STACKS_NONE, "f", 1, 1, 0);
	stacks->period_ns = 0;
	text = written(profile, &plain);
	assert_string_equal(text, "Timer unit: 1e-06 s\n"
				  "\n"
				  "Sampled 1 time. The program took 0.001 s of processor time.\n"
				  "\n"
				  "   Own  Total  Own time  Total time  Function  Place\n"
				  "----------------------------------------------------\n"
				  "  100%   100%   0.001 s     0.001 s  f         /a/work.c:1\n"
				  "\n"
				  "note: 1 sample on a processor: too few to tell shares; profile for longer\n"
				  "\n");
	free(text);
	profile__free(profile);
}

/* From few samples, shares have no decimals; from many, one or two. */
static void numbers_have_the_digits_that_they_deserve(void **state)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);

	(void)state;
	sampled__call(stacks, STACKS_NONE, "a", 1, 60, 0);
	sampled__call(stacks, STACKS_NONE, "b", 1, 38, 0);
	sampled__call(stacks, STACKS_NONE, "c", 1, 2, 0);
	check_line(profile, &plain, "  60%    60%   0.06 s      0.06 s   a         /a/work.c:1");
	check_line(profile, &plain, "   2%     2%   0.002 s     0.002 s  c         /a/work.c:1");
	sampled__call(stacks, STACKS_NONE, "a", 1, 599940, 0);
	sampled__call(stacks, STACKS_NONE, "b", 1, 379962, 0);
	sampled__call(stacks, STACKS_NONE, "c", 1, 19998, 0);
	check_line(profile, &plain, "  60.0%   60.0%    600 s       600 s    a         /a/work.c:1");
	check_line(profile, &plain, "   2.00%   2.00%    20.0 s      20.0 s  c         /a/work.c:1");
	profile__free(profile);
}

/* Twenty functions and those whose lines are shown; what is below half a per cent, and does not wait, is not listed. */
static void what_matters_little_is_one_row(void **state)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	char name[16], *text;

	(void)state;
	for (unsigned int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "f%02u", i);
		sampled__call(stacks, STACKS_NONE, name, 1, 1000 - i, 0);
	}
	sampled__call(stacks, STACKS_NONE, "compress", 1, 1, 0);
	add_lines(profile, true);
	text = written(profile, &plain);

	assert_non_null(strstr(text, "  f19        /a/work.c:1\n*"));
	assert_null(strstr(text, "f20"));
	assert_non_null(strstr(text, "  compress   /a/work.c:1\n  33"));
	assert_non_null(strstr(text, "10 others\n\n"));
	free(text);
	profile__free(profile);
}

/* When each of the program's thousand functions is profiled, the table is as short as otherwise. */
static void many_with_lines_are_not_all_listed(void **state)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	char name[16], *text, *end;
	size_t rows = 0;

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		struct profile_function *f;

		snprintf(name, sizeof(name), "f%03u", i);
		sampled__call(stacks, STACKS_NONE, name, 1, i < 3 ? 1000 : 1, 0);
		f = profile__add_function(profile, name, "", SAMPLED_FILE, 1);
		assert_non_null(f);
		assert_int_equal(profile_function__set_place(f, SAMPLED_OBJECT, SAMPLED_OBJECT "'s ID", NULL), 0);
	}
	text = written(profile, &plain);
	end = strstr(text, "\n\nnote: *");
	assert_non_null(end);
	*end = '\0';
	for (char *row = strchr(text, '*'); row; row = strchr(row + 1, '*'))
		rows++;
	assert_int_equal(rows, 3);
	assert_string_equal(end - 10, "997 others");
	free(text);
	profile__free(profile);
}

static void the_mark_is_on_those_shown_below(void **state)
{
	const struct report_style skipping = {.unit = 1e-6, .details = true, .skip_zero = true};
	struct profile *profile = profile_of_compress();
	struct profile_function *f = add_lines(profile, true);

	(void)state;
	check_line(profile, &skipping, "* 70.0%  99.6%    7.00 s      9.96 s  1.500 s  compress  /a/work.c:1");
	f->lines[0].time_ns = 0;
	check_line(profile, &skipping, "  70.0%  99.6%    7.00 s      9.96 s  1.500 s  compress  /a/work.c:1");
	check_without(profile, &skipping, "note: * before");
	profile__free(profile);
}

static void missing_samples_are_said(void **state)
{
	struct profile *profile = profile_of_compress();

	(void)state;
	check_without(profile, &plain, "outermost");
	check_without(profile, &plain, "without probes");
	profile->stacks->cut_samples = 100;
	profile->stacks->lost_samples = 4;
	profile->stacks->probed_samples = 5;
	profile->stacks->unprobed_ns = 2000000000;
	check_line(profile, &plain,
		   "note: 100 samples could not be followed to the outermost caller, whose Total is too small by them");
	check_line(profile, &plain, "note: 4 samples were lost for lack of room, and are in no row");
	check_without(profile, &plain, "probe,");
	check_line(
		profile, &plain,
		"Sampled 10001 times, each processor about 1000 times a second, in 8 s, of which the first 2 s without "
		"probes. The program took 10 s of processor time, that is 1.25 processors.");
	profile->duration_ns = 40000000000;
	profile->stacks->cut_samples = 99;
	check_without(profile, &plain, "outermost");
	check_line(profile, &plain,
		   "Sampled 10001 times, each processor about 1000 times a second, in 40 s, of which the first 2 s "
		   "without "
		   "probes. The program took 10 s of processor time, that is 25 % of one processor.");
	profile__free(profile);
}

/* A function in three calls, with a name of 101 characters: letters of two bytes at the ends, and x between. */
static struct profile *profile_of_long_name(void)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	char name[128];

	snprintf(name, sizeof(name), "n\xc3\xa4he::%091d\xc3\xb6", 0);
	for (char *c = name; *c; c++)
		if (*c == '0')
			*c = 'x';
	sampled__call(stacks, STACKS_NONE, name, 1, 600, 0);
	sampled__call(stacks, STACKS_NONE, "g@/usr/lib/libg.so", 1, 400, 0);
	return profile;
}

static void a_terminal_may_be_narrow(void **state)
{
	struct report_style style = {.unit = 1e-6, .details = true};
	struct profile *profile = profile_of_long_name();
	char *text;

	(void)state;
	/* A file has room for all; it does not make the column of names wider. */
	check_line(profile, &style,
		   "  40%    40%    0.40 s      0.40 s  g                                         /usr/lib/libg.so");
	assert_non_null(strstr(text = written(profile, &style), "xx\xc3\xb6  /a/work.c:1\n"));
	free(text);
	style.columns = 160;
	check_line(profile, &style,
		   "  40%    40%    0.40 s      0.40 s  g                                         /usr/lib/libg.so");
	style.columns = 80;
	check_line(profile, &style,
		   "  60%    60%    0.60 s      0.60 s  n\xc3\xa4he::xxxxxxxxxx...xxxxxxxxxxxxxx\xc3\xb6  work.c:1");
	check_line(profile, &style, "  40%    40%    0.40 s      0.40 s  g                                   libg.so");
	/* Less than that is of no use. */
	style.columns = 20;
	check_line(profile, &style, "  60%    60%    0.60 s      0.60 s  n\xc3\xa4he::xxx...xxxxxxx\xc3\xb6  work.c:1");
	profile__free(profile);
}

/* Copies TEXT without escape sequences; owned by the caller. */
static char *without_colors(const char *text)
{
	char *copy = calloc(1, strlen(text) + 1), *to = copy;

	assert_non_null(copy);
	for (; *text; text++) {
		if (*text == '\033')
			text = strchr(text, 'm');
		else
			*to++ = *text;
	}
	return copy;
}

static void hot_functions_are_coloured(void **state)
{
	const struct report_style colored = {.unit = 1e-6, .details = true, .color = true};
	struct profile *profile = profile_of_compress();
	char *text = written(profile, &colored), *uncolored = without_colors(text),
	     *expected = written(profile, &plain);

	(void)state;
	assert_string_equal(uncolored, expected);
	assert_non_null(strstr(text, "\033[1m"));
	assert_int_not_equal(strlen(text), strlen(expected));
	/* 70 % are hot, 4 % are mild, and the others' row is never coloured. */
	for (const char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strstr(line, "compress") || strstr(line, "crc32") || strstr(line, "adler32"))
			assert_non_null(strchr(line, '\033'));
		else if (strstr(line, "libc.so.6  ") || strstr(line, "other"))
			assert_null(strchr(line, '\033'));
	free(text);
	free(uncolored);
	free(expected);
	profile__free(profile);
}

static void hostile_names_are_harmless(void **state)
{
	struct report_style style = {.unit = 1e-6, .details = true};

	(void)state;
	for (size_t i = 0; reported_hostile_names[i]; i++) {
		for (style.columns = 0; style.columns < 120; style.columns += 7) {
			struct profile *profile = reported__profile();
			char *text, *object = NULL;

			assert_true(asprintf(&object, "f@%s", reported_hostile_names[i]) > 0);
			sampled__call(sampled__begin(profile), STACKS_NONE, reported_hostile_names[i], 1, 9, 0);
			sampled__call(profile->stacks, STACKS_NONE, object, 1, 9, 0);
			text = written(profile, &style);
			reported__check_harmless(text);
			free(text);
			free(object);
			profile__free(profile);
		}
	}
}

/* What a reader of line_profiler's tables looks for: a row that begins with two whole numbers. */
static void no_row_looks_like_a_line(void **state)
{
	struct profile *profile = reported__profile();
	struct stacks *stacks = sampled__begin(profile);
	char *text;

	(void)state;
	sampled__call(stacks, STACKS_NONE, "a", 1, 3, 2000000000);
	sampled__call(stacks, STACKS_NONE, "41 7", 1, 2, 3000000000);
	text = written(profile, &plain);
	assert_null(strstr(text, "Line #"));
	assert_null(strstr(text, "===="));
	assert_null(strstr(text, "Total time: "));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		int n, hits;

		assert_int_not_equal(sscanf(line, "%d %d", &n, &hits), 2);
	}
	free(text);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_come_first),
		cmocka_unit_test(without_samples_there_is_no_table),
		cmocka_unit_test(objects_without_debug_information_are_named_where_functions_are_found),
		cmocka_unit_test(few_samples_beside_counted_functions_are_not_shown),
		cmocka_unit_test(only_columns_with_numbers_are_there),
		cmocka_unit_test(numbers_have_the_digits_that_they_deserve),
		cmocka_unit_test(what_matters_little_is_one_row),
		cmocka_unit_test(many_with_lines_are_not_all_listed),
		cmocka_unit_test(the_mark_is_on_those_shown_below),
		cmocka_unit_test(missing_samples_are_said),
		cmocka_unit_test(a_terminal_may_be_narrow),
		cmocka_unit_test(hot_functions_are_coloured),
		cmocka_unit_test(hostile_names_are_harmless),
		cmocka_unit_test(no_row_looks_like_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
