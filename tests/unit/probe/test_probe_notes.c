// SPDX-License-Identifier: GPL-2.0-or-later
/* probe_notes: what a process notes is found when it is no more, and not before. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/scratch.h"

#include "probe/probe_notes.h"

#define MANY 10000

/* All notes found. */
struct found {
	size_t n_objects, n_offsets;
	uint64_t sum;
	struct probe_note last;
	int answer;
};

static int take(const struct probe_note *note, void *ctx)
{
	struct found *found = ctx;

	found->n_objects++;
	found->n_offsets += note->n;
	for (size_t i = 0; i < note->n; i++)
		found->sum += note->offsets[i];
	found->last = *note;
	return found->answer;
}

static int find(const struct scratch *scratch, struct found *found)
{
	return probe_notes__each_orphan(scratch->dir, take, found);
}

/* A process that notes MANY probes in this program, and three more, says so, and waits to be killed. */
static pid_t start_noting(const struct scratch *scratch)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		struct probe_notes *notes = NULL;
		uint64_t *offsets = calloc(MANY, sizeof(*offsets));
		int self = open("/proc/self/exe", O_PATH);
		int err = offsets ? probe_notes__begin(scratch->dir, &notes) : -ENOMEM;

		for (size_t i = 0; !err && i < MANY; i++)
			offsets[i] = i;
		if (!err)
			err = probe_notes__add(notes, self, offsets, MANY);
		if (!err)
			err = probe_notes__add(notes, self, offsets, 3);
		free(offsets);
		if (write(ready[1], err ? "-" : "+", 1) == 1)
			pause();
		_exit(1);
	}
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, '+');
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void test_found_after_the_end(void **state)
{
	struct scratch *scratch = scratch__new();
	pid_t pid = start_noting(scratch);
	struct found found = {0};
	struct stat self;

	(void)state;
	assert_int_equal(find(scratch, &found), 0);
	assert_int_equal(found.n_objects, 0); /* its process is still alive */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	found.answer = -EIO;
	assert_int_equal(find(scratch, &found), -EIO);
	assert_int_equal(found.n_objects, 1);
	assert_int_equal(scratch__count(scratch->dir), 1); /* for the next try */

	found = (struct found){0};
	assert_int_equal(find(scratch, &found), 0);
	assert_int_equal(found.n_objects, 2);
	assert_int_equal(found.n_offsets, MANY + 3);
	assert_int_equal(found.sum, (uint64_t)MANY * (MANY - 1) / 2 + 3);
	assert_int_equal(stat("/proc/self/exe", &self), 0);
	assert_int_equal(found.last.dev, self.st_dev);
	assert_int_equal(found.last.ino, self.st_ino);
	assert_int_equal(scratch__count(scratch->dir), 0);
	scratch__free(scratch);
}

static void test_nothing_after_a_regular_end(void **state)
{
	struct scratch *scratch = scratch__new();
	struct probe_notes *notes;
	const uint64_t offset = 7;
	struct found found = {0};
	int self = open("/proc/self/exe", O_PATH);

	(void)state;
	assert_int_equal(probe_notes__begin(scratch->dir, &notes), 0);
	assert_int_equal(probe_notes__add(notes, self, &offset, 1), 0);
	assert_int_equal(scratch__count(scratch->dir), 1);
	probe_notes__end(notes);
	close(self);
	assert_int_equal(scratch__count(scratch->dir), 0);
	assert_int_equal(find(scratch, &found), 0);
	assert_int_equal(found.n_objects, 0);
	probe_notes__clear(NULL);
	probe_notes__end(NULL);
	assert_int_equal(probe_notes__add(NULL, -1, &offset, 1), 0);
	scratch__free(scratch);
}

static void write_file(const struct scratch *scratch, const char *name, const void *bytes, size_t size, mode_t mode)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", scratch->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* A file that claims more than it contains, one that was cut off, and one that other users could have written. */
static void test_damaged_files(void **state)
{
	static const uint64_t huge[] = {1, 2, UINT64_MAX / 2, 5}, cut[] = {1, 2, 2, 5}, fine[] = {1, 2, 1, 5};
	struct scratch *scratch = scratch__new();
	struct found found = {0};

	(void)state;
	write_file(scratch, "probes.1", huge, sizeof(huge), 0600);
	write_file(scratch, "probes.2", cut, sizeof(cut), 0600);
	write_file(scratch, "probes.3", "short", 5, 0600);
	write_file(scratch, "other", fine, sizeof(fine), 0600);
	assert_int_equal(find(scratch, &found), 0);
	assert_int_equal(found.n_objects, 0);
	write_file(scratch, "probes.4", fine, sizeof(fine), 0622);
	assert_int_equal(find(scratch, &found), -EPERM);
	assert_int_equal(found.n_objects, 0);
	scratch__free(scratch);
}

static void test_no_directory(void **state)
{
	struct found found = {0};

	(void)state;
	assert_int_equal(probe_notes__each_orphan("/nonexistent/lprof-bpf", take, &found), 0);
}

/* A process that notes the same probes again and again, as windows do that come and go, has them in the file once. */
static void test_noted_once(void **state)
{
	const uint64_t offsets[] = {7, 9, 20, 30};
	struct scratch *scratch = scratch__new();
	struct probe_notes *notes;
	int self = open("/proc/self/exe", O_PATH), other = open("/dev/null", O_PATH);
	off_t once, both;

	(void)state;
	assert_int_equal(probe_notes__begin(scratch->dir, &notes), 0);
	assert_int_equal(probe_notes__add_once(notes, self, offsets, 2), 0);
	once = probe_notes__size(notes);
	for (int i = 0; i < 10; i++)
		assert_int_equal(probe_notes__add_once(notes, self, offsets, 2), 0);
	assert_int_equal(probe_notes__size(notes), once);
	assert_int_equal(probe_notes__add_once(notes, self, offsets, 4), 0);
	both = probe_notes__size(notes);
	assert_int_equal(both, 2 * once); /* the two that are new, with a head of their own */
	assert_int_equal(probe_notes__add_once(notes, other, offsets, 2), 0);
	assert_int_equal(probe_notes__size(notes), 3 * once);
	/* What is in for a short time is forgotten, and the others stay known. */
	both = probe_notes__size(notes);
	assert_int_equal(probe_notes__add(notes, self, offsets, 4), 0);
	probe_notes__cut(notes, both);
	assert_int_equal(probe_notes__add_once(notes, self, offsets, 4), 0);
	assert_int_equal(probe_notes__size(notes), both);
	probe_notes__clear(notes);
	assert_int_equal(probe_notes__add_once(notes, self, offsets, 2), 0);
	assert_int_equal(probe_notes__size(notes), once);
	assert_int_equal(probe_notes__add_once(NULL, self, offsets, 2), 0);
	probe_notes__end(notes);
	close(self);
	close(other);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_after_the_end),
		cmocka_unit_test(test_noted_once),
		cmocka_unit_test(test_nothing_after_a_regular_end),
		cmocka_unit_test(test_damaged_files),
		cmocka_unit_test(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
