// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/process_stat.h"
#include "unit/test.h"

static void fields_of_a_stopped_child(void **state)
{
	char text[PROCESS_STAT_ROOM];
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		/* A name that looks like what comes behind it. */
		prctl(PR_SET_NAME, "a) T 1 2\n(c");
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
	assert_true(process_stat__read(pid, PROCESS_STAT_STATE, text));
	assert_string_equal(text, "T");
	assert_true(process_stat__read(pid, PROCESS_STAT_PARENT, text));
	assert_int_equal(strtol(text, NULL, 10), getpid());
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(process_stat__read(pid, PROCESS_STAT_STATE, text));
	assert_string_equal(text, "");
}

static void the_end_of_a_child(void **state)
{
	pid_t pid = fork();
	siginfo_t info;

	(void)state;
	if (!pid) {
		pause();
		_exit(0);
	}
	assert_false(process_stat__has_ended(pid));
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_true(process_stat__has_ended(pid));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(process_stat__has_ended(pid));
}

/* It was taken for one that has ended, and no longer profiled. */
static void a_process_of_which_nothing_can_be_read_has_not_ended(void **state)
{
	struct rlimit limit, none;
	char text[PROCESS_STAT_ROOM];
	bool ended, found;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){0, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ended = process_stat__has_ended(getpid());
	found = process_stat__read(getpid(), PROCESS_STAT_STATE, text);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_false(ended);
	assert_false(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_of_a_stopped_child),
		cmocka_unit_test(the_end_of_a_child),
		cmocka_unit_test(a_process_of_which_nothing_can_be_read_has_not_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
