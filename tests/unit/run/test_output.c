// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/output.h"
#include "unit/scratch.h"

#define OLD "what was there before"

static const struct report_style style = {.unit = 1e-6};

/* A format that writes only the name of the profile's only function. */
static int write_name(const struct profile *profile, const struct report_style *given, FILE *out)
{
	assert_true(given->unit == style.unit);
	assert_int_equal(given->columns, 0);
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

/* Writes a report with the text TEXT; returns the result of output__write(). */
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

static void new_file_is_made(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "new");
	struct output *output = open_output(scratch, path);
	struct stat st;
	mode_t mask = umask(0);

	umask(mask);
	assert_file_holds(path, "");
	assert_int_equal(put(scratch, output, &names, "report"), 0);
	assert_file_holds(path, "report"); /* the file is complete even before it is closed */
	output__close(output);
	assert_file_holds(path, "report");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | (0644 & ~mask));
	assert_string_equal(scratch__said(scratch), "");
	free(path);
}

static void file_holds_the_last_report_only(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__write(scratch, "old", OLD, 0600);
	struct output *output = open_output(scratch, path);

	assert_int_equal(put(scratch, output, &names, "first"), 0);
	assert_file_holds(path, "first");
	assert_int_equal(put(scratch, output, &names, "a longer second"), 0);
	assert_file_holds(path, "a longer second");
	assert_int_equal(put(scratch, output, &names, "3rd"), 0);
	output__close(output);
	assert_file_holds(path, "3rd");
	free(path);
}

static void missing_directory_is_said(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "missing/file");
	struct output *output = NULL;

	assert_int_equal(output__open(path, &scratch->diag, &output), -ENOENT);
	assert_null(output);
	assert_said(scratch, path);
	assert_said(scratch, strerror(ENOENT));
	assert_said(scratch, "-o");
	free(path);
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

static int write_columns(const struct profile *profile, const struct report_style *given, FILE *out)
{
	(void)profile;
	fprintf(out, "%d\n", given->columns);
	return 0;
}

static void the_format_knows_how_wide_the_terminal_is(void **state)
{
	static const struct report_format columns = {.name = "columns", .suffix = ".columns", .write = write_columns};
	struct winsize size = {.ws_row = 24, .ws_col = 97};
	struct scratch *scratch = *state;
	struct output *output;
	char path[64], shown[64] = "";
	int terminal, other;

	assert_int_equal(openpty(&other, &terminal, path, NULL, &size), 0);
	output = open_output(scratch, path);
	assert_int_equal(put(scratch, output, &columns, ""), 0);
	output__close(output);
	assert_true(read(other, shown, sizeof(shown) - 1) > 0);
	assert_string_equal(shown, "97\r\n");
	close(terminal);
	close(other);
}

static void report_that_fails_leaves_nothing_behind(void **state)
{
	struct scratch *scratch = *state;
	char *old = scratch__write(scratch, "old", OLD, 0600), *path = scratch__path(scratch, "new");
	struct output *to_old = open_output(scratch, old), *to_new = open_output(scratch, path);

	assert_int_equal(put(scratch, to_old, &broken, "report"), -EPROTO);
	assert_file_holds(old, OLD);
	assert_int_equal(put(scratch, to_old, &names, "first"), 0);
	assert_int_equal(put(scratch, to_old, &broken, "second"), -EPROTO);
	output__close(to_old);
	assert_file_holds(old, "first");
	assert_int_equal(put(scratch, to_new, &broken, "report"), -EPROTO);
	output__close(to_new);
	assert_int_equal(access(path, F_OK), -1);
	free(old);
	free(path);
}

/* A limit for files is to one process what a full disk is to all. */
static void limit_files_to(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size == RLIM_INFINITY ? limit.rlim_max : size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, size == RLIM_INFINITY ? SIG_DFL : SIG_IGN);
}

static void without_room_the_file_stays_as_it_was(void **state)
{
	struct scratch *scratch = *state;
	char *old = scratch__write(scratch, "old", OLD, 0600), *path = scratch__path(scratch, "new");
	struct output *to_old = open_output(scratch, old), *to_new = open_output(scratch, path);

	limit_files_to(strlen(OLD) + 3);
	assert_int_equal(put(scratch, to_old, &names, OLD " and more"), -EFBIG);
	assert_int_equal(put(scratch, to_new, &names, OLD " and more"), -EFBIG);
	output__close(to_new);
	assert_file_holds(old, OLD);
	assert_int_equal(put(scratch, to_old, &names, OLD "..."), 0);
	limit_files_to(RLIM_INFINITY);
	output__close(to_old);
	assert_file_holds(old, OLD "...");
	assert_int_equal(access(path, F_OK), -1);
	assert_said(scratch, strerror(EFBIG));
	free(old);
	free(path);
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
	assert_file_holds(path, "whole");
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
		cmocka_unit_test_setup_teardown(file_holds_the_last_report_only, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_directory_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(full_device_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(device_that_cannot_be_cut_is_written, setup, teardown),
		cmocka_unit_test_setup_teardown(the_format_knows_how_wide_the_terminal_is, setup, teardown),
		cmocka_unit_test_setup_teardown(report_that_fails_leaves_nothing_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(without_room_the_file_stays_as_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(error_of_the_format_is_said_and_can_be_repaired, setup, teardown),
		cmocka_unit_test_setup_teardown(standard_output_stays_open, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
