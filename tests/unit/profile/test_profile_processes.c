// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "profile/profile_processes.h"
#include "unit/test.h"

static void each_is_found(void **state)
{
	struct profile_processes processes = {0}, sum = {0};
	char cgroup[16];

	(void)state;
	assert_null(profile_processes__cgroup(&processes, 1));
	/* 37 is no divisor of 101: each number below that comes once, in no order. */
	for (int i = 0, pid = 0; i < 101; i++, pid = (pid + 37) % 101) {
		snprintf(cgroup, sizeof(cgroup), "/%d", pid);
		assert_int_equal(profile_processes__set(&processes, 10 * pid, cgroup), 0);
	}
	assert_int_equal(processes.n, 101);
	assert_int_equal(profile_processes__set(&processes, 500, "/other"), 0);
	assert_int_equal(profile_processes__set(&sum, 500, "/first"), 0);
	assert_int_equal(profile_processes__set(&sum, 501, "/more"), 0);
	assert_int_equal(profile_processes__add(&sum, &processes), 0);
	assert_int_equal(processes.n, 101);
	assert_int_equal(sum.n, 102);
	for (int pid = 0; pid < 101; pid++) {
		snprintf(cgroup, sizeof(cgroup), "/%d", pid);
		assert_int_equal(processes.items[pid].pid, 10 * pid);
		assert_string_equal(profile_processes__cgroup(&sum, 10 * pid), pid == 50 ? "/other" : cgroup);
		assert_null(profile_processes__cgroup(&processes, 10 * pid + 1));
		assert_null(profile_processes__cgroup(&processes, 10 * pid - 1));
	}
	assert_string_equal(profile_processes__cgroup(&sum, 501), "/more");
	profile_processes__release(&processes);
	profile_processes__release(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_found)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
