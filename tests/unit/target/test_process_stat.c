// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(fields_of_a_stopped_child)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
