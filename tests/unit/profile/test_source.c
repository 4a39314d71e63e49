// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/source.h"
#include "unit/seen.h"
#include "unit/test.h"

static const struct source_dirs nowhere;

/* A directory with a root/ below it; *state is its path. */
struct place {
	char dir[PATH_MAX - 64];
	char root[PATH_MAX];
	struct target_files *files; /* the view of this process */
	char path[PATH_MAX];	    /* path of the file that in_dir() or in_root() named last */
};

static int make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	const char *tmp = getenv("TMPDIR");

	if (!place)
		return -1;
	snprintf(place->dir, sizeof(place->dir), "%s/lprof-source-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(place->dir))
		return -1;
	place->files = seen__by_us();
	snprintf(place->root, sizeof(place->root), "%s/root", place->dir);
	*state = place;
	return mkdir(place->root, 0700);
}

static const char *in_dir(struct place *place, const char *name)
{
	snprintf(place->path, sizeof(place->path), "%s/%s", place->dir, name);
	return place->path;
}

static const char *in_root(struct place *place, const char *name)
{
	snprintf(place->path, sizeof(place->path), "%s/root/%s", place->dir, name);
	return place->path;
}

static int remove_place(void **state)
{
	static const char *const names[] = {"a.c",    "root/a.c", "root/link.c", "root/up.c",
					    "secret", "fifo",	  "root",	 ""};
	struct place *place = *state;
	int err = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (remove(in_dir(place, names[i])) && errno != ENOENT)
			err = -1;
	}
	target_files__unref(place->files);
	free(place);
	return err;
}

static void put(const char *path, const void *text, size_t len)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

static void check_line(const struct source *source, uint32_t line, const void *expected, size_t n)
{
	size_t len = SIZE_MAX;
	const char *text = source__line(source, line, &len);

	assert_non_null(text);
	assert_int_equal(len, n);
	assert_memory_equal(text, expected, n);
}

#define CHECK_LINE(source, line, literal) check_line(source, line, literal, sizeof(literal) - 1)

static struct source *open_text(struct place *place, const char *text, size_t len)
{
	struct source *source = NULL;

	put(in_dir(place, "a.c"), text, len);
	assert_int_equal(source__open(&nowhere, place->files, place->path, &source), 0);
	assert_non_null(source);
	return source;
}

#define OPEN_TEXT(place, literal) open_text(place, literal, sizeof(literal) - 1)

static void lines_are_found(void **state)
{
	struct source *source = OPEN_TEXT(*state, "int a;\n\n\tint b;\n");
	size_t len;

	assert_int_equal(source__n_lines(source), 3);
	CHECK_LINE(source, 1, "int a;");
	CHECK_LINE(source, 2, "");
	CHECK_LINE(source, 3, "\tint b;");
	assert_null(source__line(source, 0, &len));
	assert_null(source__line(source, 4, &len));
	assert_null(source__line(source, UINT32_MAX, &len));
	source__close(source);
}

static void the_last_line_may_lack_its_end(void **state)
{
	struct source *source = OPEN_TEXT(*state, "one\ntwo");

	assert_int_equal(source__n_lines(source), 2);
	CHECK_LINE(source, 1, "one");
	CHECK_LINE(source, 2, "two");
	source__close(source);
}

static void crlf_is_a_line_end(void **state)
{
	struct source *source = OPEN_TEXT(*state, "one\r\n\r\nt\rwo\r\r\nlast\r");

	assert_int_equal(source__n_lines(source), 4);
	CHECK_LINE(source, 1, "one");
	CHECK_LINE(source, 2, "");
	CHECK_LINE(source, 3, "t\rwo\r"); /* only the carriage return of the line end is removed */
	CHECK_LINE(source, 4, "last\r");
	source__close(source);
}

static void nul_bytes_are_kept(void **state)
{
	struct source *source = OPEN_TEXT(*state, "a\0b\n\0\n");

	assert_int_equal(source__n_lines(source), 2);
	CHECK_LINE(source, 1, "a\0b");
	CHECK_LINE(source, 2, "\0");
	source__close(source);
}

static void an_empty_file_has_no_lines(void **state)
{
	struct source *source = OPEN_TEXT(*state, "");
	size_t len;

	assert_int_equal(source__n_lines(source), 0);
	assert_null(source__line(source, 1, &len));
	source__close(source);
	source__close(NULL);
}

/* Whether a file modified at the second SECOND and NS more is newer than MADE_NS. */
static bool is_newer(struct place *place, time_t second, long ns, int64_t made_ns)
{
	const struct timespec times[] = {{second, ns}, {second, ns}};
	struct source *source = NULL;
	bool newer;

	put(in_dir(place, "a.c"), "one\n", 4);
	assert_int_equal(utimensat(AT_FDCWD, place->path, times, 0), 0);
	assert_int_equal(source__open(&nowhere, place->files, place->path, &source), 0);
	newer = source__is_newer(source, made_ns);
	source__close(source);
	return newer;
}

static void a_file_is_newer_by_nanoseconds_where_both_have_them(void **state)
{
	const int64_t second = INT64_C(1000000000), made = 1700000000 * second;

	assert_true(is_newer(*state, 1700000000, 7, made + 6));
	assert_false(is_newer(*state, 1700000000, 7, made + 7)); /* all files of a checkout */
	assert_false(is_newer(*state, 1700000000, 7, made + 8)); /* written, and built at once */
	assert_true(is_newer(*state, 1700000001, 5, made + 6));
	assert_false(is_newer(*state, 1699999999, 999999999, made + 6));

	/* One of them was rounded to seconds: nobody knows which of two in the same second was first. */
	assert_false(is_newer(*state, 1700000000, 7, made));
	assert_false(is_newer(*state, 1700000000, 0, made - 1 + second));
	assert_false(is_newer(*state, 1700000000, 0, made));
	assert_true(is_newer(*state, 1700000001, 0, made + 6));
	assert_true(is_newer(*state, 1700000001, 7, made));

	assert_false(is_newer(*state, 1700000001, 7, 0)); /* not known */
}

static void files_of_the_users_directories_are_never_newer(void **state)
{
	struct place *place = *state;
	struct source_dirs dirs = {0};
	struct source *source = NULL;

	put(in_dir(place, "a.c"), "one\n", 4);
	assert_int_equal(source_dirs__add(&dirs, place->dir), 0);
	assert_int_equal(source__open(&dirs, NULL, "/no/such/a.c", &source), 0);
	assert_false(source__is_newer(source, 1));
	source__close(source);
	source_dirs__release(&dirs);
}

static void the_root_is_the_targets(void **state)
{
	struct place *place = *state;
	struct target_files *below;
	struct source *source = NULL;

	if (geteuid())
		skip();
	below = seen__below(place->root, 0);
	put(in_root(place, "a.c"), "below\n", 6);
	assert_int_equal(source__open(&nowhere, below, "/a.c", &source), 0);
	CHECK_LINE(source, 1, "below");
	source__close(source);

	/* A file that is missing below the other root is not read from our own root. */
	put(in_dir(place, "a.c"), "outside\n", 8);
	source = NULL;
	assert_int_equal(source__open(&nowhere, below, place->path, &source), -ENOENT);
	assert_null(source);
	target_files__unref(below);
}

static void relative_names_are_nobodys(void **state)
{
	struct place *place = *state;
	struct source *source = NULL;
	char here[PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	put(in_dir(place, "a.c"), "here\n", 5);
	assert_int_equal(chdir(place->dir), 0);
	assert_int_equal(source__open(&nowhere, place->files, "a.c", &source), -ENOENT);
	assert_int_equal(source__open(&nowhere, place->files, "./a.c", &source), -ENOENT);
	assert_int_equal(chdir(here), 0);
	assert_null(source);
}

static void links_stay_below_the_root(void **state)
{
	struct place *place = *state;
	struct target_files *below;
	struct source *source = NULL;

	if (geteuid())
		skip();
	below = seen__below(place->root, 0);
	put(in_root(place, "a.c"), "below\n", 6);
	put(in_dir(place, "secret"), "secret\n", 7);
	assert_int_equal(symlink("/a.c", in_root(place, "link.c")), 0);
	assert_int_equal(symlink("../secret", in_root(place, "up.c")), 0);

	assert_int_equal(source__open(&nowhere, below, "/link.c", &source), 0);
	CHECK_LINE(source, 1, "below");
	source__close(source);
	assert_int_equal(source__open(&nowhere, below, "/up.c", &source), -ENOENT);
	target_files__unref(below);
}

static void the_users_directories_are_searched(void **state)
{
	struct place *place = *state;
	struct source_dirs dirs = {0};
	struct source *source = NULL;
	char mapped[2 * PATH_MAX];

	put(in_root(place, "a.c"), "the user's\n", 11);
	assert_int_equal(source_dirs__add(&dirs, place->root), 0);
	assert_int_equal(source__open(&dirs, NULL, "/built/a.c", &source), 0);
	CHECK_LINE(source, 1, "the user's");
	source__close(source);

	/* The target's own file is read, unless the user gave another directory in its place. */
	put(in_dir(place, "a.c"), "the target's\n", 13);
	assert_int_equal(source__open(&dirs, place->files, place->path, &source), 0);
	CHECK_LINE(source, 1, "the target's");
	source__close(source);
	snprintf(mapped, sizeof(mapped), "%s=%s", place->dir, place->root);
	assert_int_equal(source_dirs__add(&dirs, mapped), 0);
	assert_int_equal(source__open(&dirs, place->files, place->path, &source), 0);
	CHECK_LINE(source, 1, "the user's");
	source__close(source);
	source_dirs__release(&dirs);
}

static void what_cannot_be_read_says_why(void **state)
{
	struct place *place = *state;
	struct source *source = NULL;

	assert_int_equal(source__open(&nowhere, place->files, in_dir(place, "a.c"), &source), -ENOENT);
	/* For a saved profile, whose names are not to be trusted, no file is opened. */
	put(in_dir(place, "a.c"), "x\n", 2);
	assert_int_equal(source__open(&nowhere, NULL, place->path, &source), -ENOENT);
	assert_int_equal(source__open(&nowhere, place->files, place->dir, &source), -EINVAL);
	assert_int_equal(source__open(&nowhere, place->files, "", &source), -ENOENT);
	assert_null(source);
}

static void a_fifo_is_refused_without_waiting(void **state)
{
	struct place *place = *state;
	struct source *source = NULL;

	assert_int_equal(mkfifo(in_dir(place, "fifo"), 0600), 0);
	alarm(10);
	assert_int_equal(source__open(&nowhere, place->files, place->path, &source), -EINVAL);
	alarm(0);
	assert_null(source);
}

static void too_large_a_file_is_refused(void **state)
{
	struct place *place = *state;
	struct source *source = NULL;
	const off_t most = 64 << 20;

	put(in_dir(place, "a.c"), "x\n", 2);
	assert_int_equal(truncate(place->path, most + 1), 0);
	assert_int_equal(source__open(&nowhere, place->files, place->path, &source), -EFBIG);
	assert_null(source);

	assert_int_equal(truncate(place->path, most), 0);
	assert_int_equal(source__open(&nowhere, place->files, place->path, &source), 0);
	assert_int_equal(source__n_lines(source), 2);
	CHECK_LINE(source, 1, "x");
	source__close(source);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_found),
		TEST(the_last_line_may_lack_its_end),
		TEST(crlf_is_a_line_end),
		TEST(nul_bytes_are_kept),
		TEST(an_empty_file_has_no_lines),
		TEST(a_file_is_newer_by_nanoseconds_where_both_have_them),
		TEST(files_of_the_users_directories_are_never_newer),
		TEST(the_root_is_the_targets),
		TEST(relative_names_are_nobodys),
		TEST(the_users_directories_are_searched),
		TEST(links_stay_below_the_root),
		TEST(what_cannot_be_read_says_why),
		TEST(a_fifo_is_refused_without_waiting),
		TEST(too_large_a_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
