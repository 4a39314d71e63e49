// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/shim_waker.h"
#include "unit/test.h"

#define BUSY  8 /* processes, so that threads wait for a processor */
#define TIMES 400

static int looks;

static int look(void)
{
	__atomic_add_fetch(&looks, 1, __ATOMIC_RELAXED);
	return 1;
}

/* As the kernel counts them, and so does Python before it warns of a fork. */
static unsigned count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned n = 0;

	assert_non_null(tasks);
	for (const struct dirent *entry; (entry = readdir(tasks));)
		n += entry->d_name[0] != '.';
	closedir(tasks);
	return n;
}

static pid_t make_busy(void)
{
	pid_t pid = fork();

	if (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			;
	}
	return pid;
}

static void nothing_of_it_is_left(void **state)
{
	pid_t busy[BUSY];
	unsigned left = 0;

	(void)state;
	for (unsigned i = 0; i < BUSY; i++)
		busy[i] = make_busy();
	for (unsigned i = 0; i < TIMES; i++) {
		assert_true(shim_waker__start(look, 0));
		if (i % 2)
			(void)usleep(1000);
		assert_true(shim_waker__stop());
		left += count_threads() - 1;
	}
	for (unsigned i = 0; i < BUSY; i++) {
		kill(busy[i], SIGKILL);
		(void)waitpid(busy[i], NULL, 0);
	}
	assert_int_equal(left, 0);
	assert_true(looks > 0);
}

static void there_is_one_at_most(void **state)
{
	(void)state;
	assert_false(shim_waker__stop());
	assert_true(shim_waker__start(look, 1));
	assert_true(shim_waker__start(look, 1));
	assert_int_equal(count_threads(), 2);
	assert_true(shim_waker__stop());
	assert_false(shim_waker__forget());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_one_at_most),
		cmocka_unit_test(nothing_of_it_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
