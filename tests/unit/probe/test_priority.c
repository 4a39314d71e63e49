// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * priority: how the priority is raised, and which children inherit it. Without the right to raise it, nothing may
 * change.
 */
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/scratch.h"

#include "probe/priority.h"

static int policy(void)
{
	return sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
}

/* The exit status of a child: 0 when it has POLICY and NICE. */
static int child_has(pid_t (*make)(void), int wanted_policy, int wanted_nice)
{
	int status = -1;
	pid_t pid = make();

	if (!pid)
		_exit(policy() != wanted_policy || getpriority(PRIO_PROCESS, 0) != wanted_nice);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_raise(void **state)
{
	int nice = getpriority(PRIO_PROCESS, 0); /* the test itself may have been started with any */

	(void)state;
	assert_int_equal(policy(), SCHED_OTHER);
	priority__raise();
	if (policy() == SCHED_OTHER) { /* a real-time policy is not allowed here; a lower nice value may be */
		assert_int_equal(child_has(fork, SCHED_OTHER, 0), 0);
		return;
	}
	assert_int_equal(policy(), SCHED_RR);
	assert_int_equal(child_has(fork, SCHED_OTHER, 0), 0);
	assert_int_equal(child_has(priority__fork, SCHED_RR, nice), 0);
	assert_int_equal(child_has(fork, SCHED_OTHER, 0), 0); /* as before */
	assert_int_equal(policy(), SCHED_RR);
	priority__lower();
	assert_int_equal(policy(), SCHED_OTHER);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), nice);
	priority__lower();
	assert_int_equal(policy(), SCHED_OTHER);
}

/* In a child, since nobody but root can take a nice value back. */
static void test_give_way(void **state)
{
	int status = -1;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		bool modest;

		priority__give_way();
		modest = getpriority(PRIO_PROCESS, 0) >= 10;
		setpriority(PRIO_PROCESS, 0, 15);
		priority__give_way();
		_exit(!modest || getpriority(PRIO_PROCESS, 0) != 15);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_raise), cmocka_unit_test(test_give_way)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
