// SPDX-License-Identifier: GPL-2.0-or-later
/* descent, of processes that the test forks. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/descent.h"
#include "unit/test.h"

#define STOP 7

struct seen {
	size_t n;
	size_t n_roots;
	pid_t last;
};

static int note(pid_t pid, bool root, void *ctx)
{
	struct seen *seen = ctx;

	seen->n++;
	seen->n_roots += root;
	seen->last = pid;
	return 0;
}

static int stop(pid_t pid, bool root, void *ctx)
{
	(void)pid;
	(void)root;
	++*(size_t *)ctx;
	return STOP;
}

/* A process that has a child of its own; both live until the write end of the pipe is closed. */
static pid_t fork_two(int lives[2])
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(lives), 0);
	pid = fork();
	if (!pid) {
		pid_t child = fork();

		if (!child)
			(void)!write(ready[1], "", 1);
		close(lives[1]);
		(void)!read(lives[0], &byte, 1);
		if (child)
			waitpid(child, NULL, 0);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void test_children(void **state)
{
	struct seen seen = {0};
	int lives[2];
	pid_t pid = fork_two(lives);

	(void)state;
	assert_int_equal(descent__each(&pid, 1, note, &seen), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.n_roots, 1);
	close(lives[1]);
	waitpid(pid, NULL, 0);
	close(lives[0]);
	seen = (struct seen){0};
	assert_int_equal(descent__each(&pid, 1, note, &seen), 0);
	assert_int_equal(seen.n, 0);
}

static void test_no_children(void **state)
{
	struct seen seen = {0};
	pid_t self = getpid();

	(void)state;
	assert_int_equal(descent__each(&self, 1, note, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last, self);
}

static void test_stop(void **state)
{
	int lives[2];
	pid_t pid = fork_two(lives);
	size_t n = 0;

	(void)state;
	assert_int_equal(descent__each(&pid, 1, stop, &n), STOP);
	assert_int_equal(n, 1);
	close(lives[1]);
	waitpid(pid, NULL, 0);
	close(lives[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_no_children),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
