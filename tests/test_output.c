// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "scratch.h"

#define OLD "what was there before"

static const struct report_style style = {.unit = 1e-6};

/* Writes nothing but the profile's only function's name. */
static int write_name(const struct profile *profile, const struct report_style *given, FILE *out)
{
	assert_ptr_equal(given, &style);
	fputs(profile->functions[0].name, out);
	return 0;
}

static int write_half_and_fail(const struct profile *profile, const struct report_style *given, FILE *out)
{
	(void)given;
	fprintf(out, "%.2s", profile->functions[0].name);
	return -EPROTO;
}

static const struct report_format names = {.name = "names", .suffix = ".names", .write = write_name};
static const struct report_format broken = {.name = "broken", .suffix = ".broken", .write = write_half_and_fail};

static int setup(void **state)
{
	*state = scratch__new();
	return 0;
}

static int teardown(void **state)
{
	scratch__free(*state);
	return 0;
}

static struct output *open_output(struct scratch *scratch, const char *path)
{
	struct output *output = NULL;

	assert_int_equal(output__open(path, &scratch->diag, &output), 0);
	assert_non_null(output);
	return output;
}

/* Writes a report that reads TEXT; returns what output__write() does. */
static int put(struct scratch *scratch, struct output *output, const struct report_format *format, const char *text)
{
	struct profile *profile = profile__new();
	int err;

	assert_non_null(profile);
	assert_non_null(profile__add_function(profile, text, "", "", 1));
	err = output__write(output, format, &style, profile, &scratch->diag);
	profile__free(profile);
	return err;
}

static void assert_holds(const char *path, const char *text)
{
	char *held = scratch__read(path);

	assert_string_equal(held, text);
	free(held);
}

static void new_file_is_made(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "new");
	struct output *output = open_output(scratch, path);
	struct stat st;
	mode_t mask = umask(0);

	umask(mask);
	assert_holds(path, "");
	assert_int_equal(put(scratch, output, &names, "report"), 0);
	assert_holds(path, "report"); /* before it is closed */
	output__close(output);
	assert_holds(path, "report");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | (0644 & ~mask));
	assert_string_equal(scratch__said(scratch), "");
	free(path);
}

static void opening_harms_nothing(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__write(scratch, "old", OLD, 0600);
	struct output *output = open_output(scratch, path);

	assert_holds(path, OLD);
	output__close(output);
	assert_holds(path, OLD);
	free(path);
}

static void file_holds_the_last_report_only(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__write(scratch, "old", OLD, 0600);
	struct output *output = open_output(scratch, path);

	assert_int_equal(put(scratch, output, &names, "first"), 0);
	assert_holds(path, "first");
	assert_int_equal(put(scratch, output, &names, "a longer second"), 0);
	assert_holds(path, "a longer second");
	assert_int_equal(put(scratch, output, &names, "3rd"), 0);
	output__close(output);
	assert_holds(path, "3rd");
	free(path);
}

/* Cannot be opened because of ERR, which is said. */
static void assert_refused(struct scratch *scratch, const char *path, int err)
{
	struct output *output = NULL;

	assert_int_equal(output__open(path, &scratch->diag, &output), -err);
	assert_null(output);
	assert_said(scratch, path);
	assert_said(scratch, strerror(err));
	assert_said(scratch, "-o");
}

static void missing_directory_is_said(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "missing/file");

	assert_refused(scratch, path, ENOENT);
	free(path);
}

static void directory_is_refused(void **state)
{
	struct scratch *scratch = *state;

	assert_refused(scratch, scratch->dir, EISDIR);
}

static void full_device_is_said(void **state)
{
	struct scratch *scratch = *state;
	struct output *output = open_output(scratch, "/dev/full");

	assert_string_equal(scratch__said(scratch), "");
	assert_int_equal(put(scratch, output, &names, "report"), -ENOSPC);
	output__close(output);
	assert_said(scratch, "/dev/full");
	assert_said(scratch, strerror(ENOSPC));
}

static void device_that_cannot_be_cut_is_written(void **state)
{
	struct scratch *scratch = *state;
	struct output *output = open_output(scratch, "/dev/null");

	assert_int_equal(put(scratch, output, &names, "report"), 0);
	assert_int_equal(put(scratch, output, &names, "report"), 0);
	output__close(output);
	assert_string_equal(scratch__said(scratch), "");
}

static void error_of_the_format_is_said_and_can_be_repaired(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "file");
	struct output *output = open_output(scratch, path);

	assert_int_equal(put(scratch, output, &broken, "report"), -EPROTO);
	assert_said(scratch, path);
	assert_said(scratch, strerror(EPROTO));
	assert_int_equal(put(scratch, output, &names, "whole"), 0);
	output__close(output);
	assert_holds(path, "whole");
	free(path);
}

static void standard_output_stays_open(void **state)
{
	struct scratch *scratch = *state;

	output__close(open_output(scratch, NULL));
	output__close(NULL);
	assert_true(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
	assert_int_equal(fflush(stdout), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(new_file_is_made, setup, teardown),
		cmocka_unit_test_setup_teardown(opening_harms_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(file_holds_the_last_report_only, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_directory_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(directory_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(full_device_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(device_that_cannot_be_cut_is_written, setup, teardown),
		cmocka_unit_test_setup_teardown(error_of_the_format_is_said_and_can_be_repaired, setup, teardown),
		cmocka_unit_test_setup_teardown(standard_output_stays_open, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
