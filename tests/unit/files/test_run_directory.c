// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <unistd.h>

#include "files/run_directory.h"
#include "unit/scratch.h"

static void trusts_root_and_us_alone(void **state)
{
	const uid_t us = geteuid(), other = us + 12345;
	const struct {
		uid_t uid;
		mode_t mode;
		bool trusted;
	} cases[] = {
		{0, 0755, true},   {us, 0700, true},  {us, 0644, true},	 {other, 0755, false},
		{us, 0775, false}, {us, 0757, false}, {0, 01777, false}, {other, 0700, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct stat st = {.st_uid = cases[i].uid, .st_mode = S_IFDIR | cases[i].mode};

		assert_int_equal(run_directory__is_trusted(&st), cases[i].trusted);
	}
}

static void makes_one_directory_and_no_parents(void **state)
{
	struct scratch *scratch = scratch__new();
	char *path = scratch__path(scratch, "run"), *deep = scratch__path(scratch, "gone/run");
	mode_t mask = umask(0077);
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(run_directory__open(path, false), -ENOENT);
	assert_int_equal(run_directory__open(deep, true), -ENOENT);
	fd = run_directory__open(path, true);
	umask(mask);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	close(fd);
	/* one that is there already keeps its mode */
	assert_int_equal(chmod(path, 0700), 0);
	fd = run_directory__open(path, true);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	close(fd);
	free(path);
	free(deep);
	scratch__free(scratch);
}

static void refuses_what_others_can_change(void **state)
{
	struct scratch *scratch = scratch__new();
	char *path = scratch__path(scratch, "run"), *link = scratch__path(scratch, "link");
	char *file = scratch__write(scratch, "file", "", 0644);

	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(run_directory__open(link, true), -ENOTDIR);
	assert_int_equal(run_directory__open(file, false), -ENOTDIR);
	assert_int_equal(chmod(path, 0775), 0);
	assert_int_equal(run_directory__open(path, true), -EPERM);
	assert_int_equal(chmod(path, 01777), 0);
	assert_int_equal(run_directory__open(path, false), -EPERM);
	if (!geteuid()) {
		assert_int_equal(chmod(path, 0755), 0);
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(run_directory__open(path, false), -EPERM);
	}
	free(path);
	free(link);
	free(file);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusts_root_and_us_alone),
		cmocka_unit_test(makes_one_directory_and_no_parents),
		cmocka_unit_test(refuses_what_others_can_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
