// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "push/spool.h"
#include "unit/scratch.h"

#define KEY   0xfeed
#define LIMIT 1000

struct fixture {
	struct scratch *scratch;
	char *directory; /* does not exist yet */
	struct spool *spool;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	fixture->directory = scratch__path(fixture->scratch, "a/b");
	fixture->spool = spool__new(fixture->directory, KEY, LIMIT);
	assert_non_null(fixture->spool);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	spool__free(fixture->spool);
	free(fixture->directory);
	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

static void add(struct spool *spool, uint64_t time_ns, const char *text)
{
	size_t n_dropped = 0;

	assert_int_equal(spool__add(spool, time_ns, text, strlen(text), &n_dropped), 0);
	assert_int_equal(n_dropped, 0);
}

static void assert_oldest(struct spool *spool, const char *text)
{
	uint8_t *data = NULL;
	size_t size = 0;

	assert_int_equal(spool__oldest(spool, &data, &size), 0);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(data, text, size);
	free(data);
}

static void assert_next(struct spool *spool, const char *text)
{
	assert_oldest(spool, text);
	spool__remove_oldest(spool);
}

static void assert_none(struct spool *spool, int err)
{
	uint8_t *data;
	size_t size;

	assert_int_equal(spool__oldest(spool, &data, &size), err);
}

/* The path of the only file of the destination. The caller frees it. */
static char *only_file(const struct fixture *fixture)
{
	char command[PATH_MAX], *path = calloc(1, PATH_MAX);
	FILE *out;

	assert_non_null(path);
	snprintf(command, sizeof(command), "ls '%s'/*.push", fixture->directory);
	out = popen(command, "re");
	assert_non_null(out);
	assert_non_null(fgets(path, PATH_MAX, out));
	path[strcspn(path, "\n")] = '\0';
	assert_null(fgets(command, sizeof(command), out));
	pclose(out);
	return path;
}

static void nothing_is_made_before_something_is_kept(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(spool__count(fixture->spool), 0);
	assert_none(fixture->spool, -ENOENT);
	assert_int_equal(access(fixture->directory, F_OK), -1);
}

static void files_come_out_in_order(void **state)
{
	struct fixture *fixture = *state;

	add(fixture->spool, 500, "first");
	add(fixture->spool, 400, "second, by a clock that went back");
	add(fixture->spool, 1000000000000000000, "third");
	add(fixture->spool, 1000000000000000000, "");
	assert_int_equal(spool__count(fixture->spool), 4);
	assert_oldest(fixture->spool, "first");
	assert_next(fixture->spool, "first");
	assert_next(fixture->spool, "second, by a clock that went back");
	add(fixture->spool, 1000000000000000001, "fifth");
	assert_next(fixture->spool, "third");
	assert_next(fixture->spool, "");
	assert_next(fixture->spool, "fifth");
	assert_none(fixture->spool, -ENOENT);
	assert_int_equal(spool__count(fixture->spool), 0);
}

static void modes_are_private_whatever_the_umask(void **state)
{
	struct fixture *fixture = *state;
	mode_t old = umask(0);
	struct stat st;
	char *path;

	add(fixture->spool, 5, "text");
	umask(old);
	assert_int_equal(stat(fixture->directory, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	path = only_file(fixture);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	free(path);
}

static void the_next_run_finds_what_is_left(void **state)
{
	struct fixture *fixture = *state;
	struct spool *next;

	add(fixture->spool, 7, "left");
	assert_oldest(fixture->spool, "left");
	spool__free(fixture->spool);
	fixture->spool = NULL;
	next = spool__new(fixture->directory, KEY, LIMIT);
	add(next, 8, "new");
	assert_int_equal(spool__count(next), 2);
	assert_next(next, "left");
	assert_next(next, "new");
	spool__free(next);
}

static void destinations_are_apart(void **state)
{
	struct fixture *fixture = *state;
	struct spool *other = spool__new(fixture->directory, KEY + 1, LIMIT);

	add(fixture->spool, 7, "mine");
	assert_int_equal(spool__count(other), 0);
	assert_none(other, -ENOENT);
	add(other, 6, "other's");
	assert_int_equal(spool__count(fixture->spool), 1);
	assert_next(other, "other's");
	assert_next(fixture->spool, "mine");
	spool__free(other);
}

static void one_takes_out_at_a_time(void **state)
{
	struct fixture *fixture = *state;
	struct spool *other = spool__new(fixture->directory, KEY, LIMIT);

	add(fixture->spool, 1, "one");
	add(other, 2, "two");
	assert_oldest(fixture->spool, "one");
	assert_none(other, -EBUSY);
	add(other, 3, "three");
	assert_next(fixture->spool, "one");
	assert_next(fixture->spool, "two");
	assert_next(fixture->spool, "three");
	assert_none(fixture->spool, -ENOENT);
	/* the lock is released with the last file */
	add(fixture->spool, 4, "four");
	assert_oldest(other, "four");
	assert_none(fixture->spool, -EBUSY);
	spool__free(other);
	assert_next(fixture->spool, "four");
}

/* A process that dies while it holds the lock does not keep others from delivering. */
static void a_dead_process_holds_no_lock(void **state)
{
	struct fixture *fixture = *state;
	int status;
	pid_t pid;

	add(fixture->spool, 1, "one");
	pid = fork();
	if (!pid) {
		struct spool *other = spool__new(fixture->directory, KEY, LIMIT);
		uint8_t *data;
		size_t size;

		_exit(spool__oldest(other, &data, &size) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_next(fixture->spool, "one");
}

static void beyond_the_limit_the_oldest_go(void **state)
{
	struct fixture *fixture = *state;
	char text[LIMIT / 4 + 1] = "";
	size_t n_dropped = 0;

	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 4; i++) {
		text[0] = (char)('0' + i);
		add(fixture->spool, (uint64_t)i, text);
	}
	text[0] = '4';
	assert_int_equal(spool__add(fixture->spool, 4, text, strlen(text), &n_dropped), 0);
	assert_int_equal(n_dropped, 1);
	assert_int_equal(spool__add(fixture->spool, 5, text, strlen(text) + 1, &n_dropped), 0);
	assert_int_equal(n_dropped, 3);
	assert_int_equal(spool__count(fixture->spool), 3);
	text[0] = '3';
	assert_oldest(fixture->spool, text);
	/* an entry that can never fit makes no other one be removed */
	assert_int_equal(spool__add(fixture->spool, 6, fixture, LIMIT + 1, &n_dropped), -EMSGSIZE);
	assert_int_equal(n_dropped, 3);
	assert_int_equal(spool__count(fixture->spool), 3);
}

static void what_another_has_dropped_is_passed_over(void **state)
{
	struct fixture *fixture = *state;
	struct spool *other = spool__new(fixture->directory, KEY, 12);
	size_t n_dropped = 0;

	add(fixture->spool, 1, "aaaa");
	add(fixture->spool, 2, "bbbb");
	add(fixture->spool, 3, "cccc");
	assert_oldest(fixture->spool, "aaaa");
	assert_int_equal(spool__add(other, 4, "dddddddd", 8, &n_dropped), 0);
	assert_int_equal(n_dropped, 2);
	spool__remove_oldest(fixture->spool);
	assert_next(fixture->spool, "cccc");
	assert_next(fixture->spool, "dddddddd");
	assert_none(fixture->spool, -ENOENT);
	spool__free(other);
}

static void a_directory_that_others_may_change_is_not_used(void **state)
{
	struct fixture *fixture = *state;
	size_t n_dropped = 0;

	add(fixture->spool, 1, "one");
	spool__free(fixture->spool);
	assert_int_equal(chmod(fixture->directory, 0770), 0);
	fixture->spool = spool__new(fixture->directory, KEY, LIMIT);
	assert_int_equal(spool__add(fixture->spool, 2, "two", 3, &n_dropped), -EPERM);
	assert_none(fixture->spool, -EPERM);
	assert_int_equal(chmod(fixture->directory, 0700), 0);
	assert_next(fixture->spool, "one");
}

static void symbolic_links_are_not_followed(void **state)
{
	struct fixture *fixture = *state;
	char *link = scratch__path(fixture->scratch, "link"), *slashed = scratch__path(fixture->scratch, "link/");
	char *elsewhere = scratch__write(fixture->scratch, "elsewhere", "not to be read", 0600), *file;
	const char *const paths[] = {link, slashed};

	add(fixture->spool, 1, "one");
	assert_int_equal(symlink(fixture->directory, link), 0);
	for (size_t i = 0; i < 2; i++) {
		struct spool *spool = spool__new(paths[i], KEY, LIMIT);
		size_t n_dropped = 0;

		assert_true(spool__add(spool, 2, "two", 3, &n_dropped) < 0);
		assert_int_equal(spool__count(spool), 0);
		spool__free(spool);
	}
	/* a file replaced by a link */
	file = only_file(fixture);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(symlink(elsewhere, file), 0);
	assert_none(fixture->spool, -ENOENT);
	free(file);
	free(link);
	free(slashed);
	free(elsewhere);
}

static void files_that_others_own_or_may_write_are_not_read(void **state)
{
	struct fixture *fixture = *state;
	char *path;

	add(fixture->spool, 1, "one");
	path = only_file(fixture);
	assert_int_equal(chmod(path, 0620), 0);
	assert_none(fixture->spool, -ENOENT);
	assert_int_equal(chmod(path, 0600), 0);
	if (!geteuid()) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_none(fixture->spool, -ENOENT);
		assert_int_equal(chown(path, 0, 0), 0);
	}
	assert_next(fixture->spool, "one");
	free(path);
}

/* A file that a process left half-written is not delivered, and is removed in time. */
static void half_written_files_are_no_profiles(void **state)
{
	struct fixture *fixture = *state;
	const struct timespec old[2] = {{.tv_sec = time(NULL) - 7200}, {.tv_sec = time(NULL) - 7200}};
	char *file, *half = NULL;

	add(fixture->spool, 1, "one");
	file = only_file(fixture);
	assert_true(asprintf(&half, "%s.part", file) > 0);
	assert_int_equal(rename(file, half), 0);
	assert_none(fixture->spool, -ENOENT);
	assert_int_equal(access(half, F_OK), 0);
	assert_int_equal(utimensat(AT_FDCWD, half, old, 0), 0);
	assert_none(fixture->spool, -ENOENT);
	assert_int_equal(access(half, F_OK), -1);
	free(file);
	free(half);
}

static void a_place_that_is_no_directory_is_an_error(void **state)
{
	struct fixture *fixture = *state;
	char *file = scratch__write(fixture->scratch, "file", "", 0600),
	     *below = scratch__path(fixture->scratch, "file/x");
	const char *const paths[] = {file, below};

	for (size_t i = 0; i < 2; i++) {
		struct spool *spool = spool__new(paths[i], KEY, LIMIT);
		size_t n_dropped = 0;

		assert_int_equal(spool__add(spool, 1, "one", 3, &n_dropped), -ENOTDIR);
		assert_int_equal(spool__count(spool), 0);
		spool__free(spool);
	}
	free(file);
	free(below);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_made_before_something_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_come_out_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(modes_are_private_whatever_the_umask, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_next_run_finds_what_is_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(destinations_are_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_takes_out_at_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_dead_process_holds_no_lock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(beyond_the_limit_the_oldest_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_another_has_dropped_is_passed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_directory_that_others_may_change_is_not_used, set_up, tear_down),
		cmocka_unit_test_setup_teardown(symbolic_links_are_not_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_that_others_own_or_may_write_are_not_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(half_written_files_are_no_profiles, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_place_that_is_no_directory_is_an_error, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
