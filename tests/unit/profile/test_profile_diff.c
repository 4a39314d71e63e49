// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/diff_report.h"
#include "unit/stacked.h"
#include "unit/test.h"

struct line {
	const char *text; /* NULL: the line has no text */
	uint64_t hits, time_ns, uncertainty_ns;
	uint32_t line;
};

static struct profile_function *add_function(struct profile *profile, const char *name, const char *file,
					     uint32_t first, const struct line *lines, size_t n)
{
	struct profile_function *f = profile__add_function(profile, name, "", file, first);

	assert_non_null(f);
	for (size_t i = 0; i < n; i++) {
		const struct profile_line line = {.line = lines[i].line,
						  .hits = lines[i].hits,
						  .time_ns = lines[i].time_ns,
						  .uncertainty_ns = lines[i].uncertainty_ns};

		assert_int_equal(profile_function__add_line(f, &line), 0);
		if (lines[i].text)
			assert_int_equal(
				profile_function__set_text(f, &f->lines[i], lines[i].text, strlen(lines[i].text)), 0);
	}
	return f;
}

#define N(array) (sizeof(array) / sizeof(*(array)))

/* Two profiles compared. */
struct scene {
	struct profile *before, *after;
	struct profile_diff diff;
};

static void open_scene(struct scene *scene)
{
	scene->before = profile__new();
	scene->after = profile__new();
	assert_true(scene->before && scene->after);
}

static void compute(struct scene *scene)
{
	assert_int_equal(profile_diff__compute(scene->before, scene->after, &scene->diff), 0);
	scene->diff.before_name = "before.json";
	scene->diff.after_name = "after\033.json";
}

static void close_scene(struct scene *scene)
{
	profile_diff__release(&scene->diff);
	profile__free(scene->before);
	profile__free(scene->after);
}

static char *written(const struct scene *scene, const struct diff_format *format, const struct report_style *style)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(format->write(&scene->diff, style, out), 0);
	fclose(out);
	return text;
}

/* EXPECTED has "before>after" for each line, with "-" where one is missing. */
static void check_lines(const struct profile_diff_function *function, const char *expected)
{
	char found[512] = "";

	for (size_t i = 0; i < function->n_lines; i++) {
		const struct profile_diff_line *line = &function->lines[i];
		size_t used = strlen(found);

		used += (size_t)snprintf(found + used, sizeof(found) - used, "%s", i ? " " : "");
		used += (size_t)(line->before ? snprintf(found + used, sizeof(found) - used, "%u>", line->before->line)
					      : snprintf(found + used, sizeof(found) - used, "->"));
		if (line->after)
			snprintf(found + used, sizeof(found) - used, "%u%s", line->after->line,
				 line->edited ? "!" : "");
		else
			snprintf(found + used, sizeof(found) - used, "-");
	}
	assert_string_equal(found, expected);
}

static void lines_are_matched_by_their_text(void **state)
{
	static const struct line before[] = {
		{"f()", 1, 0, 0, 10},	 {"  a;", 1, 100, 0, 11}, {"  b;", 1, 50, 0, 12},
		{"  old;", 1, 7, 0, 13}, {"}", 1, 0, 0, 14},
	};
	static const struct line after[] = {
		{"f()", 1, 0, 0, 20}, {"new;", 1, 1, 0, 21},	 {"\ta; ", 1, 40, 0, 25},
		{"b;", 1, 70, 0, 26}, {"changed;", 1, 9, 0, 27}, {"}", 1, 0, 0, 28},
	};
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_function(scene.before, "f", "a.c", 10, before, N(before));
	add_function(scene.after, "f", "a.c", 20, after, N(after));
	compute(&scene);
	assert_int_equal(scene.diff.n_functions, 1);
	check_lines(&scene.diff.functions[0], "10>20 ->21 11>25 12>26 13>27! 14>28");
	assert_int_equal(scene.diff.functions[0].change_ns, 120 - 157);
	assert_int_equal(scene.diff.functions[0].lines[2].change_ns, -60);
	assert_true(scene.diff.functions[0].lines[2].largest);
	assert_false(scene.diff.functions[0].lines[3].largest);
	assert_true(scene.diff.functions[0].lines[3].per_hit_change_ns == 20);
	close_scene(&scene);
}

static void without_texts_by_their_distance(void **state)
{
	static const struct line before[] = {{NULL, 1, 1, 0, 10}, {NULL, 1, 1, 0, 12}, {NULL, 1, 1, 0, 13}};
	static const struct line after[] = {{"x", 1, 1, 0, 110}, {"y", 1, 1, 0, 111}, {"z", 1, 1, 0, 113}};
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_function(scene.before, "f", "a.c", 10, before, N(before));
	add_function(scene.after, "f", "a.c", 110, after, N(after));
	compute(&scene);
	check_lines(&scene.diff.functions[0], "10>110 12>- ->111 13>113");
	close_scene(&scene);
}

/* Two lines without a text must not be taken for the same line. */
static void some_lines_without_text(void **state)
{
	static const struct line before[] = {
		{"a", 1, 1, 0, 1}, {NULL, 1, 1, 0, 2}, {"b", 1, 1, 0, 3}, {NULL, 1, 1, 0, 4}};
	static const struct line after[] = {{NULL, 1, 1, 0, 1}, {"a", 1, 1, 0, 2}, {"b", 1, 1, 0, 3}};
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_function(scene.before, "f", "a.c", 1, before, N(before));
	add_function(scene.after, "f", "a.c", 1, after, N(after));
	compute(&scene);
	check_lines(&scene.diff.functions[0], "->1 1>2 2>- 3>3 4>-");
	close_scene(&scene);
}

static const struct profile_diff_function *find(const struct scene *scene, const struct profile_function *after)
{
	for (size_t i = 0; i < scene->diff.n_functions; i++)
		if (scene->diff.functions[i].after == after)
			return &scene->diff.functions[i];
	fail();
	return NULL;
}

static void functions_are_matched(void **state)
{
	struct scene scene;
	const struct profile_function *a;

	(void)state;
	open_scene(&scene);
	/* The same name in several files, directories and objects; the line number has changed. */
	add_function(scene.before, "f", "/v1/x.c", 5, NULL, 0);
	add_function(scene.before, "f", "/v1/y.c", 5, NULL, 0);
	add_function(scene.before, "g", "/v1/y.c", 5, NULL, 0);
	add_function(scene.before, "gone", "/v1/y.c", 9, NULL, 0);
	add_function(scene.before, "h", "h.h", 1, NULL, 0);
	add_function(scene.before, "h", "h.h", 1, NULL, 0);
	assert_int_equal(profile_function__set_place(&scene.before->functions[4], "/lib/one", "01", NULL), 0);
	assert_int_equal(profile_function__set_place(&scene.before->functions[5], "/lib/two", "02", NULL), 0);
	add_function(scene.after, "h", "h.h", 1, NULL, 0);
	add_function(scene.after, "h", "h.h", 1, NULL, 0);
	add_function(scene.after, "f", "/v1/y.c", 50, NULL, 0);
	add_function(scene.after, "f", "/v2/x.c", 5, NULL, 0);
	add_function(scene.after, "g", "/v1/other.c", 5, NULL, 0);
	add_function(scene.after, "new", "/v1/y.c", 9, NULL, 0);
	assert_int_equal(profile_function__set_place(&scene.after->functions[0], "/opt/two", "03", NULL), 0);
	assert_int_equal(profile_function__set_place(&scene.after->functions[1], "/opt/one", "04", NULL), 0);
	compute(&scene);

	a = scene.after->functions;
	assert_ptr_equal(find(&scene, &a[0])->before, &scene.before->functions[5]);
	assert_ptr_equal(find(&scene, &a[1])->before, &scene.before->functions[4]);
	assert_ptr_equal(find(&scene, &a[2])->before, &scene.before->functions[1]);
	assert_ptr_equal(find(&scene, &a[3])->before, &scene.before->functions[0]);
	assert_null(find(&scene, &a[4])->before);
	assert_null(find(&scene, &a[5])->before);
	assert_int_equal(scene.diff.n_functions, 4 + 2 + 2);
	close_scene(&scene);
}

static void what_is_uncertain_is_not_the_largest(void **state)
{
	static const struct line before[] = {
		{"a", 1, 100, 60, 1}, {"b", 1, 100, 10, 2}, {"c", 1, 5, 0, 3}, {"d", 1, 100, 5, 4}};
	static const struct line after[] = {
		{"a", 1, 200, 40, 1}, {"b", 1, 130, 10, 2}, {"c", 1, 5, 0, 3}, {"d", 1, 69, 5, 4}};
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_function(scene.before, "f", "a.c", 1, before, N(before));
	add_function(scene.after, "f", "a.c", 1, after, N(after));
	compute(&scene);
	assert_true(scene.diff.functions[0].lines[0].uncertain);
	assert_false(scene.diff.functions[0].lines[0].largest);
	assert_false(scene.diff.functions[0].lines[1].uncertain);
	assert_false(scene.diff.functions[0].lines[1].largest);
	assert_false(scene.diff.functions[0].lines[2].uncertain);
	assert_true(scene.diff.functions[0].lines[3].largest);
	close_scene(&scene);
}

static void estimated_hits_differ_beyond_what_is_uncertain(void **state)
{
	static const struct line before[] = {
		{"a", 100, 1, 0, 1}, {"b", 100, 1, 0, 2}, {"c", 100, 1, 0, 3}, {"d", 100, 1, 0, 4}};
	static const struct line after[] = {
		{"a", 105, 1, 0, 1}, {"b", 106, 1, 0, 2}, {"c", 100, 1, 0, 3}, {"e", 100, 1, 0, 4}, {"f", 9, 1, 0, 5}};
	struct scene scene;

	(void)state;
	open_scene(&scene);
	add_function(scene.before, "f", "a.c", 1, before, N(before));
	add_function(scene.after, "f", "a.c", 1, after, N(after));
	for (size_t i = 0; i < 2; i++) {
		scene.before->functions[0].lines[i].hits_uncertainty = 3;
		scene.after->functions[0].lines[i].hits_uncertainty = 4;
	}
	scene.before->functions[0].lines[3].hits_uncertainty = 50;
	compute(&scene);
	check_lines(&scene.diff.functions[0], "1>1 2>2 3>3 4>- ->4 ->5");
	assert_true(scene.diff.functions[0].lines[0].hits_alike);
	assert_false(scene.diff.functions[0].lines[1].hits_alike);
	/* They are equal, which needs no mention; and the others have nothing to be like. */
	for (size_t i = 2; i < 6; i++)
		assert_false(scene.diff.functions[0].lines[i].hits_alike);
	close_scene(&scene);
}

/* Checks that the N parts occur in the text in this order, each at the beginning of a line. */
static void assert_order(const char *text, const char *const *parts, size_t n)
{
	const char *at = text;

	for (size_t i = 0; i < n; i++) {
		const char *found = strstr(at, parts[i]);

		if (!found)
			fail_msg("\"%s\" does not follow in:\n%s", parts[i], at);
		at = found;
	}
}

static void open_full_scene(struct scene *scene)
{
	static const struct line before[] = {{"int f\033[31m", 10, 0, 0, 6},
					     {"\twork();", 10, 20000, 0, 8},
					     {"\tgone();", 10, 500000, 0, 9},
					     {"}", 10, 1000, 2000, 10}};
	static const struct line after[] = {{"int f\033[31m", 10, 0, 0, 7},
					    {"\tn++;", 10, 1000, 0, 8},
					    {"\tn--;", 20, 1000, 0, 9},
					    {"\twork();", 20, 80000, 0, 10},
					    {"}", 10, 1500, 2000, 12}};

	open_scene(scene);
	add_function(scene->before, "f", "/src/f.c", 6, before, N(before));
	add_function(scene->before, "old", "/src/f.c", 20, before, 1);
	add_function(scene->after, "f", "/src/f.c", 7, after, N(after));
	add_function(scene->after, "new", "/src/f.c", 30, NULL, 0);
	scene->before->duration_ns = 2000000000;
	scene->after->duration_ns = 2500000000;
	assert_int_equal(profile__add_note(scene->after, "bell\x07"), 0);
	compute(scene);
}

static void the_table(void **state)
{
	struct report_style style = {.unit = 1e-6, .details = true};
	struct scene scene;
	char *text;

	(void)state;
	open_full_scene(&scene);
	text = written(&scene, &diff_text, &style);
	assert_string_equal(
		text,
		"Timer unit: 1e-06 s\n"
		"\n"
		"Before: before.json (2 s)\n"
		"After: after\\x1b.json (2.5 s)\n"
		"\n"
		"Total time: 8.35e-05 s, was 0.000521 s (-84.0 %)\n"
		"File: /src/f.c\n"
		"Function: f at line 7, was at line 6\n"
		"Calls: 0, were 0\n"
		"\n"
		"Line was     is Hits were       are     Time was           is     Change   Per Hit    Line Contents\n"
		"===================================================================================================\n"
		"       6      7        10        10          0.0          0.0       +0.0              int f\\x1b[31m\n"
		"              8                  10                       1.0       +1.0            + \tn++;\n"
		"              9                  20                       1.0       +1.0            + \tn--;\n"
		"       8     10        10        20         20.0         80.0      +60.0  +100.0 %    \twork();\n"
		"       9               10                  500.0                  -500.0           *- \tgone();\n"
		"      10     12        10        10          1.0          1.5       +0.5   +50.0 % ~  }\n"
		"\n"
		"Only before: old at line 20 of /src/f.c, 0 s, calls: 0\n"
		"Only after: new at line 30 of /src/f.c, 0 s, calls: 0\n"
		"\n"
		"*  the largest change of time in its function\n"
		"~  a change within the uncertainty of what the probes cost\n"
		"-  only before\n"
		"+  only after\n"
		"\n"
		"note, after: bell\\x07\n");
	free(text);

	style.skip_zero = true;
	text = written(&scene, &diff_text, &style);
	assert_non_null(strstr(text, "Only before: old"));
	assert_null(strstr(text, "Only after: new"));
	free(text);
	close_scene(&scene);
}

static const json_t *member(const json_t *object, const char *path)
{
	char *copy = strdup(path), *rest = copy;

	for (char *key; (key = strsep(&rest, "."));)
		object = json_is_array(object) ? json_array_get(object, (size_t)atoi(key))
					       : json_object_get(object, key);
	free(copy);
	return object;
}

static void what_was_sampled_has_no_hits(void **state)
{
	static const struct line lines[] = {{"int f", 0, 0, 0, 6}, {"\twork();", 0, 20000, 0, 8}};
	const struct report_style style = {.unit = 1e-6, .details = true, .skip_zero = true};
	struct scene scene;
	json_t *root;
	char *text;

	(void)state;
	open_scene(&scene);
	add_function(scene.before, "f", "/src/f.c", 6, lines, N(lines));
	add_function(scene.before, "gone", "/src/f.c", 20, lines, N(lines));
	add_function(scene.after, "f", "/src/f.c", 6, lines, N(lines));
	scene.before->functions[0].uncounted = scene.before->functions[1].uncounted = true;
	scene.after->functions[0].uncounted = true;
	scene.after->functions[0].lines[1].time_ns = 30000;
	compute(&scene);
	text = written(&scene, &diff_text, &style);
	assert_non_null(strstr(
		text,
		"Function: f at line 6\n"
		"\n"
		"Line was     is Hits were       are     Time was           is     Change   Per Hit    Line Contents\n"
		"===================================================================================================\n"
		"       6      6                                                                       int f\n"
		"       8      8                             20.0         30.0      +10.0           *  \twork();\n"
		"\n"
		"Only before: gone at line 20 of /src/f.c, 2e-05 s\n"));
	free(text);
	scene.after->functions[0].uncounted = false;
	text = written(&scene, &diff_json, &style);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_true(json_is_false(member(root, "functions.0.before.counted")));
	assert_null(member(root, "functions.0.after.counted"));
	json_decref(root);
	free(text);
	close_scene(&scene);
}

static void sampled_functions_that_moved(void **state)
{
	const struct report_style style = {.unit = 1e-6, .details = true};
	struct scene scene;
	json_t *root;
	char *text;

	(void)state;
	open_scene(&scene);
	scene.before->stacks = stacks__new();
	scene.after->stacks = stacks__new();
	stacked__sample(scene.before->stacks, "main:1;f:2", 60);
	stacked__sample(scene.before->stacks, "main:1;b\x07", 30);
	stacked__sample(scene.before->stacks, "main:1;g:3", 10);
	stacked__sample(scene.after->stacks, "main:1;f:2", 85);
	stacked__sample(scene.after->stacks, "main:1;b\x07", 10);
	stacked__sample(scene.after->stacks, "main:1;g:3", 5);
	compute(&scene);
	text = written(&scene, &diff_text, &style);
	assert_non_null(
		strstr(text, "Sampled functions whose own share of the processor's time changed by more than chance\n"
			     "(100 samples before, 100 after; a change is off by more than +- once in twenty times):\n"
			     "\n"
			     "Own % was       is   Change       +-   Function\n"
			     "----------------------------------------------\n"
			     "    60.00    85.00   +25.00    12.12   f (f.c)\n"
			     "    30.00    10.00   -20.00    10.95   b\\x07\n"
			     "\n"));
	free(text);
	text = written(&scene, &diff_json, &style);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_int_equal(json_integer_value(member(root, "sampled.samples_before")), 100);
	assert_string_equal(json_string_value(member(root, "sampled.functions.0.name")), "f");
	assert_string_equal(json_string_value(member(root, "sampled.functions.0.file")), "f.c");
	assert_true(json_real_value(member(root, "sampled.functions.0.own_share_after")) == 0.85);
	assert_true(json_is_true(member(root, "sampled.functions.0.beyond_chance")));
	assert_true(json_is_false(member(root, "sampled.functions.2.beyond_chance")));
	json_decref(root);
	free(text);
	close_scene(&scene);
}

static void sampled_functions_that_did_not_move(void **state)
{
	const struct report_style style = {.unit = 1e-6, .details = true};
	struct scene scene;
	json_t *root;
	char *text;

	(void)state;
	open_scene(&scene);
	scene.before->stacks = stacks__new();
	stacked__sample(scene.before->stacks, "main:1;f:2", 60);
	compute(&scene);
	text = written(&scene, &diff_text, &style);
	assert_null(strstr(text, "ampled function"));
	free(text);
	text = written(&scene, &diff_json, &style);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_null(member(root, "sampled"));
	json_decref(root);
	free(text);
	scene.after->stacks = stacks__new();
	stacked__sample(scene.after->stacks, "main:1;f:3", 70);
	text = written(&scene, &diff_text, &style);
	assert_non_null(strstr(text,
			       "No sampled function changed its own share of the processor's time by more than chance\n"
			       "(60 samples before, 70 after).\n\n"));
	free(text);
	close_scene(&scene);
}

static void the_largest_change_comes_last_when_sorted(void **state)
{
	static const struct line a[] = {{"x", 1, 100, 0, 1}}, b[] = {{"x", 1, 90, 0, 1}}, c[] = {{"x", 1, 120, 0, 1}};
	static const char *const by_place[] = {"Function: one ", "Function: two ", "Function: three "};
	static const char *const by_change[] = {"Function: three ", "Function: one ", "Function: two "};
	struct report_style style = {.unit = 1e-6, .details = true};
	struct scene scene;
	char *text;

	(void)state;
	open_scene(&scene);
	add_function(scene.before, "two", "a.c", 2, a, 1);
	add_function(scene.before, "one", "a.c", 1, a, 1);
	add_function(scene.before, "three", "a.c", 3, a, 1);
	add_function(scene.after, "one", "a.c", 1, b, 1);
	add_function(scene.after, "two", "a.c", 2, c, 1);
	add_function(scene.after, "three", "a.c", 3, a, 1);
	compute(&scene);
	text = written(&scene, &diff_text, &style);
	assert_order(text, by_place, 3);
	free(text);
	style.sort = true;
	text = written(&scene, &diff_text, &style);
	assert_order(text, by_change, 3);
	free(text);
	close_scene(&scene);
}

static void the_same_in_json(void **state)
{
	const struct report_style style = {.unit = 1e-6};
	struct scene scene;
	json_t *root;
	char *text;

	(void)state;
	open_full_scene(&scene);
	text = written(&scene, &diff_json, &style);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(member(root, "format")), "lprof-bpf-diff");
	assert_int_equal(json_integer_value(member(root, "after.duration_ns")), 2500000000);
	assert_string_equal(json_string_value(member(root, "functions.0.name")), "f");
	assert_int_equal(json_integer_value(member(root, "functions.0.time_change_ns")), 83500 - 521000);
	assert_true(json_is_null(member(root, "functions.0.lines.1.before")));
	assert_int_equal(json_integer_value(member(root, "functions.0.lines.1.after.line")), 8);
	assert_int_equal(json_integer_value(member(root, "functions.0.lines.3.time_change_ns")), 60000);
	assert_true(json_real_value(member(root, "functions.0.lines.3.per_hit_change_ns")) == 2000);
	assert_string_equal(json_string_value(member(root, "functions.0.lines.3.source")), "\twork();");
	assert_true(json_is_true(member(root, "functions.0.lines.4.largest")));
	assert_null(member(root, "functions.0.lines.4.per_hit_change_ns"));
	assert_true(json_is_true(member(root, "functions.0.lines.5.uncertain")));
	assert_true(json_is_null(member(root, "functions.1.before"))); /* "new" comes before "old" */
	json_decref(root);
	free(text);
	close_scene(&scene);
}

static void a_full_disk_is_an_error(void **state)
{
	static const struct diff_format *const formats[] = {&diff_text, &diff_json};
	const struct report_style style = {.unit = 1e-6};
	struct scene scene;

	(void)state;
	open_full_scene(&scene);
	for (size_t i = 0; i < N(formats); i++) {
		FILE *full = fopen("/dev/full", "we");

		assert_non_null(full);
		assert_int_equal(formats[i]->write(&scene.diff, &style, full), -EIO);
		fclose(full);
	}
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_matched_by_their_text),
		cmocka_unit_test(without_texts_by_their_distance),
		cmocka_unit_test(some_lines_without_text),
		cmocka_unit_test(functions_are_matched),
		cmocka_unit_test(what_is_uncertain_is_not_the_largest),
		cmocka_unit_test(estimated_hits_differ_beyond_what_is_uncertain),
		cmocka_unit_test(the_table),
		cmocka_unit_test(what_was_sampled_has_no_hits),
		cmocka_unit_test(sampled_functions_that_moved),
		cmocka_unit_test(sampled_functions_that_did_not_move),
		cmocka_unit_test(the_largest_change_comes_last_when_sorted),
		cmocka_unit_test(the_same_in_json),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
