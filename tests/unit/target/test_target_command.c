// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/target_command.h"
#include "unit/scratch.h"

static const struct target_equipment nothing;

static int setup(void **state)
{
	*state = scratch__new();
	return 0;
}

static int teardown(void **state)
{
	scratch__free(*state);
	return 0;
}

/* Runs `sh -c SCRIPT FILE`, so that the script knows FILE as $0; returns its exit status. */
static int run_shell(struct scratch *scratch, const char *script, const char *file, const char *user)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, (char *)file, NULL};
	struct target_command command;

	assert_int_equal(target_command__start(argv, user, &nothing, &scratch->diag, &command), 0);
	assert_int_equal(target_command__release(&command, argv, &scratch->diag), 0);
	return target_command__wait(&command);
}

static void runs_and_reports_exit_status(void **state)
{
	struct scratch *scratch = *state;
	int fds = scratch__count("/proc/self/fd");

	assert_int_equal(run_shell(scratch, "exit 0", NULL, NULL), 0);
	assert_int_equal(run_shell(scratch, "exit 7", NULL, NULL), 7);
	assert_int_equal(run_shell(scratch, "kill -TERM $$", NULL, NULL), 128 + SIGTERM);
	assert_string_equal(scratch__said(scratch), "");
	assert_int_equal(scratch__count("/proc/self/fd"), fds);
}

static void waits_until_released(void **state)
{
	struct scratch *scratch = *state;
	char *mark = scratch__path(scratch, "mark");
	char *argv[] = {(char *)"touch", mark, NULL};
	struct target_command command;
	struct pollfd ended;

	assert_int_equal(target_command__start(argv, NULL, &nothing, &scratch->diag, &command), 0);
	assert_true(command.pid > 0);
	assert_int_equal(getpgid(command.pid), getpgrp());
	ended = (struct pollfd){.fd = command.pidfd, .events = POLLIN};
	assert_int_equal(poll(&ended, 1, 50), 0);
	assert_int_equal(access(mark, F_OK), -1);
	assert_int_equal(target_command__release(&command, argv, &scratch->diag), 0);
	assert_int_equal(poll(&ended, 1, 10000), 1);
	assert_int_equal(target_command__wait(&command), 0);
	assert_int_equal(access(mark, F_OK), 0);
	free(mark);
}

static void abandoned_child_never_runs(void **state)
{
	struct scratch *scratch = *state;
	char *mark = scratch__path(scratch, "mark");
	char *argv[] = {(char *)"touch", mark, NULL};
	struct target_command command, never = {0};
	int fds = scratch__count("/proc/self/fd");

	assert_int_equal(target_command__start(argv, NULL, &nothing, &scratch->diag, &command), 0);
	target_command__abandon(&command);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(access(mark, F_OK), -1);
	assert_int_equal(scratch__count("/proc/self/fd"), fds);
	target_command__abandon(&command);
	target_command__abandon(&never);
	free(mark);
}

static void abandoning_spares_a_released_child(void **state)
{
	struct scratch *scratch = *state;
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)"sleep 0.1; exit 3", NULL};
	struct target_command command;

	assert_int_equal(target_command__start(argv, NULL, &nothing, &scratch->diag, &command), 0);
	assert_int_equal(target_command__release(&command, argv, &scratch->diag), 0);
	target_command__abandon(&command);
	assert_int_equal(target_command__wait(&command), 3);
}

static void reports_failed_exec(void **state)
{
	struct scratch *scratch = *state;
	char *plain = scratch__write(scratch, "plain", "text", 0644);
	char *missing[] = {(char *)"no-such-command-here", NULL};
	char *denied[] = {plain, NULL};
	struct target_command command;

	assert_int_equal(target_command__start(missing, NULL, &nothing, &scratch->diag, &command), 0);
	assert_int_equal(target_command__release(&command, missing, &scratch->diag), -ENOENT);
	assert_int_equal(target_command__wait(&command), 127);
	assert_said(scratch, "lprof-bpf: no-such-command-here: command not found\n");
	assert_int_equal(target_command__start(denied, NULL, &nothing, &scratch->diag, &command), 0);
	assert_int_equal(target_command__release(&command, denied, &scratch->diag), -EACCES);
	assert_int_equal(target_command__wait(&command), 126);
	assert_said(scratch, "plain: Permission denied\n");
	free(plain);
}

/* The mask called NAME in the text of /proc/PID/status. */
static unsigned long long signals(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	assert_non_null(at);
	return strtoull(at + strlen(name) + 1, NULL, 16);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void command_has_the_signals_of_the_start(void **state)
{
	const unsigned long long hup = 1ull << (SIGHUP - 1), usr1 = 1ull << (SIGUSR1 - 1),
				 interrupt = 1ull << (SIGINT - 1);
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)"exec cat /proc/self/status > $0", NULL, NULL};
	struct sigaction caught = {.sa_handler = on_signal}, ignored = {.sa_handler = SIG_IGN}, old_hup, old_int;
	struct scratch *scratch = *state;
	struct target_command command;
	sigset_t set, old, all;
	char *text;

	argv[3] = scratch__path(scratch, "status");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	sigaction(SIGHUP, &ignored, &old_hup);
	sigaction(SIGINT, &caught, &old_int);
	assert_int_equal(target_command__start(argv, NULL, &nothing, &scratch->diag, &command), 0);
	sigfillset(&all); /* the profiler's own changes after the start must not reach the command */
	sigprocmask(SIG_BLOCK, &all, NULL);
	assert_int_equal(target_command__release(&command, argv, &scratch->diag), 0);
	assert_int_equal(target_command__wait(&command), 0);
	sigaction(SIGHUP, &old_hup, NULL);
	sigaction(SIGINT, &old_int, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);

	text = scratch__read(argv[3]);
	assert_int_equal(signals(text, "SigBlk:"), usr1);
	assert_true(signals(text, "SigIgn:") & hup);
	assert_false(signals(text, "SigIgn:") & interrupt);
	free(text);
	free(argv[3]);
}

static void interrupt_before_release_is_not_swallowed(void **state)
{
	struct sigaction caught = {.sa_handler = on_signal}, old;
	char *argv[] = {(char *)"true", NULL}, path[64], *status;
	struct scratch *scratch = *state;
	struct target_command command;
	bool dropped = false;

	sigaction(SIGINT, &caught, &old);
	assert_int_equal(target_command__start(argv, NULL, &nothing, &scratch->diag, &command), 0);
	snprintf(path, sizeof(path), "/proc/%d/status", command.pid);
	for (int i = 0; i < 2000 && !dropped; i++) {
		usleep(1000);
		status = scratch__read(path);
		dropped = !(signals(status, "SigCgt:") & 1ull << (SIGINT - 1));
		free(status);
	}
	assert_true(dropped);
	kill(command.pid, SIGINT);
	assert_int_equal(waitid(P_PID, (id_t)command.pid, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	assert_int_equal(target_command__release(&command, argv, &scratch->diag), 0);
	assert_int_equal(target_command__wait(&command), 128 + SIGINT);
	sigaction(SIGINT, &old, NULL);
}

static void runs_as_user(void **state)
{
	struct scratch *scratch = *state;
	char *file, *text;

	if (geteuid())
		skip();
	file = scratch__path(scratch, "who");
	assert_int_equal(chmod(scratch->dir, 0777), 0);
	assert_int_equal(
		run_shell(scratch, "id -un >$0; id -G >>$0; echo $HOME $USER $LOGNAME $SHELL >>$0", file, "nobody"), 0);
	text = scratch__read(file);
	assert_string_equal(text, "nobody\n65534\n/nonexistent nobody nobody /usr/sbin/nologin\n");
	free(text);
	free(file);
}

/* The command finds the library, the variable and the descriptor; this process is as before. */
static void the_command_gets_its_equipment(void **state)
{
	struct scratch *scratch = *state;
	char *file = scratch__path(scratch, "seen"), *text, *expected = NULL;
	char *argv[] = {(char *)"sh", (char *)"-c",
			(char *)"echo $LD_PRELOAD $SOMETHING >$0; cat /proc/self/fd/$SOMETHING >>$0", file, NULL};
	struct target_equipment equipment = {.variable = "SOMETHING", .n_fds = 1};
	struct target_command command;
	FILE *lent = tmpfile();

	assert_non_null(lent);
	fputs("lent\n", lent);
	fflush(lent);
	equipment.fds[0] = fcntl(fileno(lent), F_DUPFD_CLOEXEC, 50);
	snprintf(equipment.preload, sizeof(equipment.preload), "libm.so.6");
	snprintf(equipment.value, sizeof(equipment.value), "%d", equipment.fds[0]);
	assert_int_equal(setenv("LD_PRELOAD", "libdl.so.2", 1), 0);
	assert_int_equal(target_command__start(argv, NULL, &equipment, &scratch->diag, &command), 0);
	assert_string_equal(getenv("LD_PRELOAD"), "libdl.so.2");
	unsetenv("LD_PRELOAD");
	assert_null(getenv("SOMETHING"));
	assert_int_equal(fcntl(equipment.fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(target_command__release(&command, argv, &scratch->diag), 0);
	assert_int_equal(target_command__wait(&command), 0);
	text = scratch__read(file);
	assert_true(asprintf(&expected, "libm.so.6:libdl.so.2 %d\nlent\n", equipment.fds[0]) > 0);
	assert_string_equal(text, expected);
	close(equipment.fds[0]);
	fclose(lent);
	free(expected);
	free(text);
	free(file);
}

static void refuses_unknown_user(void **state)
{
	char *argv[] = {(char *)"true", NULL};
	struct scratch *scratch = *state;
	struct target_command command;

	assert_int_equal(target_command__start(argv, "no-such-user-here", &nothing, &scratch->diag, &command), -EINVAL);
	assert_said(scratch, "lprof-bpf: there is no user no-such-user-here\n");
	target_command__abandon(&command);
}

static void exit_status_is_that_of_a_shell(void **state)
{
	(void)state;
	assert_int_equal(target_command__exit_status(0), 0);
	assert_int_equal(target_command__exit_status(255 << 8), 255);
	assert_int_equal(target_command__exit_status(SIGSEGV), 128 + SIGSEGV);
	assert_int_equal(target_command__exit_status(SIGSEGV | 0x80), 128 + SIGSEGV); /* with a core */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(runs_and_reports_exit_status, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_until_released, setup, teardown),
		cmocka_unit_test_setup_teardown(abandoned_child_never_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(abandoning_spares_a_released_child, setup, teardown),
		cmocka_unit_test_setup_teardown(reports_failed_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(command_has_the_signals_of_the_start, setup, teardown),
		cmocka_unit_test_setup_teardown(interrupt_before_release_is_not_swallowed, setup, teardown),
		cmocka_unit_test_setup_teardown(runs_as_user, setup, teardown),
		cmocka_unit_test_setup_teardown(the_command_gets_its_equipment, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_unknown_user, setup, teardown),
		cmocka_unit_test(exit_status_is_that_of_a_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
