// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines that a function has in other files than its own, in every format. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/profile_delta.h"
#include "profile/profile_json.h"
#include "report/diff_report.h"
#include "unit/reported.h"
#include "unit/test.h"

static void add_line(struct profile_function *function, const char *file, uint32_t number, uint64_t hits)
{
	struct profile_line line = {.line = number, .hits = hits, .time_ns = hits * 1000};

	assert_int_equal(profile_function__add_file(function, file, &line.file), 0);
	assert_int_equal(profile_function__add_line(function, &line), 0);
}

/* Function f on lines 3 and 5 of /a/f.c, 1 and 2 of DIR/s.inc and 3 of /z/t.inc; function g on line 9 of /a/f.c. */
static struct profile *included(const char *dir, uint64_t factor)
{
	struct profile *profile = reported__profile();
	struct profile_function *f = reported__function(profile, "f", "/a/f.c", 3);
	char name[64];

	snprintf(name, sizeof(name), "%s/s.inc", dir);
	add_line(f, "/z/t.inc", 3, 7 * factor);
	add_line(f, name, 2, 20 * factor);
	add_line(f, name, 1, 10 * factor);
	add_line(f, "/a/f.c", 3, factor);
	add_line(f, "/a/f.c", 5, 0);
	reported__line(reported__function(profile, "g", "/a/f.c", 9), 9, 2, 0);
	return profile;
}

static void check_has(const struct profile *profile, const struct report_format *format, const char *part)
{
	char *text = reported__detailed(profile, format);

	if (!strstr(text, part))
		fail_msg("the %s report has no \"%s\" but:\n%s", format->name, part, text);
	free(text);
}

#define MISSING                                                                                                        \
	"The lines are printed without their contents; --source-dir [OLD=]NEW names a directory where the sources "    \
	"are.\n\n"

static void text_names_each_file(void **state)
{
	struct profile *profile = included("/a", 1);

	(void)state;
	check_has(profile, &report_text,
		  "     3         1          1.0      1.0      2.6  \n"
		  "     5                                           \n"
		  "\nFile: /a/s.inc\n\nThe profile holds no source text of /a/s.inc\n" MISSING
		  "     1        10         10.0      1.0     26.3  \n"
		  "     2        20         20.0      1.0     52.6  \n"
		  "\nFile: /z/t.inc\n\nThe profile holds no source text of /z/t.inc\n" MISSING
		  "     3         7          7.0      1.0     18.4  \n\n");
	profile__free(profile);
}

static void other_formats_name_each_file(void **state)
{
	struct profile *profile = included("/a", 1);

	(void)state;
	check_has(profile, &report_csv,
		  "/a/f.c,f,,/a/program,c0ffee,,,5,0,0,0,0,0,0,0\r\n"
		  "/a/s.inc,f,,/a/program,c0ffee,,,1,10,10000,0,0,0,0,0\r\n");
	check_has(profile, &report_folded, "program;f (/a/s.inc:2) 20000\n");
	check_has(profile, &report_callgrind,
		  "3 1 1000\n5 0 0\nfi=(4) /a/s.inc\n1 10 10000\n2 20 20000\nfi=(5) /z/t.inc\n3 7 7000\n"
		  "fe=(6) /a/f.c\nfn=(7) g\n9 2 0\n");
	check_has(
		profile, &report_lcov,
		"TN:\nSF:/a/f.c\nFN:3,f\nFNDA:0,f\nFN:9,g\nFNDA:0,g\nFNF:2\nFNH:0\nDA:3,1\nDA:5,0\nDA:9,2\nLF:3\nLH:2\n"
		"end_of_record\nTN:\nSF:/a/s.inc\nFNF:0\nFNH:0\nDA:1,10\nDA:2,20\nLF:2\nLH:2\nend_of_record\n"
		"TN:\nSF:/z/t.inc\nFNF:0\nFNH:0\nDA:3,7\nLF:1\nLH:1\nend_of_record\n");
	check_has(profile, &report_html, "<a href=\"#f1o1l2\">hottest line 2 of s.inc</a>");
	check_has(profile, &report_html, "<h3 class=\"place\">/a/s.inc</h3>");
	check_has(profile, &report_html, "<tr id=\"f1l3\"");
	check_has(profile, &report_html, "<tr id=\"f1o2l3\"");
	profile__free(profile);
}

static void saved_profiles_keep_the_files(void **state)
{
	struct profile *profile = included("/a", 1), *read;
	struct profile_json_error error;
	char *text, *again;

	(void)state;
	assert_int_equal(profile_function__add_between(&profile->functions[0], 2, 4, "four", 4), 0);
	text = reported__detailed(profile, &report_json);
	assert_non_null(strstr(text, "{\"line\":5,\"hits\":0,\"time_ns\":0},"
				     "{\"line\":1,\"file\":\"/a/s.inc\",\"hits\":10,\"time_ns\":10000}"));
	assert_non_null(strstr(text, "\"line\":3,\"last\":5,"));
	assert_non_null(strstr(text, "{\"line\":4,\"file\":\"/z/t.inc\",\"source\":\"four\"}"));
	assert_int_equal(profile_json__parse(text, strlen(text), &read, &error), 0);
	assert_int_equal(read->functions[0].n_others, 2);
	again = reported__detailed(read, &report_json);
	assert_string_equal(text, again);
	free(text);
	free(again);
	profile__free(read);
	profile__free(profile);
}

static void what_is_sent_keeps_the_files(void **state)
{
	struct profile *before = included("/a", 1), *after = included("/a", 3), *delta;

	(void)state;
	assert_int_equal(profile_delta__since(before, after, &delta), 0);
	assert_int_equal(delta->functions[0].n_lines, 5);
	assert_int_equal(delta->functions[0].lines[4].hits, 14);
	assert_string_equal(profile_function__file(&delta->functions[0], delta->functions[0].lines[4].file),
			    "/z/t.inc");
	assert_int_equal(profile_delta__add(before, delta), 0);
	assert_int_equal(before->functions[0].lines[3].hits, 60);
	profile__free(delta);
	profile__free(before);
	profile__free(after);
}

static void files_are_compared_by_their_names(void **state)
{
	/* In the new directory the file comes after /z/t.inc. */
	struct profile *before = included("/a", 1), *after = included("/zz", 2);
	const struct report_style style = {.unit = 1e-6};
	struct profile_diff diff;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	assert_int_equal(profile_diff__compute(before, after, &diff), 0);
	diff.before_name = diff.after_name = "a";
	assert_int_equal(diff_text.write(&diff, &style, out), 0);
	fclose(out);
	assert_non_null(strstr(text, "\n\nFile: /z/t.inc\n\n       3      3         7        14 "));
	assert_non_null(strstr(text, "\n\nFile: /zz/s.inc\n\n       1      1        10        20 "));
	assert_non_null(strstr(text, "\n       2      2        20        40 "));
	free(text);
	profile_diff__release(&diff);
	profile__free(before);
	profile__free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_names_each_file),
		cmocka_unit_test(other_formats_name_each_file),
		cmocka_unit_test(saved_profiles_keep_the_files),
		cmocka_unit_test(what_is_sent_keeps_the_files),
		cmocka_unit_test(files_are_compared_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
