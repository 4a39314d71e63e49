// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/scratch.h"

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

static const struct target_object *by_name(const struct target_objects *objects, const char *name)
{
	for (size_t i = 0; i < objects->n; i++)
		if (!strcmp(objects->items[i].name, name))
			return &objects->items[i];
	return NULL;
}

static void assert_opens_itself(const struct target_object *object)
{
	struct stat st;

	assert_int_equal(stat(object->path, &st), 0);
	assert_int_equal(st.st_dev, object->dev);
	assert_int_equal(st.st_ino, object->ino);
}

static char *copy_file(struct scratch *scratch, const char *from, const char *name)
{
	char *path = scratch__path(scratch, name), command[PATH_MAX * 2];

	snprintf(command, sizeof(command), "cp -L '%s' '%s'", from, path);
	assert_int_equal(system(command), 0);
	return path;
}

static pid_t spawn(char *const *argv)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0); /* closed by the exec */
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Maps the file PATH as executable, like a loader. */
static void *map_code(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *at;

	assert_true(fd >= 0);
	at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	close(fd);
	return at;
}

static void lists_own_objects(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	bool libc = false;
	struct stat exe;
	size_t n;

	assert_int_equal(stat("/proc/self/exe", &exe), 0);
	assert_int_equal(target__objects_of_pid(getpid(), &scratch->diag, &objects), 0);
	assert_true(objects.n >= 3); /* this program, libc, the loader */
	assert_int_equal(objects.items[0].dev, exe.st_dev);
	assert_int_equal(objects.items[0].ino, exe.st_ino);
	for (size_t i = 0; i < objects.n; i++) {
		assert_opens_itself(&objects.items[i]);
		assert_int_equal(objects.items[i].name[0], '/');
		assert_true(target_files__have_our_root(objects.items[i].files));
		assert_int_equal(objects.items[i].pid, getpid());
		libc |= strstr(objects.items[i].name, "/libc.so") || strstr(objects.items[i].name, "/libc-");
		for (size_t j = 0; j < i; j++)
			assert_false(objects.items[i].ino == objects.items[j].ino &&
				     objects.items[i].dev == objects.items[j].dev);
	}
	assert_true(libc);
	n = objects.n;
	assert_int_equal(target__objects_of_pid(getpid(), &scratch->diag, &objects), 0);
	assert_int_equal(objects.n, n);
	assert_string_equal(scratch__said(scratch), "");
	target_objects__free(&objects);
	assert_int_equal(objects.n, 0);
	assert_null(objects.items);
}

static void refuses_missing_process(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	char *argv[] = {(char *)"true", NULL};
	pid_t pid = spawn(argv);

	waitpid(pid, NULL, 0);
	assert_int_equal(target__objects_of_pid(pid, &scratch->diag, &objects), -ESRCH);
	assert_said(scratch, "lprof-bpf: there is no process ");
	assert_int_equal(target__objects_of_pid(0, &scratch->diag, &objects), -ESRCH);
	assert_said(scratch, "there is no process 0\n");
	assert_int_equal(target__objects_of_pid(-1, &scratch->diag, &objects), -ESRCH);
	assert_int_equal(objects.n, 0);
}

static void refuses_zombie(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	char *argv[] = {(char *)"true", NULL};
	pid_t pid = spawn(argv);
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(target__objects_of_pid(pid, &scratch->diag, &objects), -ESRCH);
	assert_said(scratch, "zombie");
	waitpid(pid, NULL, 0);
}

static void refuses_kernel_thread(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	char name[64] = "";
	FILE *file = fopen("/proc/2/comm", "re");

	if (!file || !fgets(name, sizeof(name), file) || strcmp(name, "kthreadd\n") != 0 || geteuid()) {
		if (file)
			fclose(file);
		skip(); /* in a container's PID namespace there are no kernel threads */
	}
	fclose(file);
	assert_int_equal(target__objects_of_pid(2, &scratch->diag, &objects), -EINVAL);
	assert_said(scratch, "2 is a kernel thread");
}

struct sleeper {
	pthread_barrier_t barrier;
	pid_t tid;
};

static void *sleep_in_thread(void *arg)
{
	struct sleeper *sleeper = arg;

	sleeper->tid = gettid();
	pthread_barrier_wait(&sleeper->barrier);
	pthread_barrier_wait(&sleeper->barrier);
	return NULL;
}

static void refuses_thread_and_names_its_process(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	struct sleeper sleeper;
	pthread_t thread;
	char wanted[64];

	pthread_barrier_init(&sleeper.barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, sleep_in_thread, &sleeper), 0);
	pthread_barrier_wait(&sleeper.barrier);
	assert_int_equal(target__objects_of_pid(sleeper.tid, &scratch->diag, &objects), -EINVAL);
	pthread_barrier_wait(&sleeper.barrier);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&sleeper.barrier);
	snprintf(wanted, sizeof(wanted), "%d is a thread of process %d;", sleeper.tid, getpid());
	assert_said(scratch, wanted);
}

static void finds_deleted_executable(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	char *path = copy_file(scratch, "/bin/sleep", "sleeper");
	char *argv[] = {path, (char *)"100", NULL};
	pid_t pid = spawn(argv);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(target__objects_of_pid(pid, &scratch->diag, &objects), 0);
	assert_string_equal(objects.items[0].name, path);
	assert_int_equal(objects.items[0].ino, st.st_ino);
	assert_opens_itself(&objects.items[0]);
	assert_true(objects.n >= 2);
	end(pid);
	target_objects__free(&objects);
	free(path);
}

static void finds_replaced_executable(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	char *path = copy_file(scratch, "/bin/sleep", "sleeper");
	char *newer = scratch__write(scratch, "newer", "something else", 0755);
	char *argv[] = {path, (char *)"100", NULL};
	pid_t pid = spawn(argv);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(rename(newer, path), 0);
	assert_int_equal(target__objects_of_pid(pid, &scratch->diag, &objects), 0);
	assert_int_equal(objects.items[0].ino, st.st_ino);
	assert_opens_itself(&objects.items[0]);
	end(pid);
	target_objects__free(&objects);
	free(newer);
	free(path);
}

static void knows_strange_names(void **state)
{
	static const char *const names[] = {"a b", "line\nend", "back\\slash", "really (deleted)", "gone"};
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	char *paths[5];
	void *at[5];

	for (int i = 0; i < 5; i++) {
		paths[i] = scratch__write(scratch, names[i], names[i], 0644);
		at[i] = map_code(paths[i]);
	}
	assert_int_equal(unlink(paths[4]), 0);
	assert_int_equal(target__objects_of_pid(getpid(), &scratch->diag, &objects), 0);
	for (int i = 0; i < 5; i++) {
		const struct target_object *object = by_name(&objects, paths[i]);

		assert_non_null(object);
		assert_opens_itself(object);
		munmap(at[i], 4096);
		free(paths[i]);
	}
	target_objects__free(&objects);
}

/* Starts a child that maps LIB, then changes its root directory or namespace, and waits. */
static pid_t moved_child(const char *lib, const char *dir, bool namespace)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		map_code(lib);
		if (namespace ? unshare(CLONE_NEWNS) : chroot(dir) || chdir("/"))
			_exit(1);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void names_are_those_inside_a_chroot(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	const struct target_object *object;
	char *lib;
	pid_t pid;

	if (geteuid())
		skip();
	lib = scratch__write(scratch, "lib.so", "code", 0644);
	pid = moved_child(lib, scratch->dir, false);
	assert_int_equal(target__objects_of_pid(pid, &scratch->diag, &objects), 0);
	object = by_name(&objects, "/lib.so");
	assert_non_null(object);
	assert_opens_itself(object);
	assert_false(target_files__have_our_root(object->files));
	end(pid);
	target_objects__free(&objects);
	free(lib);
}

static void knows_other_mount_namespaces(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	const struct target_object *object;
	char *lib;
	pid_t pid;

	if (geteuid())
		skip();
	lib = scratch__write(scratch, "lib.so", "code", 0644);
	pid = moved_child(lib, NULL, true);
	assert_int_equal(target__objects_of_pid(pid, &scratch->diag, &objects), 0);
	object = by_name(&objects, lib);
	assert_non_null(object);
	assert_false(target_files__have_our_root(object->files));
	end(pid);
	target_objects__free(&objects);
	free(lib);
}

static void a_failure_leaves_earlier_objects(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	size_t n;

	assert_int_equal(target__objects_of_pid(getpid(), &scratch->diag, &objects), 0);
	n = objects.n;
	assert_int_equal(target__objects_of_pid(-1, &scratch->diag, &objects), -ESRCH);
	assert_int_equal(objects.n, n);
	target_objects__free(&objects);
}

static void takes_a_file(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	char *path = scratch__write(scratch, "lib.so.1", "code", 0644);
	char *link = scratch__path(scratch, "lib.so");

	assert_int_equal(symlink("lib.so.1", link), 0);
	assert_int_equal(target__object_of_file(link, &scratch->diag, &objects), 0);
	assert_int_equal(objects.n, 1);
	assert_string_equal(objects.items[0].name, path);
	assert_string_equal(objects.items[0].path, path);
	assert_true(target_files__have_our_root(objects.items[0].files));
	assert_int_equal(objects.items[0].pid, 0);
	assert_opens_itself(&objects.items[0]);
	assert_int_equal(target__object_of_file(path, &scratch->diag, &objects), 0);
	assert_int_equal(objects.n, 1);
	assert_string_equal(scratch__said(scratch), "");
	target_objects__free(&objects);
	free(link);
	free(path);
}

static void takes_a_file_that_only_proc_leads_to(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	char *path = scratch__write(scratch, "lib.so", "code", 0644), link[64];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(unlink(path), 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	assert_int_equal(target__object_of_file(link, &scratch->diag, &objects), 0);
	assert_string_equal(objects.items[0].path, link);
	assert_opens_itself(&objects.items[0]);
	close(fd);
	target_objects__free(&objects);
	free(path);
}

static void refuses_what_is_no_file(void **state)
{
	struct scratch *scratch = *state;
	struct target_objects objects = {0};
	char *path = scratch__path(scratch, "missing");

	assert_int_equal(target__object_of_file(path, &scratch->diag, &objects), -ENOENT);
	assert_said(scratch, "missing: No such file or directory\n");
	assert_int_equal(target__object_of_file(scratch->dir, &scratch->diag, &objects), -EISDIR);
	assert_said(scratch, " is not a regular file\n");
	assert_int_equal(target__object_of_file("/dev/null", &scratch->diag, &objects), -EINVAL);
	assert_said(scratch, "/dev/null is not a regular file\n");
	assert_int_equal(objects.n, 0);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lists_own_objects, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_missing_process, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_zombie, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_kernel_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_thread_and_names_its_process, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_deleted_executable, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_replaced_executable, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_strange_names, setup, teardown),
		cmocka_unit_test_setup_teardown(names_are_those_inside_a_chroot, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_other_mount_namespaces, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failure_leaves_earlier_objects, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_a_file_that_only_proc_leads_to, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_file, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
