// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <unistd.h>

#include "files/source_dirs.h"
#include "unit/scratch.h"

/* Creates directories with files of one byte each. The byte tells which file was opened. */
static struct scratch *make_tree(void)
{
	struct scratch *scratch = scratch__new();
	static const char *const directories[] = {"new", "new/lib", "other"};
	static const struct {
		const char *name, *text;
	} files[] = {{"secret", "s"}, {"new/a.c", "a"}, {"new/lib/b.c", "b"}, {"new/b.c", "c"}, {"other/a.c", "o"}};

	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		char *path = scratch__path(scratch, directories[i]);

		assert_int_equal(mkdir(path, 0755), 0);
		free(path);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		free(scratch__write(scratch, files[i].name, files[i].text, 0644));
	return scratch;
}

static void add(struct source_dirs *dirs, const char *text)
{
	assert_int_equal(source_dirs__add(dirs, text), 0);
}

/* The byte in the file that is found, or 0. */
static char found(const struct source_dirs *dirs, const char *name, bool mapped)
{
	int fd = source_dirs__open(dirs, name, mapped);
	char byte = 0;

	if (fd < 0) {
		assert_int_equal(fd, -ENOENT);
		return 0;
	}
	assert_int_equal(read(fd, &byte, 1), 1);
	close(fd);
	return byte;
}

static void names_are_found_below_a_directory(void **state)
{
	static const struct {
		const char *name;
		char byte;
	} cases[] = {
		{"/usr/src/package-1.0/a.c", 'a'},
		{"/usr/src/lib/b.c", 'b'}, /* found before the file in the directory itself */
		{"/lib/b.c", 'b'},
		{"b.c", 'c'},
		{"./lib/b.c", 'b'},
		{"/x//y/./a.c", 'a'},
		{"/x/lib/../a.c", 'a'},
		{"/secret", 0},
		{"/../secret", 0},
		{"../secret", 0},
		{"/x/../../../secret", 0},
		{"lib/../../secret", 0},
		{"/x/lib", 0}, /* a directory: -EINVAL, see below */
		{"", 0},
		{"/", 0},
		{"..", 0},
	};
	struct scratch *scratch = make_tree();
	char *new = scratch__path(scratch, "new");
	struct source_dirs dirs = {0};

	(void)state;
	add(&dirs, new);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (!strcmp(cases[i].name, "/x/lib"))
			assert_int_equal(source_dirs__open(&dirs, cases[i].name, false), -EINVAL);
		else if (found(&dirs, cases[i].name, false) != cases[i].byte)
			fail_msg("\"%s\" is not found as '%c'", cases[i].name, cases[i].byte);
		assert_int_equal(found(&dirs, cases[i].name, true), 0);
	}
	source_dirs__release(&dirs);
	free(new);
	scratch__free(scratch);
}

static void a_directory_stands_for_another(void **state)
{
	static const struct {
		const char *old, *name;
		char byte;
	} cases[] = {
		{"/usr/src", "/usr/src/a.c", 'a'},
		{"/usr/src/", "/usr/src/a.c", 'a'},
		{"/usr/src", "/usr/src/../src//lib/./b.c", 'b'},
		{"/usr/./src", "/usr/src/a.c", 'a'},
		{"/usr/src", "/usr/src2/a.c", 0},
		{"/usr/src", "/usr/a.c", 0},
		{"/usr/src", "/usr/src/x/a.c", 0},
		{"/usr/src", "/usr/src/../../secret", 0},
		{"/usr/src", "/usr/src", 0},
		{"/", "/a.c", 'a'},
		{".", "./a.c", 'a'},
		{".", "lib/b.c", 'b'},
		{".", "/a.c", 0},
		{"build", "build/a.c", 'a'},
	};
	struct scratch *scratch = make_tree();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct source_dirs dirs = {0};
		char *text;

		assert_true(asprintf(&text, "%s=%s/new", cases[i].old, scratch->dir) > 0);
		add(&dirs, text);
		if (found(&dirs, cases[i].name, true) != cases[i].byte)
			fail_msg("\"%s\" is not found as '%c' for %s", cases[i].name, cases[i].byte, cases[i].old);
		assert_int_equal(found(&dirs, cases[i].name, false), 0);
		source_dirs__release(&dirs);
		free(text);
	}
	scratch__free(scratch);
}

static void the_first_that_has_it_wins(void **state)
{
	struct scratch *scratch = make_tree();
	char *new = scratch__path(scratch, "new"), *other = scratch__path(scratch, "other");
	struct source_dirs dirs = {0};

	(void)state;
	add(&dirs, other);
	add(&dirs, new);
	assert_int_equal(found(&dirs, "/x/a.c", false), 'o');
	assert_int_equal(found(&dirs, "/x/b.c", false), 'c');
	source_dirs__release(&dirs);
	free(new);
	free(other);
	scratch__free(scratch);
}

static void what_is_no_directory_is_refused(void **state)
{
	struct scratch *scratch = make_tree();
	char *file = scratch__path(scratch, "secret");
	struct source_dirs dirs = {0};

	(void)state;
	assert_int_equal(source_dirs__add(&dirs, ""), -EINVAL);
	assert_int_equal(source_dirs__add(&dirs, "=/"), -EINVAL);
	assert_int_equal(source_dirs__add(&dirs, "/usr="), -EINVAL);
	assert_int_equal(source_dirs__add(&dirs, "/nonexistent/directory"), -ENOENT);
	assert_int_equal(source_dirs__add(&dirs, file), -ENOTDIR);
	assert_int_equal(dirs.n, 0);
	source_dirs__release(&dirs);
	free(file);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_below_a_directory),
		cmocka_unit_test(a_directory_stands_for_another),
		cmocka_unit_test(the_first_that_has_it_wins),
		cmocka_unit_test(what_is_no_directory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
