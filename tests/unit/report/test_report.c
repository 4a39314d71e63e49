// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/reported.h"
#include "unit/scene.h"

static const struct report_style plain = {.unit = 1e-6, .details = true};

/* What FORMAT writes, with every mention of the scene's directory shown as "DIR"; owned by the caller. */
static char *written(const struct scene *scene, const struct report_format *format, const struct report_style *style)
{
	char *raw = scene__written(scene, format, style), *text = NULL;
	size_t size, dir_len = strlen(scene->scratch->dir);
	FILE *edited;

	edited = open_memstream(&text, &size);
	assert_non_null(edited);
	for (const char *at = raw; *at;) {
		if (!strncmp(at, scene->scratch->dir, dir_len)) {
			fputs("DIR", edited);
			at += dir_len;
		} else {
			fputc(*at++, edited);
		}
	}
	fclose(edited);
	free(raw);
	return text;
}

static void check_text(const struct scene *scene, const struct report_style *style, const char *expected)
{
	char *text = written(scene, &report_text, style);

	assert_string_equal(text, expected);
	free(text);
}

#define HEADER                                                                                                         \
	"Line #      Hits         Time  Per Hit   % Time  Line Contents\n"                                             \
	"==============================================================\n"

static void uncertain_times_are_marked(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f;
	char *json;

	scene__put_source(scene, "int f(void)\n{\n}\n");
	f = scene__add_function(scene, "f", 1);
	reported__line(f, 1, 10, 2000);
	reported__line(f, 3, 10, 6000);
	f->lines[0].uncertainty_ns = f->lines[1].uncertainty_ns = 2500;
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n\n"
		   "Total time: 8e-06 s\nFile: DIR/a.c\nFunction: f at line 1\n\n" HEADER
		   "     1        10          2.0      0.2     25.0~ int f(void)\n"
		   "     2                                           {\n"
		   "     3        10          6.0      0.6     75.0  }\n\n");
	json = written(scene, &report_json, &plain);
	assert_non_null(strstr(json, "below_resolution"));
	assert_null(strstr(strstr(json, "below_resolution") + 1, "below_resolution"));
	free(json);
}

static void time_off_the_processor_is_said(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f;
	char *json;

	f = scene__add_function(scene, "f", 1);
	scene__put_source(scene, "int f;\n");
	assert_int_equal(profile_function__add_line(f, &(struct profile_line){.line = 1,
									      .hits = 1,
									      .time_ns = 2000000000,
									      .blocked_ns = 500000000,
									      .waiting_ns = 1250000000}),
			 0);
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n\n"
		   "Total time: 2 s\nFile: DIR/a.c\nFunction: f at line 1\n\n" HEADER
		   "     1         1    2000000.0    2e+06    100.0  int f;\n\n"
		   "note: off the processor for 25.0 % of its time, asleep or waiting for others\n"
		   "note: it also waited 1.25 s for a processor, in part because of the probes; that is not in the "
		   "table\n\n");
	json = written(scene, &report_json, &plain);
	assert_non_null(strstr(json, "\"time_ns\":2000000000,\"blocked_ns\":500000000,\"waiting_ns\":1250000000,"));
	assert_non_null(
		strstr(json, "\"time_ns\":2000000000,\"blocked_ns\":500000000,\"waiting_ns\":1250000000,\"lines\""));
	free(json);
	/* Less than a hundredth of the time is not mentioned. */
	f->blocked_ns = f->waiting_ns = 19999999;
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n\n"
		   "Total time: 2 s\nFile: DIR/a.c\nFunction: f at line 1\n\n" HEADER
		   "     1         1    2000000.0    2e+06    100.0  int f;\n\n");
}

static void an_uncounted_function_has_no_hits(void **state)
{
	const struct report_style skipping = {.unit = 1e-6, .details = true, .skip_zero = true};
	struct scene *scene = *state;
	struct profile_function *f;

	scene__put_source(scene, "int f(void)\n{\n\treturn 1;\n\treturn 2;\n}\n");
	f = scene__add_function(scene, "f", 1);
	f->uncounted = true;
	reported__line(f, 1, 0, 0);
	reported__line(f, 3, 0, 30000000);
	reported__line(f, 5, 0, 10000000);
	f->lines[2].uncertainty_ns = 20000000;
	check_text(
		scene, &skipping,
		"Timer unit: 1e-06 s\n\n"
		"Total time: 0.04 s\nFile: DIR/a.c\nFunction: f at line 1\n\n" HEADER
		"     1                                           int f(void)\n"
		"     2                                           {\n"
		"     3                30000.0              75.0  \treturn 1;\n"
		"     4                                           \treturn 2;\n"
		"     5                10000.0              25.0~ }\n\n"
		"note: it was sampled, not probed: there are no hits, and a line without a time was in no sample\n\n");
	/* Without a sample it is left out as one that was not called. */
	f->lines[1].time_ns = f->lines[2].time_ns = 0;
	check_text(scene, &skipping, "Timer unit: 1e-06 s\n\n");
}

static void owners_are_named(void **state)
{
	struct scene *scene = *state;
	char *json;

	scene__put_source(scene, "int f;\n");
	for (int i = 3; i > 0; i--) {
		struct profile_function *f = scene__add_function(scene, "f", 1);

		f->owner =
			(struct profile_owner){.pid = i < 3 ? 5 : 12, .tid = i < 3 ? 5 + i : 0, .comm = "wor\033ker"};
		reported__line(f, 1, (uint64_t)i, 0);
	}
	/* Sorted by process, then by thread. */
	check_text(
		scene, &plain,
		"Timer unit: 1e-06 s\n\n"
		"Total time: 0 s\nFile: DIR/a.c\nFunction: f at line 1\nThread: 6 of process 5 (wor\\x1bker)\n\n" HEADER
		"     1         1          0.0      0.0           int f;\n\n"
		"Total time: 0 s\nFile: DIR/a.c\nFunction: f at line 1\nThread: 7 of process 5 (wor\\x1bker)\n\n" HEADER
		"     1         2          0.0      0.0           int f;\n\n"
		"Total time: 0 s\nFile: DIR/a.c\nFunction: f at line 1\nProcess: 12 (wor\\x1bker)\n\n" HEADER
		"     1         3          0.0      0.0           int f;\n\n");
	json = written(scene, &report_json, &plain);
	assert_non_null(strstr(json, "\"line\":1,\"last\":1,\"pid\":12,\"comm\":\"wor\\u001Bker\",\"object\""));
	assert_non_null(strstr(json, "\"pid\":5,\"comm\":\"wor\\u001Bker\",\"tid\":6,\"object\""));
	free(json);
}

static void the_table(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f;

	scene__put_source(scene, "// a\n"
				 "int collatz(long n)\n"
				 "{\n"
				 "\tint steps = 0;\n"
				 "\n"
				 "\twhile (n != 1)\n"
				 "\t\tsteps++;\n"
				 "\tabort();\n"
				 "}\n"
				 "int other;\n");
	f = scene__add_function(scene, "collatz", 2);
	reported__line(f, 2, 10000, 412000);
	reported__line(f, 4, 10000, 123456);
	reported__line(f, 6, 859666, 300000000);
	reported__line(f, 7, 849666, 186776544);
	reported__line(f, 8, 0, 0);
	reported__line(f, 9, 10000, 0);
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n"
		   "\n"
		   "Total time: 0.487312 s\n"
		   "File: DIR/a.c\n"
		   "Function: collatz at line 2\n"
		   "\n" HEADER "     2     10000        412.0      0.0      0.1  int collatz(long n)\n"
		   "     3                                           {\n"
		   "     4     10000        123.5      0.0      0.0  \tint steps = 0;\n"
		   "     5                                           \n"
		   "     6    859666     300000.0      0.3     61.6  \twhile (n != 1)\n"
		   "     7    849666     186776.5      0.2     38.3  \t\tsteps++;\n"
		   "     8                                           \tabort();\n"
		   "     9     10000          0.0      0.0      0.0  }\n"
		   "\n");
}

static void columns_widen(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f;

	scene__put_source(scene, "f\n");
	f = scene__add_function(scene, "f", 1);
	reported__line(f, 1, 999999999, 9999999999900);
	reported__line(f, 2, 1000000000, 10000000000000000);
	reported__line(f, 3, 1234567890123, 1);
	reported__line(f, 4, 1, 10000000000000);
	reported__line(f, 1234567, UINT64_MAX, 0);
	check_text(
		scene, &plain,
		"Timer unit: 1e-06 s\n"
		"\n"
		"Total time: 1.002e+07 s\n"
		"File: DIR/a.c\n"
		"Function: f at line 1\n"
		"\n"
		" Line #        Hits         Time  Per Hit   % Time  Line Contents\n"
		"=================================================================\n"
		"      1   999999999 9999999999.9     10.0      0.1  f\n"
		"      2       1e+09        1e+13  10000.0     99.8  \n"
		"      3 1.23457e+12          0.0      0.0      0.0  \n"
		"      4           1        1e+10    1e+10      0.1  \n"
		"1234567 1.84467e+19          0.0      0.0      0.0  \n"
		"\n"
		"note: the program has code on line 1234567 but the file has 1 lines: it is not the file the program "
		"was built from, and the source shown may be wrong\n"
		"\n");
}

static void the_unit_scales(void **state)
{
	struct scene *scene = *state;
	struct report_style style = plain;

	scene__put_source(scene, "f\n");
	reported__line(scene__add_function(scene, "f", 1), 1, 4, 1500000000);
	style.unit = 0.5;
	check_text(scene, &style,
		   "Timer unit: 0.5 s\n\nTotal time: 1.5 s\nFile: DIR/a.c\nFunction: f at line 1\n\n" HEADER
		   "     1         4          3.0      0.8    100.0  f\n\n");
	style.unit = 1e-9;
	check_text(scene, &style,
		   "Timer unit: 1e-09 s\n\nTotal time: 1.5 s\nFile: DIR/a.c\nFunction: f at line 1\n\n" HEADER
		   "     1         4 1500000000.0 3.75e+08    100.0  f\n\n");
}

static void without_time_there_is_no_percentage(void **state)
{
	struct scene *scene = *state;

	scene__put_source(scene, "f\n");
	reported__line(scene__add_function(scene, "f", 1), 1, 3, 0);
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n\nTotal time: 0 s\nFile: DIR/a.c\nFunction: f at line 1\n\n" HEADER
		   "     1         3          0.0      0.0           f\n\n");
}

static void time_without_a_hit_is_said(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f;

	scene__put_source(scene, "f\ng\n");
	f = scene__add_function(scene, "f", 1);
	reported__line(f, 1, 1, 1000000);
	reported__line(f, 2, 0, 3000000);
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n\nTotal time: 0.004 s\nFile: DIR/a.c\nFunction: f at line 1\n\n" HEADER
		   "     1         1       1000.0   1000.0     25.0  f\n"
		   "     2                                           g\n"
		   "\n"
		   "note: 0.003 s of the total time belong to lines without a hit\n"
		   "\n");
}

static void rows_begin_with_the_first_line_of_code(void **state)
{
	struct scene *scene = *state;

	scene__put_source(scene, "one\ntwo\nthree\nfour\n");
	reported__line(scene__add_function(scene, "unknown", 0), 2, 1, 0);
	reported__line(scene__add_function(scene, "smaller", 4), 3, 1, 0);
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n\n"
		   "Total time: 0 s\nFile: DIR/a.c\nFunction: unknown at line 2\n\n" HEADER
		   "     2         1          0.0      0.0           two\n\n"
		   "Total time: 0 s\nFile: DIR/a.c\nFunction: smaller at line 3\n\n" HEADER
		   "     3         1          0.0      0.0           three\n\n");
}

static void a_missing_source_is_said(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f = scene__add_function(scene, "f", 10);

	reported__line(f, 12, 1, 1000);
	reported__line(f, 4000000000, 0, 0);
	assert_int_equal(profile_function__add_note(f, "a note"), 0);
	assert_int_equal(profile__add_note(scene->profile, "the last word"), 0);
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n"
		   "\n"
		   "Total time: 1e-06 s\n"
		   "File: DIR/a.c\n"
		   "Function: f at line 10\n"
		   "\n"
		   "Could not find file DIR/a.c\n"
		   "The lines are printed without their contents; --source-dir [OLD=]NEW names a directory where "
		   "the sources are.\n"
		   "\n"
		   "    Line #      Hits         Time  Per Hit   % Time  Line Contents\n"
		   "==================================================================\n"
		   "        12         1          1.0      1.0    100.0  \n"
		   "4000000000                                           \n"
		   "\n"
		   "note: a note\n"
		   "\n"
		   "note: the last word\n");
}

static void why_there_is_no_source_is_said(void **state)
{
	struct scene *scene = *state;
	static const struct {
		int err;
		const char *said;
	} cases[] = {
		{-EACCES, "Could not read file /a.c with the rights of the target's owner\n"},
		{-EINVAL, "Could not read file /a.c, which is not a regular file\n"},
		{-EXDEV, "Could not read file /a.c, which is not the same file for all of the processes\n"},
		{-EIO, "Could not read file /a.c\n"},
		{0, "The profile holds no source text of /a.c\n"},
	};
	struct profile_function *f = profile__add_function(scene->profile, "f", "", "/a.c", 1);

	reported__line(f, 1, 1, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text;

		f->source_error = cases[i].err;
		text = written(scene, &report_text, &plain);
		assert_non_null(strstr(text, cases[i].said));
		assert_non_null(strstr(text, "--source-dir"));
		free(text);
	}
}

static void a_report_opens_no_file(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f;

	scene__put_source(scene, "private\n");
	f = profile__add_function(scene->profile, "f", "", scene->file, 1);
	f->last = 20;
	reported__line(f, 1, 1, 0);
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n\n"
		   "Total time: 0 s\nFile: DIR/a.c\nFunction: f at line 1\n\n"
		   "The profile holds no source text of DIR/a.c\n"
		   "The lines are printed without their contents; --source-dir [OLD=]NEW names a directory where "
		   "the sources are.\n\n" HEADER "     1         1          0.0      0.0           \n\n");
}

static void controls_never_reach_the_terminal(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f;

	scene__put_source(scene, "a\x1b[31m\0\x7f\r\n"
				 "\tcaf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n"
				 "\xc2\x9b \xc3 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xff\n"
				 "\xe2\x82");
	f = scene__add_function(scene, "f\n\x1b]0;x\x07", 1);
	for (uint32_t line = 1; line <= 4; line++)
		reported__line(f, line, 1, 0);
	assert_int_equal(profile_function__add_note(f, "bell\x07"), 0);
	check_text(scene, &plain,
		   "Timer unit: 1e-06 s\n\n"
		   "Total time: 0 s\nFile: DIR/a.c\nFunction: f\\x0a\\x1b]0;x\\x07 at line 1\n\n" HEADER
		   "     1         1          0.0      0.0           a\\x1b[31m\\x00\\x7f\n"
		   "     2         1          0.0      0.0           \tcaf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n"
		   "     3         1          0.0      0.0           \\xc2\\x9b \\xc3 \\xc0\\xaf \\xed\\xa0\\x80 "
		   "\\xf4\\x90\\x80\\x80 \\xff\n"
		   "     4         1          0.0      0.0           \\xe2\\x82\n"
		   "\n"
		   "note: bell\\x07\n\n");
}

static void add_four_functions(struct scene *scene)
{
	reported__line(scene__add_function(scene, "late", 30), 30, 1, 2000000000);
	reported__line(scene__add_function(scene, "unhit", 20), 20, 0, 0);
	reported__line(scene__add_function(scene, "early", 3), 3, 1, 3000000000);
	reported__line(scene__add_function(scene, "free", 25), 25, 5, 0);
}

static void the_summary_is_in_the_order_of_the_source(void **state)
{
	struct scene *scene = *state;
	const struct report_style style = {.unit = 1e-6, .summarize = true};

	add_four_functions(scene);
	assert_int_equal(profile__add_note(scene->profile, "the last word"), 0);
	check_text(scene, &style,
		   "Timer unit: 1e-06 s\n\n"
		   "  3.00 seconds - DIR/a.c:3 - early\n"
		   "  0.00 seconds - DIR/a.c:20 - unhit\n"
		   "  0.00 seconds - DIR/a.c:25 - free\n"
		   "  2.00 seconds - DIR/a.c:30 - late\n"
		   "\n"
		   "note: the last word\n");
}

static void the_longest_comes_last_when_sorted(void **state)
{
	struct scene *scene = *state;
	const struct report_style style = {.unit = 1e-6, .summarize = true, .sort = true, .skip_zero = true};

	add_four_functions(scene);
	check_text(scene, &style,
		   "Timer unit: 1e-06 s\n\n"
		   "  0.00 seconds - DIR/a.c:25 - free\n"
		   "  2.00 seconds - DIR/a.c:30 - late\n"
		   "  3.00 seconds - DIR/a.c:3 - early\n");
}

static void tables_come_before_the_summary(void **state)
{
	struct scene *scene = *state;
	struct report_style style = plain;

	scene__put_source(scene, "f\n");
	reported__line(scene__add_function(scene, "f", 1), 1, 1, 1000);
	style.summarize = true;
	check_text(scene, &style,
		   "Timer unit: 1e-06 s\n\n"
		   "Total time: 1e-06 s\nFile: DIR/a.c\nFunction: f at line 1\n\n" HEADER
		   "     1         1          1.0      1.0    100.0  f\n\n"
		   "  0.00 seconds - DIR/a.c:1 - f\n");
}

static void nothing_profiled_is_a_header(void **state)
{
	check_text(*state, &plain, "Timer unit: 1e-06 s\n\n");
}

static void a_full_disk_is_an_error(void **state)
{
	struct scene *scene = *state;
	FILE *full = fopen("/dev/full", "w");

	assert_non_null(full);
	assert_int_equal(report_text.write(scene->profile, &plain, full), -EIO);
	fclose(full);
	full = fopen("/dev/full", "w");
	assert_non_null(full);
	assert_int_equal(report_json.write(scene->profile, &plain, full), -EIO);
	fclose(full);
}

static void an_empty_profile_in_json(void **state)
{
	struct scene *scene = *state;
	char *text = written(scene, &report_json, &plain);

	assert_string_equal(text, "{\"format\":\"lprof-bpf\",\"version\":1,\"clock\":\"wall\",\"duration_ns\":0,"
				  "\"command\":[],\"pids\":[],"
				  "\"probe\":{\"sites\":0,\"hits\":0,\"missed\":0,\"overhead_ns\":0},"
				  "\"functions\":[],\"notes\":[]}\n");
	free(text);
}

static void a_full_profile_in_json(void **state)
{
	struct scene *scene = *state;
	struct profile *profile = scene->profile;
	char *const argv[] = {(char *)"sh", (char *)"-c", (char *)"a\n\"b\"", NULL};
	struct profile_function *f = profile__add_function(profile, "ns::f", "_ZN2ns1fEv", "/src/f.cc", 6);
	char *text;

	profile->clock = PROFILE_CLOCK_CPU;
	profile->duration_ns = 5000000000;
	profile->probe.sites = 3;
	profile->probe.hits = 4;
	profile->probe.missed = 5;
	profile->probe.overhead_ns = 6;
	assert_int_equal(profile__set_command(profile, argv), 0);
	assert_int_equal(profile__add_pid(profile, 11), 0);
	assert_int_equal(profile__add_pid(profile, 12), 0);
	assert_int_equal(profile__add_note(profile, "whole"), 0);
	assert_int_equal(profile_function__set_place(f, "/bin/f", "00ff", NULL), 0);
	assert_int_equal(profile_function__add_note(f, "part"), 0);
	f->calls = 9;
	reported__line(f, 9, 0, 0);
	reported__line(f, 7, UINT64_MAX, INT64_MAX);

	text = written(scene, &report_json, &plain);
	assert_string_equal(text,
			    "{\"format\":\"lprof-bpf\",\"version\":1,\"clock\":\"cpu\",\"duration_ns\":5000000000,"
			    "\"command\":[\"sh\",\"-c\",\"a\\n\\\"b\\\"\"],\"pids\":[11,12],"
			    "\"probe\":{\"sites\":3,\"hits\":4,\"missed\":5,\"overhead_ns\":6},"
			    "\"functions\":[{\"name\":\"ns::f\",\"linkage_name\":\"_ZN2ns1fEv\",\"file\":\"/src/f.cc\","
			    "\"line\":6,\"last\":9,\"object\":\"/bin/f\",\"build_id\":\"00ff\",\"calls\":9,"
			    "\"time_ns\":9223372036854775807,\"blocked_ns\":0,\"waiting_ns\":0,\"lines\":["
			    "{\"line\":7,\"hits\":9223372036854775807,\"time_ns\":9223372036854775807},"
			    "{\"line\":9,\"hits\":0,\"time_ns\":0}],\"notes\":[\"part\"]}],\"notes\":[\"whole\"]}\n");
	free(text);
}

static void json_is_valid_whatever_the_names_are(void **state)
{
	struct scene *scene = *state;
	json_t *root, *name;
	char *text;

	assert_non_null(profile__add_function(scene->profile, "\xff\x1b\t\xc3\xa9\xc2\x9b\x7f", "", "\xe2\x82", 1));
	text = written(scene, &report_json, &plain);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	name = json_object_get(json_array_get(json_object_get(root, "functions"), 0), "name");
	assert_string_equal(json_string_value(name), "\\xff\x1b\t\xc3\xa9\\xc2\\x9b\\x7f");
	assert_null(strchr(text, '\x1b'));
	json_decref(root);
	free(text);
}

/* The style is only for tables. A saved profile is complete, and its keys name the units. */
static void json_ignores_the_style(void **state)
{
	struct scene *scene = *state;
	const struct report_style style = {.unit = 2, .skip_zero = true, .sort = true};
	char *text, *styled;

	add_four_functions(scene);
	text = written(scene, &report_json, &plain);
	styled = written(scene, &report_json, &style);
	assert_non_null(strstr(text, "unhit"));
	assert_string_equal(text, styled);
	free(text);
	free(styled);
}

/* Removes the escape sequences that set colours from TEXT, and nothing else. Returns their number. */
static size_t strip_colours(char *text)
{
	size_t n = 0;
	char *to = text;

	for (const char *at = text; *at;) {
		size_t inside = at[0] == '\033' && at[1] == '[' ? strspn(at + 2, "0123456789;") : 0;

		if (inside && at[2 + inside] == 'm') {
			at += 2 + inside + 1;
			n++;
		} else {
			*to++ = *at++;
		}
	}
	*to = '\0';
	return n;
}

static void colours_do_not_change_the_text(void **state)
{
	struct scene *scene = *state;
	struct report_style style = {.unit = 1e-6, .details = true, .summarize = true};
	struct profile_function *f;
	char *plainly, *coloured;

	scene__put_source(scene, "int f(void)\n{\n\t\033[31mx\n}\n");
	f = scene__add_function(scene, "\033[2Jf", 1);
	reported__line(f, 1, 10, 1000);
	reported__line(f, 2, 123456789012, 99000000000000);
	reported__line(f, 3, 1, 0);
	reported__line(f, 4, 0, 500000);
	f->lines[0].uncertainty_ns = 5000;
	assert_int_equal(profile__add_note(scene->profile, "a note"), 0);
	plainly = written(scene, &report_text, &style);
	style.color = true;
	coloured = written(scene, &report_text, &style);
	assert_null(strchr(plainly, '\033'));
	assert_true(strip_colours(coloured) > 0);
	assert_string_equal(coloured, plainly);
	free(plainly);
	free(coloured);
}

static void hot_cells_are_coloured(void **state)
{
	const struct report_style style = {.unit = 1e-6, .details = true, .color = true};
	struct scene *scene = *state;
	struct profile_function *f = scene__add_function(scene, "f", 1);
	char *text;

	scene__put_source(scene, "a\nb\nc\n");
	reported__line(f, 1, 1, 90000);
	reported__line(f, 2, 1, 9000);
	reported__line(f, 3, 1, 1000);
	text = written(scene, &report_text, &style);
	assert_non_null(strstr(text, "Function: \033[1mf\033[0m at line 1\n"));
	assert_non_null(strstr(text, "\033[1mLine #      Hits         Time  Per Hit   % Time  Line Contents\033[0m\n"));
	assert_non_null(
		strstr(text, "     1         1 \033[1;31m        90.0\033[0m     90.0 \033[1;31m    90.0\033[0m  a\n"));
	assert_non_null(
		strstr(text, "     2         1 \033[32m         9.0\033[0m      9.0 \033[32m     9.0\033[0m  b\n"));
	assert_non_null(strstr(text, "     3         1          1.0      1.0      1.0  c\n"));
	free(text);
}

static void formats_are_found(void **state)
{
	(void)state;
	assert_ptr_equal(report__by_name("text"), &report_text);
	assert_ptr_equal(report__by_name("json"), &report_json);
	assert_ptr_equal(report__by_name("html"), &report_html);
	assert_ptr_equal(report__by_suffix("a.html"), &report_html);
	assert_null(report__by_name("JSON"));
	assert_null(report__by_name(""));
	assert_ptr_equal(report__by_suffix("a.b.json"), &report_json);
	assert_ptr_equal(report__by_suffix("a.txt"), &report_text);
	assert_null(report__by_suffix("json"));
	assert_null(report__by_suffix("a.json.gz"));
	assert_null(report__by_suffix(""));
}

static void every_format_has_its_name_and_suffix(void **state)
{
	char *names = strdup(report__names());
	size_t n = 0;

	(void)state;
	assert_non_null(names);
	for (char *rest = names, *name; (name = strsep(&rest, " ")); n++) {
		const struct report_format *format;
		char path[64];

		if (rest) {
			assert_int_equal(name[strlen(name) - 1], ',');
			name[strlen(name) - 1] = '\0';
		}
		format = report__by_name(name);
		assert_non_null(format);
		snprintf(path, sizeof(path), "a%s", format->suffix);
		assert_ptr_equal(report__by_suffix(path), format);
	}
	assert_true(n >= 8);
	free(names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene__set_up, scene__tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_has_its_name_and_suffix),
		TEST(the_table),
		TEST(uncertain_times_are_marked),
		TEST(time_off_the_processor_is_said),
		TEST(an_uncounted_function_has_no_hits),
		TEST(owners_are_named),
		TEST(columns_widen),
		TEST(the_unit_scales),
		TEST(without_time_there_is_no_percentage),
		TEST(time_without_a_hit_is_said),
		TEST(rows_begin_with_the_first_line_of_code),
		TEST(a_missing_source_is_said),
		TEST(why_there_is_no_source_is_said),
		TEST(a_report_opens_no_file),
		TEST(controls_never_reach_the_terminal),
		TEST(the_summary_is_in_the_order_of_the_source),
		TEST(the_longest_comes_last_when_sorted),
		TEST(tables_come_before_the_summary),
		TEST(nothing_profiled_is_a_header),
		TEST(a_full_disk_is_an_error),
		TEST(an_empty_profile_in_json),
		TEST(a_full_profile_in_json),
		TEST(json_is_valid_whatever_the_names_are),
		TEST(json_ignores_the_style),
		TEST(colours_do_not_change_the_text),
		TEST(hot_cells_are_coloured),
		cmocka_unit_test(formats_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
