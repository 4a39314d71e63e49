// SPDX-License-Identifier: GPL-2.0-or-later
/* stopped_threads, of a process that the test forks. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "target/process_stat.h"
#include "target/stopped_threads.h"
#include "unit/test.h"

#define VFORK_MS 1000

static int ending[2]; /* a pipe: the lasting child ends when something comes out of it */

static void sleep_ms(long ms)
{
	struct timespec left = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&left, &left))
		;
}

static pid_t start(void (*body)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body();
	for (;;)
		pause();
}

static void nothing(void)
{
}

/* While a process waits for the child that it has made by vfork(2), it cannot stop. */
static void make_child(void)
{
	if (!vfork()) {
		sleep_ms(VFORK_MS);
		_exit(0);
	}
}

static void make_lasting_child(void)
{
	char byte;

	close(ending[1]);
	if (!vfork()) {
		(void)!read(ending[0], &byte, 1);
		_exit(0);
	}
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Waits, for five seconds at most, until process PID is in STATE. */
static void await(pid_t pid, char wanted)
{
	char state[PROCESS_STAT_ROOM] = "";

	for (int i = 0; i < 500 && *state != wanted; i++) {
		assert_true(process_stat__read(pid, PROCESS_STAT_STATE, state));
		sleep_ms(10);
	}
	assert_int_equal(*state, wanted);
}

static void a_process_is_stopped_and_goes_on(void **state)
{
	struct stopped_threads *stopped;
	pid_t pid = start(nothing);

	(void)state;
	await(pid, 'S');
	assert_int_equal(stopped_threads__stop(pid, &stopped), 0);
	await(pid, 't');
	stopped_threads__let_go(stopped);
	await(pid, 'S');
	end(pid);
	assert_int_equal(stopped_threads__stop(pid, &stopped), -ESRCH);
}

static void who_could_not_stop_can_be_stopped_later(void **state)
{
	struct stopped_threads *stopped;
	pid_t pid = start(make_child);

	(void)state;
	await(pid, 'D');
	assert_int_equal(stopped_threads__stop(pid, &stopped), -EBUSY);
	await(pid, 'S');
	assert_int_equal(stopped_threads__stop(pid, &stopped), 0);
	stopped_threads__let_go(stopped);
	end(pid);
}

/* Nobody is its debugger between the tries, and it does not stop when it can at last: nobody would let it go on. */
static void who_cannot_stop_for_long_is_busy(void **state)
{
	struct stopped_threads *stopped;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ending), 0);
	pid = start(make_lasting_child);
	await(pid, 'D');
	assert_int_equal(stopped_threads__stop(pid, &stopped), -EBUSY);
	await(pid, 'D');
	assert_int_equal(stopped_threads__stop(pid, &stopped), -EBUSY);
	assert_int_equal(write(ending[1], "", 1), 1);
	await(pid, 'S');
	sleep_ms(50);
	await(pid, 'S');
	assert_int_equal(stopped_threads__stop(pid, &stopped), 0);
	await(pid, 't');
	stopped_threads__let_go(stopped);
	await(pid, 'S');
	end(pid);
	close(ending[0]);
	close(ending[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_stopped_and_goes_on),
		cmocka_unit_test(who_could_not_stop_can_be_stopped_later),
		cmocka_unit_test(who_cannot_stop_for_long_is_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
