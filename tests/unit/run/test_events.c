// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run/events.h"
#include "unit/scratch.h"
#include "unit/test.h"

#define WATCHDOG 60 /* seconds after which a hanging test is killed */

static int setup(void **state)
{
	(void)state;
	alarm(WATCHDOG);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	alarm(0);
	return 0;
}

/* Everything that the events wait for. */
struct events_config {
	double duration, interval, tick;
	const int *pidfds;
	size_t n_pidfds;
};

static struct events *open_events(const struct events_config *config)
{
	const struct events_clocks clocks = {config->duration, config->interval, config->tick};
	struct events *events = NULL;

	assert_int_equal(events__open(config->pidfds, config->n_pidfds, &events), 0);
	assert_non_null(events);
	assert_int_equal(events__start_clocks(events, &clocks), 0);
	return events;
}

static bool is_blocked(int signal)
{
	sigset_t mask;

	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	return sigismember(&mask, signal);
}

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	assert_int_equal(clock_gettime(clock, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void sleep_for(double seconds)
{
	struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

	assert_int_equal(nanosleep(&t, NULL), 0);
}

/* A child that waits to be killed, and a descriptor of it. */
struct child {
	pid_t pid;
	int fd;
};

static struct child make_child(void)
{
	struct child child = {.pid = fork()};

	assert_true(child.pid >= 0);
	if (!child.pid) {
		alarm(WATCHDOG);
		for (;;)
			pause();
	}
	child.fd = (int)syscall(SYS_pidfd_open, child.pid, 0);
	assert_true(child.fd >= 0);
	return child;
}

static void end_child(const struct child *child)
{
	assert_int_equal(kill(child->pid, SIGKILL), 0);
	assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
}

static void signals_are_told_apart(void **state)
{
	const struct events_config config = {0};
	struct events *events = open_events(&config);

	(void)state;
	assert_int_equal(events__signal(events), 0);
	kill(getpid(), SIGINT);
	assert_int_equal(events__wait(events), EVENT_INTERRUPT);
	assert_int_equal(events__signal(events), 0);
	kill(getpid(), SIGTERM);
	assert_int_equal(events__wait(events), EVENT_TERMINATE);
	assert_int_equal(events__signal(events), SIGTERM);
	kill(getpid(), SIGINT);
	assert_int_equal(events__wait(events), EVENT_INTERRUPT);
	assert_int_equal(events__signal(events), SIGTERM);
	kill(getpid(), SIGHUP);
	assert_int_equal(events__wait(events), EVENT_TERMINATE);
	assert_int_equal(events__signal(events), SIGHUP);
	events__close(events);
}

static void signals_are_blocked_while_open_only(void **state)
{
	const struct events_config config = {0};
	struct events *events;
	sigset_t hangup;

	(void)state;
	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	assert_int_equal(sigprocmask(SIG_BLOCK, &hangup, NULL), 0);
	events = open_events(&config);
	assert_true(is_blocked(SIGINT) && is_blocked(SIGTERM) && is_blocked(SIGHUP));
	assert_false(is_blocked(SIGUSR1) || is_blocked(SIGALRM) || is_blocked(SIGCHLD));
	events__close(events);
	assert_false(is_blocked(SIGINT) || is_blocked(SIGTERM));
	assert_true(is_blocked(SIGHUP)); /* as before */
	assert_int_equal(sigprocmask(SIG_UNBLOCK, &hangup, NULL), 0);
}

static void duration_passes_once(void **state)
{
	const struct events_config config = {.duration = 0.05, .interval = 0.07};
	double start = seconds_of(CLOCK_MONOTONIC);
	struct events *events = open_events(&config);

	(void)state;
	sleep_for(0.2); /* both times have passed; the duration is reported first */
	assert_int_equal(events__wait(events), EVENT_DURATION);
	assert_int_equal(events__wait(events), EVENT_INTERVAL);
	assert_int_equal(events__wait(events), EVENT_INTERVAL);
	assert_int_equal(events__wait(events), EVENT_INTERVAL);
	assert_true(seconds_of(CLOCK_MONOTONIC) - start < 30);
	events__close(events);
}

static void clocks_keep_their_time(void **state)
{
	const struct events_config once = {.duration = 0.15}, again = {.interval = 0.05};
	double start = seconds_of(CLOCK_MONOTONIC), passed;
	struct events *events = open_events(&once);

	(void)state;
	assert_int_equal(events__wait(events), EVENT_DURATION);
	passed = seconds_of(CLOCK_MONOTONIC) - start;
	assert_true(passed >= 0.149 && passed < 30);
	events__close(events);

	start = seconds_of(CLOCK_MONOTONIC);
	events = open_events(&again);
	for (int i = 0; i < 3; i++)
		assert_int_equal(events__wait(events), EVENT_INTERVAL);
	passed = seconds_of(CLOCK_MONOTONIC) - start;
	assert_true(passed >= 0.05 && passed < 30);
	events__close(events);
}

static void ticks_come_last(void **state)
{
	const struct events_config config = {.duration = 0.01, .interval = 0.02, .tick = 0.015};
	struct events *events = open_events(&config);

	(void)state;
	sleep_for(0.1);
	assert_int_equal(events__wait(events), EVENT_DURATION);
	assert_int_equal(events__wait(events), EVENT_INTERVAL);
	assert_int_equal(events__wait(events), EVENT_TICK);
	events__close(events);
}

static void shortest_clock_is_not_none(void **state)
{
	const struct events_config config = {.duration = 1e-12};
	struct events *events = open_events(&config);

	(void)state;
	assert_int_equal(events__wait(events), EVENT_DURATION);
	events__close(events);
}

static void signals_come_first(void **state)
{
	const struct child child = make_child();
	const struct events_config config = {.duration = 0.01, .interval = 0.01, .pidfds = &child.fd, .n_pidfds = 1};
	struct events *events = open_events(&config);

	(void)state;
	end_child(&child);
	sleep_for(0.05);
	kill(getpid(), SIGINT);
	assert_int_equal(events__wait(events), EVENT_INTERRUPT);
	assert_int_equal(events__wait(events), EVENT_DURATION);
	events__close(events);
	close(child.fd);
}

static void last_end_ends_all(void **state)
{
	const struct child first = make_child(), second = make_child();
	const int fds[] = {first.fd, second.fd};
	const struct events_config config = {.duration = 0.3, .pidfds = fds, .n_pidfds = 2};
	struct events *events = open_events(&config);
	double used = seconds_of(CLOCK_PROCESS_CPUTIME_ID);

	(void)state;
	end_child(&second);
	assert_int_equal(events__wait(events), EVENT_DURATION);
	/* The process that has ended must not make the loop spin. */
	assert_true(seconds_of(CLOCK_PROCESS_CPUTIME_ID) - used < 0.1);
	end_child(&first);
	assert_int_equal(events__wait(events), EVENT_ALL_GONE);
	/* It is reported only once. */
	kill(getpid(), SIGTERM);
	assert_int_equal(events__wait(events), EVENT_TERMINATE);
	events__close(events);
	assert_int_equal(close(first.fd), 0);
	assert_int_equal(close(second.fd), 0);
}

static void ends_before_opening_are_noticed(void **state)
{
	const struct child child = make_child();
	const struct events_config config = {.pidfds = &child.fd, .n_pidfds = 1};
	struct events *events;

	(void)state;
	end_child(&child);
	events = open_events(&config);
	assert_int_equal(events__wait(events), EVENT_ALL_GONE);
	events__close(events);
	close(child.fd);
}

static void without_processes_none_ends(void **state)
{
	const struct events_config config = {.duration = 0.05};
	struct events *events = open_events(&config);

	(void)state;
	assert_int_equal(events__wait(events), EVENT_DURATION);
	events__close(events);
}

static void closing_leaves_no_descriptor(void **state)
{
	const struct child child = make_child();
	const struct events_config config = {.duration = 0.01, .interval = 60, .pidfds = &child.fd, .n_pidfds = 1};
	int before = scratch__count("/proc/self/fd");
	struct events *events = open_events(&config);

	(void)state;
	assert_int_equal(scratch__count("/proc/self/fd"), before + 3);
	events__close(events);
	assert_int_equal(scratch__count("/proc/self/fd"), before);
	events = open_events(&config);
	assert_int_equal(events__wait(events), EVENT_DURATION);
	events__close(events);
	assert_int_equal(scratch__count("/proc/self/fd"), before);
	assert_true(fcntl(child.fd, F_GETFD) >= 0);
	events__close(NULL);
	end_child(&child);
	close(child.fd);
}

static void watches_a_descriptor(void **state)
{
	const struct events_config config = {.duration = 0.2};
	struct events *events = open_events(&config);
	int fds[2];
	char byte = 'x';

	(void)state;
	assert_int_equal(pipe(fds), 0);
	events__watch(events, fds[0]);
	assert_int_equal(write(fds[1], &byte, 1), 1);
	assert_int_equal(events__wait(events), EVENT_WAKE);
	assert_int_equal(events__wait(events), EVENT_WAKE); /* reported again as long as nobody reads from it */
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(events__wait(events), EVENT_DURATION);
	events__watch(events, -1);
	events__close(events);
	assert_int_equal(close(fds[0]), 0); /* the descriptor still belongs to the caller */
	assert_int_equal(close(fds[1]), 0);
}

static void keys_and_sizes_are_told(void **state)
{
	const struct events_config config = {.tick = 0.01};
	struct events *events = open_events(&config);
	int keyboard[2];

	(void)state;
	assert_int_equal(pipe2(keyboard, O_CLOEXEC), 0);
	assert_int_equal(events__watch_keys(events, keyboard[0]), 0);
	assert_true(is_blocked(SIGWINCH));
	assert_int_equal(events__wait(events), EVENT_TICK);
	assert_int_equal(write(keyboard[1], "q", 1), 1);
	sleep_for(0.05); /* keys are reported at once, not at the next tick */
	assert_int_equal(events__wait(events), EVENT_KEY);
	assert_int_equal(raise(SIGWINCH), 0);
	assert_int_equal(events__wait(events), EVENT_RESIZE);
	assert_int_equal(raise(SIGINT), 0);
	assert_int_equal(events__wait(events), EVENT_INTERRUPT);
	events__close(events);
	assert_false(is_blocked(SIGWINCH));
	assert_true(fcntl(keyboard[0], F_GETFD) >= 0);
	close(keyboard[0]);
	close(keyboard[1]);
}

static void a_keyboard_that_is_gone_ends_it_once(void **state)
{
	const struct events_config config = {.tick = 0.01};
	struct events *events = open_events(&config);
	int terminal, other;

	(void)state;
	assert_int_equal(openpty(&other, &terminal, NULL, NULL, NULL), 0);
	assert_int_equal(events__watch_keys(events, terminal), 0);
	close(other);
	assert_int_equal(events__wait(events), EVENT_TERMINATE);
	assert_int_equal(events__signal(events), SIGHUP);
	assert_int_equal(events__wait(events), EVENT_TICK);
	events__close(events);
	close(terminal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(signals_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(signals_are_blocked_while_open_only, setup, teardown),
		cmocka_unit_test_setup_teardown(duration_passes_once, setup, teardown),
		cmocka_unit_test_setup_teardown(clocks_keep_their_time, setup, teardown),
		cmocka_unit_test_setup_teardown(ticks_come_last, setup, teardown),
		cmocka_unit_test_setup_teardown(shortest_clock_is_not_none, setup, teardown),
		cmocka_unit_test_setup_teardown(signals_come_first, setup, teardown),
		cmocka_unit_test_setup_teardown(last_end_ends_all, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_before_opening_are_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(without_processes_none_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_and_sizes_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_keyboard_that_is_gone_ends_it_once, setup, teardown),
		cmocka_unit_test_setup_teardown(closing_leaves_no_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(watches_a_descriptor, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
