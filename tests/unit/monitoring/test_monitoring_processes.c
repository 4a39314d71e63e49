// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitoring/monitoring_processes.h"
#include "unit/test.h"

static pid_t sleeping_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		pause();
		_exit(0);
	}
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void knows_when_a_process_has_ended(void **state)
{
	struct monitoring_processes *processes = monitoring_processes__new(NULL, 0);
	pid_t pid = sleeping_child();
	struct pollfd ready;
	uint64_t end;

	(void)state;
	assert_non_null(processes);
	assert_int_equal(monitoring_processes__watch(processes, 3, pid), 0);
	assert_int_equal(monitoring_processes__watch(processes, 3, pid), 0);
	ready = (struct pollfd){.fd = monitoring_processes__fd(processes), .events = POLLIN};
	assert_int_equal(poll(&ready, 1, 0), 0);
	assert_true(monitoring_processes__end(processes, 3, 100, &end));
	assert_int_equal(end, 100);
	end_child(pid);
	assert_int_equal(poll(&ready, 1, 1000), 1);
	monitoring_processes__take(processes, 150);
	assert_true(monitoring_processes__end(processes, 3, 200, &end));
	assert_int_equal(end, 150);
	assert_int_equal(poll(&ready, 1, 0), 0);
	monitoring_processes__free(processes);
}

static void nobody_knows_when_others_ended(void **state)
{
	const pid_t known = sleeping_child(), gone = sleeping_child();
	struct monitoring_processes *processes = monitoring_processes__new(&known, 1);
	uint64_t end;

	(void)state;
	end_child(gone);
	assert_int_equal(monitoring_processes__watch(processes, 0, gone), 0);
	assert_false(monitoring_processes__end(processes, 0, 100, &end));
	assert_false(monitoring_processes__end(processes, 7, 100, &end));
	assert_int_equal(monitoring_processes__watch(processes, 1, -5), 0);
	assert_false(monitoring_processes__end(processes, 1, 100, &end));
	/* The end of the command is the end of the run. */
	end_child(known);
	assert_int_equal(monitoring_processes__watch(processes, 2, known), 0);
	assert_true(monitoring_processes__end(processes, 2, 100, &end));
	assert_int_equal(end, 100);
	monitoring_processes__free(processes);
	monitoring_processes__free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_when_a_process_has_ended),
		cmocka_unit_test(nobody_knows_when_others_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
