// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "source.h"

/* A directory with a root/ below it; *state is its path. */
struct place {
	char dir[PATH_MAX - 64];
	char root[PATH_MAX];
	char path[PATH_MAX]; /* of the file that in_dir() or in_root() named last */
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
	assert_int_equal(source__open("", place->path, &source), 0);
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
	CHECK_LINE(source, 3, "t\rwo\r"); /* only the carriage return that belongs to the line end goes */
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

static void the_root_comes_first(void **state)
{
	struct place *place = *state;
	struct source *source;

	put(in_root(place, "a.c"), "below\n", 6);
	assert_int_equal(source__open(place->root, "/a.c", &source), 0);
	CHECK_LINE(source, 1, "below");
	source__close(source);
}

static void without_it_below_the_root_the_file_itself_is_taken(void **state)
{
	struct place *place = *state;
	struct source *source;

	put(in_dir(place, "a.c"), "outside\n", 8);
	assert_int_equal(source__open(place->root, place->path, &source), 0);
	CHECK_LINE(source, 1, "outside");
	source__close(source);

	assert_int_equal(source__open("/nonexistent", place->path, &source), 0);
	CHECK_LINE(source, 1, "outside");
	source__close(source);
}

static void links_stay_below_the_root(void **state)
{
	struct place *place = *state;
	struct source *source = NULL;

	put(in_root(place, "a.c"), "below\n", 6);
	put(in_dir(place, "secret"), "secret\n", 7);
	assert_int_equal(symlink("/a.c", in_root(place, "link.c")), 0);
	assert_int_equal(symlink("../secret", in_root(place, "up.c")), 0);

	assert_int_equal(source__open(place->root, "/link.c", &source), 0);
	CHECK_LINE(source, 1, "below");
	source__close(source);
	assert_int_equal(source__open(place->root, "/up.c", &source), -ENOENT);
}

static void what_cannot_be_read_says_why(void **state)
{
	struct place *place = *state;
	struct source *source = NULL;

	assert_int_equal(source__open("", in_dir(place, "a.c"), &source), -ENOENT);
	assert_int_equal(source__open(place->root, place->path, &source), -ENOENT);
	assert_int_equal(source__open("", place->dir, &source), -EINVAL);
	assert_int_equal(source__open("", "", &source), -ENOENT);
	assert_null(source);
}

static void a_fifo_is_refused_without_waiting(void **state)
{
	struct place *place = *state;
	struct source *source = NULL;

	assert_int_equal(mkfifo(in_dir(place, "fifo"), 0600), 0);
	alarm(10);
	assert_int_equal(source__open("", place->path, &source), -EINVAL);
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
	assert_int_equal(source__open("", place->path, &source), -EFBIG);
	assert_null(source);

	assert_int_equal(truncate(place->path, most), 0);
	assert_int_equal(source__open("", place->path, &source), 0);
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
		TEST(the_root_comes_first),
		TEST(without_it_below_the_root_the_file_itself_is_taken),
		TEST(links_stay_below_the_root),
		TEST(what_cannot_be_read_says_why),
		TEST(a_fifo_is_refused_without_waiting),
		TEST(too_large_a_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
