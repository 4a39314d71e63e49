// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "files/regular_file.h"
#include "unit/scratch.h"
#include "unit/seen.h"

#define SOMEBODY 54321
#define OTHER	 54322

/* What opening NAME returns, as 0 or -errno. */
static int try(const struct target_files *files, const char *name)
{
	int fd = target_files__open(files, name);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static uint64_t effective(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

static void the_owners_rights_decide(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
		uid_t owner;
		gid_t group;
		int somebody, root;
	} cases[] = {
		{"open", 0644, 0, 0, 0, 0},
		{"own", 0600, SOMEBODY, 0, 0, 0},
		{"of-group", 0640, 0, SOMEBODY, 0, 0},
		{"private", 0600, 0, 0, -EACCES, 0},
		{"of-other", 0600, OTHER, OTHER, -EACCES, 0},
		{"of-other-group", 0640, 0, OTHER, -EACCES, 0},
		{"nobodys", 0000, SOMEBODY, 0, -EACCES, 0},
	};
	struct target_files *somebody, *root;
	struct scratch *scratch;
	uint64_t before;

	(void)state;
	if (geteuid())
		skip();
	scratch = scratch__new();
	assert_int_equal(chmod(scratch->dir, 0755), 0);
	before = effective();
	somebody = seen__below("/", SOMEBODY);
	root = seen__below("/", 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *path = scratch__write(scratch, cases[i].name, "x", 0600), *link;

		assert_int_equal(chown(path, cases[i].owner, cases[i].group), 0);
		assert_int_equal(chmod(path, cases[i].mode), 0);
		if (try(somebody, path) != cases[i].somebody || try(root, path) != cases[i].root)
			fail_msg("%s: %d for somebody, %d for root", path, try(somebody, path), try(root, path));
		/* A link to the file gives no further rights. */
		assert_true(asprintf(&link, "%s.link", path) > 0);
		assert_int_equal(symlink(path, link), 0);
		assert_int_equal(try(somebody, link), cases[i].somebody);
		free(link);
		free(path);
	}
	/* Afterwards this process has its own rights again. */
	assert_int_equal(setfsuid((uid_t)-1), 0);
	assert_int_equal(setfsgid((gid_t)-1), 0);
	assert_int_equal(effective(), before);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
	target_files__unref(somebody);
	target_files__unref(root);
	scratch__free(scratch);
}

static void groups_come_back(void **state)
{
	const gid_t groups[] = {7, OTHER};
	struct target_files *somebody;
	gid_t found[8];

	(void)state;
	if (geteuid())
		skip();
	somebody = seen__below("/", SOMEBODY);
	assert_int_equal(setgroups(2, groups), 0);
	assert_int_equal(try(somebody, "/etc/passwd"), 0);
	assert_int_equal(getgroups(8, found), 2);
	assert_memory_equal(found, groups, sizeof(groups));
	assert_int_equal(setgroups(0, NULL), 0);
	target_files__unref(somebody);
}

static void directories_on_the_way_count(void **state)
{
	struct target_files *somebody;
	struct scratch *scratch;
	char *path;

	(void)state;
	if (geteuid())
		skip();
	scratch = scratch__new();
	path = scratch__write(scratch, "open", "x", 0644);
	somebody = seen__below("/", SOMEBODY);
	assert_int_equal(chmod(scratch->dir, 0700), 0);
	assert_int_equal(try(somebody, path), -EACCES);
	assert_int_equal(chmod(scratch->dir, 0711), 0);
	assert_int_equal(try(somebody, path), 0);
	target_files__unref(somebody);
	free(path);
	scratch__free(scratch);
}

/* Links of /proc would bypass the permissions of directories and lead out of the root. */
static void links_of_proc_are_refused(void **state)
{
	struct target_files *us = seen__by_us();
	struct scratch *scratch = scratch__new();
	char *path = scratch__write(scratch, "a.c", "x", 0644), link[64];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)state;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	assert_int_equal(try(us, link), -ELOOP);
	snprintf(link, sizeof(link), "/proc/self/root%s", "/etc/passwd");
	assert_int_equal(try(us, link), -ELOOP);
	/* A link of /proc in a name that the user gave is followed. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	close(regular_file__open(link));
	close(fd);
	target_files__unref(us);
	free(path);
	scratch__free(scratch);
}

/* If the FIFO were opened for reading, the open of a waiting writer would succeed; the alarm would then not end it. */
static void only_regular_files_are_opened(void **state)
{
	struct target_files *us = seen__by_us();
	struct scratch *scratch = scratch__new();
	char *fifo = scratch__path(scratch, "fifo"), *device = scratch__path(scratch, "device");
	int writer;

	(void)state;
	assert_int_equal(mkfifo(fifo, 0666), 0);
	alarm(10);
	assert_int_equal(try(us, fifo), -EINVAL);
	assert_int_equal(regular_file__open(fifo), -EINVAL);
	alarm(0);
	/* Nobody has the FIFO open for reading, so this fails. */
	writer = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(writer, -1);
	assert_int_equal(errno, ENXIO);
	/* Opening a device that does not exist would fail with -ENXIO. */
	if (!geteuid() && !mknod(device, S_IFCHR | 0666, makedev(240, 77))) {
		assert_int_equal(try(us, device), -EINVAL);
		assert_int_equal(regular_file__open(device), -EINVAL);
	}
	assert_int_equal(try(us, "/dev/null"), -EINVAL);
	assert_int_equal(try(us, scratch->dir), -EINVAL);
	target_files__unref(us);
	free(fifo);
	free(device);
	scratch__free(scratch);
}

static void what_is_for_both_is_the_same_file(void **state)
{
	struct target_files *ours, *below, *both, *again;
	struct scratch *scratch;
	char *path, *root, *copy;

	(void)state;
	if (geteuid())
		skip();
	scratch = scratch__new();
	root = scratch__path(scratch, "root");
	assert_int_equal(mkdir(root, 0755), 0);
	path = scratch__write(scratch, "root/lprof-test-shared", "x", 0644);
	ours = seen__below("/", 0);
	below = seen__below(root, 0);
	assert_int_equal(target_files__of_both(ours, below, &both), 0);
	assert_false(target_files__have_our_root(both));
	assert_int_equal(try(below, "/lprof-test-shared"), 0);
	assert_int_equal(try(both, "/lprof-test-shared"), -ENOENT);
	assert_int_equal(try(both, "/etc/passwd"), -ENOENT);
	/* A different file of that name below the other root. */
	copy = scratch__path(scratch, "root/etc");
	assert_int_equal(mkdir(copy, 0755), 0);
	free(copy);
	free(scratch__write(scratch, "root/etc/passwd", "x", 0644));
	assert_int_equal(try(both, "/etc/passwd"), -EXDEV);
	/* The same file below the other root. */
	copy = scratch__path(scratch, "root/etc/passwd");
	assert_int_equal(unlink(copy), 0);
	free(copy);
	/* A view that is already included is not added again. */
	assert_int_equal(target_files__of_both(both, below, &again), 0);
	assert_ptr_equal(again, both);
	target_files__unref(again);
	target_files__unref(both);
	target_files__unref(ours);
	target_files__unref(below);
	free(path);
	free(root);
	scratch__free(scratch);
}

static void two_owners_must_both_have_the_right(void **state)
{
	struct target_files *a, *b, *both;
	struct scratch *scratch;
	char *path;

	(void)state;
	if (geteuid())
		skip();
	scratch = scratch__new();
	assert_int_equal(chmod(scratch->dir, 0755), 0);
	path = scratch__write(scratch, "a.c", "x", 0600);
	assert_int_equal(chown(path, SOMEBODY, 0), 0);
	a = seen__below("/", SOMEBODY);
	b = seen__below("/", OTHER);
	assert_int_equal(target_files__of_both(a, b, &both), 0);
	assert_int_equal(try(a, path), 0);
	assert_int_equal(try(b, path), -EACCES);
	assert_int_equal(try(both, path), -EACCES);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(try(both, path), 0);
	target_files__unref(both);
	target_files__unref(a);
	target_files__unref(b);
	free(path);
	scratch__free(scratch);
}

static void a_process_that_is_gone_has_none(void **state)
{
	struct target_files *files = NULL;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	assert_int_equal(target_files__of_process(pid, &files), -ESRCH);
	assert_null(files);
	assert_int_equal(target_files__of_command("no-such-user-here", &files), -ENOENT);
	assert_null(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owners_rights_decide),
		cmocka_unit_test(groups_come_back),
		cmocka_unit_test(directories_on_the_way_count),
		cmocka_unit_test(links_of_proc_are_refused),
		cmocka_unit_test(only_regular_files_are_opened),
		cmocka_unit_test(what_is_for_both_is_the_same_file),
		cmocka_unit_test(two_owners_must_both_have_the_right),
		cmocka_unit_test(a_process_that_is_gone_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
