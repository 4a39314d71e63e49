// SPDX-License-Identifier: GPL-2.0-or-later
/* process_words, of a process that the test starts. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/process_words.h"
#include "unit/test.h"

#define LONG 20000 /* more than one reading */

/* Starts sleep(1) with these words, and waits until it runs. */
static pid_t start(char *const *argv, char *const *environment)
{
	char byte;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		execve("/bin/sleep", argv, environment);
		_exit(1);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 0); /* the exec has closed it */
	close(fds[0]);
	return pid;
}

static void words_of_a_process(void **state)
{
	static char variable[LONG];
	char *argv[] = {(char *)"a name", (char *)"100", NULL};
	char *environment[] = {(char *)"EMPTY=", (char *)"", variable, NULL};
	char **words;
	pid_t pid;

	(void)state;
	memset(variable, 'x', LONG - 1);
	variable[1] = '=';
	pid = start(argv, environment);
	words = process_words__read(pid, "cmdline");
	assert_non_null(words);
	assert_string_equal(words[0], "a name");
	assert_string_equal(words[1], "100");
	assert_null(words[2]);
	free(words);
	words = process_words__read(pid, "environ");
	assert_non_null(words);
	assert_string_equal(words[0], "EMPTY=");
	assert_string_equal(words[1], "");
	assert_string_equal(words[2], variable);
	assert_null(words[3]);
	free(words);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_null(process_words__read(pid, "cmdline"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words_of_a_process)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
