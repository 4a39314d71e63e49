// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/diff_report.h"
#include "report/inexact_hits.h"
#include "unit/reported.h"
#include "unit/test.h"

#define MEANING "the compiled code does not tell how often the line was executed; the count is the best estimate"

/* Function f with exact hits on line 3, estimated ones on lines 4 and 5, and possibly a hit on line 6. */
static struct profile *estimated(void)
{
	static const struct profile_line lines[] = {
		{.line = 3, .hits = 10, .time_ns = 2000},
		{.line = 4, .hits = 20, .hits_inexact = true, .time_ns = 4000},
		{.line = 5, .hits = 123456789, .hits_inexact = true},
		{.line = 6, .hits_inexact = true, .time_ns = 2000},
		{.line = 7},
	};
	struct profile *profile = reported__profile();
	struct profile_function *f = reported__function(profile, "f", "/a/f.c", 3);

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(profile_function__add_line(f, &lines[i]), 0);
	return profile;
}

static void text_marks_the_count(void **state)
{
	struct profile *profile = estimated();
	char *text;

	(void)state;
	text = reported__detailed(profile, &report_text);
	assert_string_equal(
		text, "Timer unit: 1e-06 s\n\n"
		      "Total time: 8e-06 s\nFile: /a/f.c\nFunction: f at line 3\n\n"
		      "The profile holds no source text of /a/f.c\n"
		      "The lines are printed without their contents; --source-dir [OLD=]NEW names a directory where "
		      "the sources are.\n\n"
		      "Line #         Hits         Time  Per Hit   % Time  Line Contents\n"
		      "=================================================================\n"
		      "     3           10          2.0      0.2     25.0  \n"
		      "     4          ~20          4.0      0.2     50.0  \n"
		      "     5 ~1.23457e+08          0.0      0.0      0.0  \n"
		      "     6           ~0          2.0              25.0  \n"
		      "     7                                              \n\n"
		      "note: ~ before the hits: " MEANING "\n\n");
	free(text);
	profile__free(profile);
}

static void check_has(const struct profile *profile, const struct report_format *format, const char *part)
{
	char *text = reported__detailed(profile, format);

	if (!strstr(text, part))
		fail_msg("the %s report has no \"%s\"", format->name, part);
	free(text);
}

static void other_formats_mark_the_line(void **state)
{
	struct profile *profile = estimated();

	(void)state;
	check_has(profile, &report_json, "{\"line\":3,\"hits\":10,\"time_ns\":2000}");
	check_has(profile, &report_json, "{\"line\":4,\"hits\":20,\"hits_inexact\":true,\"time_ns\":4000}");
	check_has(profile, &report_json, "{\"line\":6,\"hits\":0,\"hits_inexact\":true,\"time_ns\":2000}");
	check_has(profile, &report_csv, ",waiting_ns,hits_inexact,hits_uncertainty\r\n");
	check_has(profile, &report_csv, ",3,10,2000,0,0,0,0,0\r\n");
	check_has(profile, &report_csv, ",4,20,4000,0,0,0,1,0\r\n");
	check_has(profile, &report_html, "<th scope=\"row\">3</th><td>10</td>");
	check_has(profile, &report_html, "<th scope=\"row\">4</th><td title=\"" MEANING "\">~20</td>");
	check_has(profile, &report_html, "<th scope=\"row\">6</th><td title=\"" MEANING "\">~0</td>");
	check_has(profile, &report_html, "<th scope=\"row\">7</th><td>0</td>");
	check_has(profile, &report_html, "<li>~ before the hits: " MEANING "</li>");
	profile__free(profile);
}

static void formats_without_a_mark_have_a_sentence(void **state)
{
	struct profile *profile = estimated();
	struct profile_function *f = &profile->functions[0];
	char *sentence;

	(void)state;
	check_has(profile, &report_callgrind,
		  "# note: the hits of lines 4, 5, 6 are the best estimates: the compiled code does not tell how often "
		  "they were executed\n3 10 2000\n4 20 4000\n");
	for (size_t i = 2; i < 4; i++)
		f->lines[i].hits_inexact = false;
	assert_int_equal(inexact_hits__sentence(f, &sentence), 0);
	assert_string_equal(sentence, "the hits of line 4 are the best estimate: the compiled code does not tell how "
				      "often it was executed");
	free(sentence);
	for (uint32_t line = 100; line < 200; line++)
		assert_int_equal(
			profile_function__add_line(f, &(struct profile_line){.line = line, .hits_inexact = true}), 0);
	assert_int_equal(inexact_hits__sentence(f, &sentence), 0);
	assert_non_null(strstr(sentence, ", 118 and 81 more are the best estimates"));
	free(sentence);
	profile__free(profile);
}

static void nothing_is_said_of_exact_hits(void **state)
{
	struct profile *profile = reported__profile();
	struct profile_function *f = reported__function(profile, "f", "/a/f.c", 3);
	const struct report_format *formats[] = {&report_text, &report_json, &report_html, &report_callgrind};
	char *sentence;

	(void)state;
	reported__line(f, 3, 1, 1);
	assert_int_equal(inexact_hits__sentence(f, &sentence), 0);
	assert_null(sentence);
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		char *text = reported__detailed(profile, formats[i]);

		assert_null(strstr(text, "estimate"));
		assert_null(strstr(text, "inexact"));
		free(text);
	}
	profile__free(profile);
}

static char *difference(const struct profile_diff *diff, const struct diff_format *format)
{
	const struct report_style style = {.unit = 1e-6};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(format->write(diff, &style, out), 0);
	fclose(out);
	return text;
}

static void a_comparison_marks_each_side(void **state)
{
	struct profile *before = estimated(), *after = estimated();
	struct profile_diff diff;
	char *text;

	(void)state;
	after->functions[0].lines[1].hits_inexact = false;
	assert_int_equal(profile_diff__compute(before, after, &diff), 0);
	diff.before_name = diff.after_name = "a";
	text = difference(&diff, &diff_text);
	assert_non_null(strstr(text, "       4      4          ~20           20          4.0          4.0       +0.0"));
	assert_non_null(strstr(text, "       6      6           ~0           ~0          2.0          2.0       +0.0"));
	assert_non_null(strstr(text, "\n~N " MEANING "\n"));
	free(text);
	text = difference(&diff, &diff_json);
	assert_non_null(strstr(text, "{\"before\":{\"line\":4,\"hits\":20,\"hits_inexact\":true,\"time_ns\":4000,"
				     "\"uncertainty_ns\":0},\"after\":{\"line\":4,\"hits\":20,\"time_ns\":4000,"));
	free(text);
	profile_diff__release(&diff);
	profile__free(before);
	profile__free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_marks_the_count),
		cmocka_unit_test(other_formats_mark_the_line),
		cmocka_unit_test(formats_without_a_mark_have_a_sentence),
		cmocka_unit_test(nothing_is_said_of_exact_hits),
		cmocka_unit_test(a_comparison_marks_each_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
