// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "profile/profile_source.h"
#include "unit/scratch.h"
#include "unit/seen.h"

static const struct source_dirs nowhere;

static struct profile_function *add_function(struct profile *profile, const struct target_files *files,
					     const char *file, uint32_t n_lines)
{
	struct profile_function *f = profile__add_function(profile, "f", "", file, 1);

	assert_non_null(f);
	f->files = files;

	for (uint32_t line = 1; line <= n_lines; line++)
		assert_int_equal(profile_function__add_line(f, &(struct profile_line){.line = line}), 0);
	return f;
}

static const char *text_of(const struct profile *profile, size_t function, size_t line)
{
	return profile_function__text(&profile->functions[function], &profile->functions[function].lines[line]);
}

static void what_lines_say_is_kept(void **state)
{
	struct scratch *scratch = scratch__new();
	char *path = scratch__write(scratch, "a.c", "one\n\ttwo\033\r\n\n\xff", 0644);
	char *gone = scratch__path(scratch, "gone.c");
	struct target_files *files = seen__by_us();
	struct profile *profile = profile__new();

	(void)state;
	add_function(profile, files, path, 5);
	add_function(profile, files, gone, 1);
	assert_int_equal(profile_source__record(profile, &nowhere, NULL), 0);
	assert_string_equal(text_of(profile, 0, 0), "one");
	assert_string_equal(text_of(profile, 0, 1), "\ttwo\\x1b");
	assert_string_equal(text_of(profile, 0, 2), "");
	assert_string_equal(text_of(profile, 0, 3), "\\xff");
	assert_null(text_of(profile, 0, 4));
	assert_null(text_of(profile, 1, 0));
	assert_int_equal(profile->functions[0].source_error, 0);
	assert_int_equal(profile->functions[1].source_error, -ENOENT);

	assert_string_equal(profile->functions[0].notes[0],
			    "the program has code on line 5 but the file has 4 lines: it is not the file the program "
			    "was built from, and the source shown may be wrong");

	/* The recorded texts stay, and nothing is taken from a file that has changed. */
	free(scratch__write(scratch, "a.c", "ONE\n\n\n\n\nsix\n", 0644));
	assert_int_equal(profile_source__record(profile, &nowhere, NULL), 0);
	assert_string_equal(text_of(profile, 0, 0), "one");
	assert_null(text_of(profile, 0, 4));
	assert_string_equal(
		profile->functions[0].notes[1],
		"line 1 read differently when it was profiled: the source file has changed since, so nothing of it "
		"is shown");
	free(path);
	free(gone);
	profile__free(profile);
	target_files__unref(files);
	scratch__free(scratch);
}

static void lines_between_are_kept(void **state)
{
	struct scratch *scratch = scratch__new();
	char *path = scratch__write(scratch, "a.c", "before\n{\ncode\n\tno code\ncode\n}\nafter\n", 0644);
	struct target_files *files = seen__by_us();
	struct profile *profile = profile__new();
	struct profile_function *f = profile__add_function(profile, "f", "", path, 2);
	static const struct {
		uint32_t line;
		const char *text;
	} expected[] = {{2, "{"}, {4, "\tno code"}, {6, "}"}};

	(void)state;
	f->files = files;
	f->last = 6;
	assert_int_equal(profile_function__add_line(f, &(struct profile_line){.line = 3}), 0);
	assert_int_equal(profile_function__add_line(f, &(struct profile_line){.line = 5}), 0);
	assert_int_equal(profile_source__record(profile, &nowhere, NULL), 0);
	assert_int_equal(f->n_between, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(f->between[i].line, expected[i].line);
		assert_string_equal(profile_function__text_between(f, &f->between[i]), expected[i].text);
	}
	free(path);
	profile__free(profile);
	target_files__unref(files);
	scratch__free(scratch);
}

static void names_of_a_saved_profile_are_not_opened(void **state)
{
	struct scratch *scratch = scratch__new();
	char *path = scratch__write(scratch, "a.c", "private\n", 0644);
	struct source_dirs dirs = {0};
	struct profile *profile = profile__new();

	(void)state;
	add_function(profile, NULL, path, 1);
	assert_int_equal(profile_source__record(profile, &dirs, NULL), 0);
	assert_null(text_of(profile, 0, 0));
	/* It is read if the user names its directory. */
	assert_int_equal(source_dirs__add(&dirs, scratch->dir), 0);
	assert_int_equal(profile_source__record(profile, &dirs, NULL), 0);
	assert_string_equal(text_of(profile, 0, 0), "private");
	source_dirs__release(&dirs);
	free(path);
	profile__free(profile);
	scratch__free(scratch);
}

static void changes_are_found(void **state)
{
	static const struct {
		const char *text;
		uint32_t first;
	} cases[] = {
		{"a\nb\n\xc3\xa9\n", 0},
		{"a\r\nb\n\xc3\xa9\n\nmore", 0},
		{"a\nb2\n\xc3\xa9\n", 2},
		{"a\nb\n", 3},
		{"", 1},
	};
	struct scratch *scratch = scratch__new();
	char *path = scratch__write(scratch, "a.c", "a\nb\n\xc3\xa9\n", 0644);
	struct target_files *files = seen__by_us();
	struct profile *profile = profile__new();

	(void)state;
	add_function(profile, files, path, 4);
	assert_int_equal(profile_source__record(profile, &nowhere, NULL), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct source *source;

		free(scratch__write(scratch, "a.c", cases[i].text, 0644));
		assert_int_equal(source__open(&nowhere, files, path, &source), 0);
		assert_int_equal(profile_source__first_change(&profile->functions[0], 0, source), cases[i].first);
		source__close(source);
	}
	free(path);
	profile__free(profile);
	target_files__unref(files);
	scratch__free(scratch);
}

static void long_lines_are_cut_between_characters(void **state)
{
	struct scratch *scratch = scratch__new();
	struct target_files *files = seen__by_us();
	struct profile *profile = profile__new();
	char text[1000] = "", *path;

	(void)state;
	for (size_t i = 0; i < 300; i++)
		strcat(text, "\xe2\x82\xac"); /* 400 is not a multiple of three */
	path = scratch__write(scratch, "a.c", text, 0644);
	add_function(profile, files, path, 1);
	assert_int_equal(profile_source__record(profile, &nowhere, NULL), 0);
	assert_int_equal(strlen(text_of(profile, 0, 0)), 399);
	assert_memory_equal(text_of(profile, 0, 0), text, 399);
	free(path);
	profile__free(profile);
	target_files__unref(files);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lines_say_is_kept),
		cmocka_unit_test(lines_between_are_kept),
		cmocka_unit_test(names_of_a_saved_profile_are_not_opened),
		cmocka_unit_test(changes_are_found),
		cmocka_unit_test(long_lines_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
