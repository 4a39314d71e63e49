// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/budget_use.h"
#include "report/diff_report.h"
#include "report/estimated_hits.h"
#include "unit/reported.h"
#include "unit/stacked.h"
#include "unit/test.h"

#define ADVICE "; --max-overhead none counts all of them, a higher one more of them"

/* Function f, whose hits were estimated, but not those of line 3. */
static struct profile *estimated(void)
{
	static const struct profile_line lines[] = {
		{.line = 3, .hits = 10, .time_ns = 2000},
		{.line = 4, .hits = 1234567, .hits_uncertainty = 23456, .time_ns = 4000000},
		{.line = 5, .hits = 123456789012, .hits_uncertainty = 7654321098},
		{.line = 6, .hits_uncertainty = 591, .time_ns = 2000},
		{.line = 7, .time_ns = 5000},
		{.line = 8, .hits = 96, .hits_uncertainty = 30, .hits_inexact = true, .time_ns = 1},
		{.line = 9},
	};
	struct profile *profile = reported__profile();
	struct profile_function *f = reported__function(profile, "f", "/a/f.c", 3);

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(profile_function__add_line(f, &lines[i]), 0);
	f->estimated = true;
	f->calls = 1234;
	f->calls_uncertainty = 56;
	profile->budget.percent = 2;
	profile->budget.spent_ns = 13;
	profile->budget.target_ns = 1000;
	return profile;
}

#define BEFORE_TABLE                                                                                                   \
	"Timer unit: 1e-06 s\nProfiling took 1.3 % of the target's time (at most 2 %)\n\n"                             \
	"Total time: 0.004009 s\nFile: /a/f.c\nFunction: f at line 3\n\n"                                              \
	"The profile holds no source text of /a/f.c\n"                                                                 \
	"The lines are printed without their contents; --source-dir [OLD=]NEW names a directory where the sources "    \
	"are.\n\n"

/* Whoever reads the rows finds a whole number of hits in each, and the text where the title says. */
static void programs_read_whole_numbers(void **state)
{
	struct profile *profile = estimated();
	char *text = reported__detailed(profile, &report_text);

	(void)state;
	assert_string_equal(
		text, BEFORE_TABLE
		"Line #         Hits         Time  Per Hit   % Time    Line Contents\n"
		"===================================================================\n"
		"     3           10          2.0      0.2      0.0    \n"
		"     4      1230000       4000.0      0.0     99.8  * \n"
		"     5 123000000000                                 * \n"
		"     6            0          2.0               0.0  * \n"
		"     7                       5.0               0.1    \n"
		"     8         ~100          0.0      0.0      0.0  * \n"
		"     9                                                \n\n"
		"note: * behind the numbers of a line: its hits are estimated from counting now and then, the "
		"median line's to +-6.2 % (19 times of 20)" ADVICE "\n"
		"note: 0 with *: no hit was seen, so if the line was executed at all, then fewer than 600 "
		"times\n"
		"note: a line with a time and no hits was in samples, but never counted\n"
		"note: its times are those of samples; a line without a time was in no sample\n"
		"note: ~ before the hits: the compiled code does not tell how often the line was executed; "
		"the count is the best estimate\n\n");
	free(text);
	profile__free(profile);
}

static char *on_terminal(const struct profile *profile, const char *mark)
{
	const struct report_style style = {.unit = 1e-6, .details = true, .columns = 80, .estimate_mark = mark};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(report_text.write(profile, &style, out), 0);
	fclose(out);
	return text;
}

static void people_see_the_mark_at_the_hits(void **state)
{
	struct profile *profile = estimated();
	char *text;

	(void)state;
	profile->functions[0].lines[5].hits_inexact = false;
	text = on_terminal(profile, "\u2248");
	assert_string_equal(text, BEFORE_TABLE
			    "Line #         Hits          Time  Per Hit   % Time  Line Contents\n"
			    "==================================================================\n"
			    "     3           10           2.0      0.2      0.0  \n"
			    "     4      1230000\u2248       4000.0      0.0     99.8  \n"
			    "     5 123000000000\u2248                                 \n"
			    "     6         <600           2.0               0.0  \n"
			    "     7                        5.0               0.1  \n"
			    "     8          100\u2248          0.0      0.0      0.0  \n"
			    "     9                                               \n\n"
			    "note: \u2248 behind hits: estimated from counting now and then, the median "
			    "line's to +-6.2 % (19 times of 20)" ADVICE "\n"
			    "note: < before hits: no hit was seen, so if the line was executed at all, then fewer than "
			    "600 times\n"
			    "note: a line with a time and no hits was in samples, but never counted\n"
			    "note: its times are those of samples; a line without a time was in no sample\n\n");
	free(text);
	text = on_terminal(profile, "*");
	assert_non_null(strstr(text, "\n     4      1230000*       4000.0      0.0     99.8  \n"));
	assert_non_null(strstr(text, "note: * behind hits: "));
	free(text);
	profile__free(profile);
}

static void a_table_without_estimates_stays_as_it_is(void **state)
{
	struct profile *profile = reported__profile();
	char *text;

	(void)state;
	reported__line(reported__function(profile, "f", "/a/f.c", 3), 3, 10, 2000);
	text = on_terminal(profile, "\u2248");
	assert_non_null(strstr(text, "\nLine #      Hits         Time  Per Hit   % Time  Line Contents\n"));
	assert_non_null(strstr(text, "\n     3        10          2.0      0.2    100.0  \n"));
	assert_null(strstr(text, "estimated"));
	free(text);
	profile__free(profile);
}

static void check_has(const struct profile *profile, const struct report_format *format, const char *part)
{
	char *text = reported__detailed(profile, format);

	if (!strstr(text, part))
		fail_msg("the %s report has no \"%s\" but:\n%s", format->name, part, text);
	free(text);
}

static void other_formats_mark_the_line(void **state)
{
	struct profile *profile = estimated();

	(void)state;
	check_has(profile, &report_json,
		  "{\"line\":4,\"hits\":1234567,\"hits_uncertainty\":23456,\"time_ns\":4000000}");
	check_has(profile, &report_json, "{\"line\":6,\"hits\":0,\"hits_uncertainty\":591,\"time_ns\":2000}");
	check_has(profile, &report_json, "\"estimated\":true,\"calls\":1234,\"calls_uncertainty\":56,");
	check_has(profile, &report_json,
		  "\"budget\":{\"percent\":2.0,\"pause_ns\":0,\"spent_ns\":13,\"target_ns\":1000,\"windows\":0},");
	check_has(profile, &report_csv, ",waiting_ns,hits_inexact,hits_uncertainty\r\n");
	check_has(profile, &report_csv, ",3,10,2000,0,0,0,0,0\r\n");
	check_has(profile, &report_csv, ",4,1234567,4000000,0,0,0,0,23456\r\n");
	check_has(profile, &report_csv, ",5,123456789012,,0,0,0,0,7654321098\r\n");
	check_has(profile, &report_csv, ",7,,5000,0,0,0,0,0\r\n");
	profile__free(profile);
}

static void a_page_has_intervals(void **state)
{
	struct profile *profile = estimated();

	(void)state;
	check_has(profile, &report_html, "<th scope=\"row\">3</th><td>10</td>");
	check_has(profile, &report_html,
		  "<th scope=\"row\">4</th><td title=\"&plusmn; 23,456 (19 times of 20)\">1,230,000&asymp;</td>");
	check_has(profile, &report_html, "<th scope=\"row\">6</th><td>&lt;600</td>");
	check_has(profile, &report_html, "<th scope=\"row\">7</th><td></td><td>5.0</td>");
	check_has(
		profile, &report_html,
		"<th scope=\"row\">8</th><td title=\"the compiled code does not tell how often the line was executed; "
		"the count is the best estimate; &plusmn; 30 (19 times of 20)\">~100&asymp;</td>");
	check_has(profile, &report_html, "<th scope=\"row\">9</th><td>0</td>");
	/* What the script ranks lines by. */
	check_has(profile, &report_html, " data-time=\"4000000\" data-hits=\"1234567\" style=");
	check_has(profile, &report_html, " data-time=\"2000\" data-hits=\"0\" style=");
	check_has(profile, &report_html,
		  "<dt>Calls</dt><dd><span title=\"&plusmn; 56 (19 times of 20)\">1,230&asymp;</span></dd>");
	check_has(profile, &report_html,
		  "<dt>Profiling took</dt><dd>1.3 % of the target&#39;s time (at most 2 %)</dd>");
	check_has(profile, &report_html, "<li>\u2248 behind hits: estimated ");
	check_has(profile, &report_html, "<p><code>&asymp;</code> The number is an estimate");
	profile__free(profile);
}

static void formats_without_a_mark_have_a_sentence(void **state)
{
	struct profile *profile = estimated();
	struct profile_function *f = &profile->functions[0];
	char *sentence;

	(void)state;
	check_has(profile, &report_callgrind, "desc: Profiling took: 1.3 % of the target's time (at most 2 %)\n");
	check_has(profile, &report_callgrind,
		  "# note: hits are estimated from counting now and then, the median line's to +-6.2 % (19 times of "
		  "20)" ADVICE "\n3 10 2000\n4 1230000 4000000\n5 123000000000 0\n6 0 2000\n");
	check_has(profile, &report_lcov, "FNDA:1230,f\n");
	check_has(profile, &report_lcov,
		  "DA:3,10\nDA:4,1230000\nDA:5,123000000000\nDA:6,0\nDA:7,0\nDA:8,100\nDA:9,0\n");
	for (size_t i = 0; i < f->n_lines; i++)
		if (f->lines[i].hits)
			f->lines[i].hits_uncertainty = 0;
	assert_int_equal(estimated_hits__sentence(f, &sentence), 0);
	assert_string_equal(sentence, "lines without hits: no hit was seen, so if the line was executed at all, then "
				      "fewer than 600 times");
	free(sentence);
	f->lines[3].hits_uncertainty = 0;
	assert_int_equal(estimated_hits__sentence(f, &sentence), 0);
	assert_null(sentence);
	profile__free(profile);
}

static void medians_have_two_digits(void **state)
{
	static const struct {
		uint64_t uncertainty;
		const char *percent;
	} cases[] = {{1, "+-0.1 %"},	{12, "+-1.2 %"},   {123, "+-12 %"},	      {994, "+-99 %"},
		     {1234, "+-123 %"}, {9000, "+-900 %"}, {5000000, "hardly known"}, {UINT64_MAX, "hardly known"}};
	const struct profile_line exact = {.line = 9, .hits = 5};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct profile *profile = reported__profile();
		struct profile_function *f = reported__function(profile, "f", "/a/f.c", 1);
		struct profile_line line = {.hits = 1000};
		char sentence[ESTIMATED_HITS_ROOM];

		assert_int_equal(profile_function__add_line(f, &exact), 0);
		assert_false(estimated_hits__say_seen(f, "", sentence));
		/* The middle one of three. */
		for (uint32_t k = 1; k <= 3; k++) {
			line.line = k;
			line.hits_uncertainty = k == 1 ? 1 : k == 2 ? UINT64_MAX : cases[i].uncertainty;
			assert_int_equal(profile_function__add_line(f, &line), 0);
		}
		assert_true(estimated_hits__say_seen(f, "", sentence));
		if (!strstr(sentence, cases[i].percent))
			fail_msg("%s: %s", cases[i].percent, sentence);
		profile__free(profile);
	}
}

static void what_profiling_took(void **state)
{
	static const struct {
		double percent;
		uint64_t spent_ns, target_ns;
		const char *expected;
	} cases[] = {
		{2, 123, 10000, "1.2 % of the target's time (at most 2 %)"},
		{0.5, 5, 100000, "less than 0.01 % of the target's time (at most 0.5 %)"},
		{0.5, 0, 100000, "0 % of the target's time (at most 0.5 %)"},
		{2, 456, 1000000, "0.05 % of the target's time (at most 2 %)"},
		{2, 456, 10000, "4.6 % of the target's time (at most 2 %)"},
		{25, 1234, 10000, "12 % of the target's time (at most 25 %)"},
		{2, 0, 0, NULL},
		{0, 456, 10000, NULL},
	};
	struct profile_budget budget = {.percent = 2, .spent_ns = 30, .target_ns = 2000}, since = budget;
	char text[BUDGET_USE_ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct profile_budget each = {
			.percent = cases[i].percent, .spent_ns = cases[i].spent_ns, .target_ns = cases[i].target_ns};

		assert_int_equal(budget_use__format(&each, NULL, text), cases[i].expected != NULL);
		if (cases[i].expected)
			assert_string_equal(text, cases[i].expected);
	}
	assert_true(
		budget_use__explain(&(struct profile_budget){.percent = 2, .spent_ns = 35, .target_ns = 100}, text));
	assert_string_equal(
		text, "35 % of the target's time (at most 2 %, or that of a tenth of a processor if it runs less)");
	assert_false(budget_use__format(&budget, &since, text));
	since.spent_ns = 10;
	since.target_ns = 1000;
	assert_true(budget_use__format(&budget, &since, text));
	assert_string_equal(text, "2 % of the target's time (at most 2 %)");
	assert_true(budget_use__format_short(&budget, &since, text));
	assert_string_equal(text, "2 % (at most 2 %)");
}

static char *difference(const struct profile *before, const struct profile *after, const struct diff_format *format)
{
	const struct report_style style = {.unit = 1e-6, .columns = 80, .estimate_mark = "\u2248"};
	struct profile_diff diff;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(profile_diff__compute(before, after, &diff), 0);
	diff.before_name = diff.after_name = "a";
	assert_int_equal(format->write(&diff, &style, out), 0);
	fclose(out);
	profile_diff__release(&diff);
	return text;
}

static void a_comparison_says_what_differs(void **state)
{
	struct profile *before = estimated(), *after = estimated();
	struct profile_function *f = &after->functions[0];
	char *text;

	(void)state;
	f->lines[1].hits = 1264567; /* within the uncertainty of both */
	f->lines[2].hits *= 2;	    /* beyond it */
	f->lines[3].hits = 20000;   /* from none seen to some */
	f->lines[3].hits_uncertainty = 800;
	f->calls_uncertainty = 0;
	text = difference(before, after, &diff_text);
	assert_non_null(strstr(text, "\nCalls: 1234, were 1230\u2248\n"));
	assert_non_null(strstr(text,
			       "       3      3            10            10          2.0          2.0       +0.0   "
			       " +0.0 %    \n"));
	/* The time per hit is not known to have changed. */
	assert_non_null(strstr(text, "       4      4      1230000\u2248     =1260000\u2248       4000.0       4000.0  "
				     "     +0.0              \n"));
	assert_non_null(strstr(text, "       5      5 123000000000\u2248 247000000000\u2248  "));
	assert_non_null(strstr(text, "       6      6          <600        20000\u2248 "));
	assert_non_null(strstr(text, "\nN\u2248 hits or calls estimated from counting now and then\n"
				     "=N hits that differ from those before by no more than both are uncertain\n"));
	free(text);
	text = difference(before, after, &diff_json);
	assert_non_null(strstr(text, "\"hits\":1264567,\"hits_uncertainty\":23456,"));
	assert_non_null(strstr(text, "\"estimated\":true,\"calls\":1234,\"calls_uncertainty\":56,"));
	assert_non_null(strstr(text, "\"uncertain\":false,\"hits_alike\":true,"));
	free(text);
	profile__free(before);
	profile__free(after);
}

/* The digits are those of the table's other numbers, and the mark is where these have their decimal point. */
static void the_table_of_functions_marks_calls(void **state)
{
	struct profile *profile = estimated();
	char *text;

	(void)state;
	profile->duration_ns = 1000000000;
	profile->stacks = stacks__new();
	assert_non_null(profile->stacks);
	stacked__sample(profile->stacks, "f:3", 100);
	stacked__sample(profile->stacks, "g:3", 100);
	for (size_t i = 0; i < profile->stacks->n_functions; i++) {
		struct stack_function *function = &profile->stacks->functions[i];

		free(function->file);
		free(function->object);
		free(function->build_id);
		function->file = strdup("/a/f.c");
		function->object = strdup("/a/program");
		function->build_id = strdup("c0ffee");
		function->line = 3;
	}
	reported__function(profile, "g", "/a/f.c", 3)->calls = 7;
	text = on_terminal(profile, "\u2248");
	assert_non_null(strstr(text, "  1230\u2248  f"));
	assert_non_null(strstr(text, "     7   g"));
	assert_non_null(strstr(text, "\nnote: \u2248 behind calls: estimated from counting now and then" ADVICE "\n"));
	free(text);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_read_whole_numbers),
		cmocka_unit_test(people_see_the_mark_at_the_hits),
		cmocka_unit_test(a_table_without_estimates_stays_as_it_is),
		cmocka_unit_test(other_formats_mark_the_line),
		cmocka_unit_test(a_page_has_intervals),
		cmocka_unit_test(formats_without_a_mark_have_a_sentence),
		cmocka_unit_test(medians_have_two_digits),
		cmocka_unit_test(what_profiling_took),
		cmocka_unit_test(a_comparison_says_what_differs),
		cmocka_unit_test(the_table_of_functions_marks_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
