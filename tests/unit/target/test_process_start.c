// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/process_start.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit/test.h"

static void a_process_began_when_it_was_made(void **state)
{
	int64_t before_ns = (int64_t)clock__realtime_ns(), after_ns, began_ns;
	int ended[2];
	pid_t pid;
	char byte;

	(void)state;
	assert_int_equal(pipe(ended), 0);
	pid = fork();
	if (!pid) {
		/* A name that looks like what comes behind it. */
		prctl(PR_SET_NAME, "a) b) 1 2 (c");
		close(ended[1]);
		_exit(read(ended[0], &byte, 1) != 0);
	}
	after_ns = (int64_t)clock__realtime_ns();
	usleep(50000);
	began_ns = process_start__ns(pid);
	assert_true(began_ns > before_ns);
	assert_true(began_ns <= after_ns + (int64_t)CLOCK_SECOND_NS);
	close(ended[0]);
	close(ended[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void what_is_no_process_began_never(void **state)
{
	(void)state;
	assert_int_equal(process_start__ns(0), 0);
	assert_int_equal(process_start__ns(-1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_began_when_it_was_made),
		cmocka_unit_test(what_is_no_process_began_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
