// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/rank.h"
#include "unit/test.h"

/* The NUL at the end of the string literal ends the last variable. */
#define RANK(literal) rank__of_environment(literal, sizeof(literal))

static void launchers_tell_it(void **state)
{
	(void)state;
	assert_int_equal(RANK("PATH=/bin\0OMPI_COMM_WORLD_RANK=12\0HOME=/"), 12);
	assert_int_equal(RANK("PMI_RANK=0"), 0);
	assert_int_equal(RANK("A=\0PMIX_RANK=2147483647"), 2147483647);
	assert_int_equal(RANK("SLURM_PROCID=3\0"), 3);
	/* The variables of MPI come before that of Slurm. */
	assert_int_equal(RANK("SLURM_PROCID=3\0PMIX_RANK=4\0PMI_RANK=5\0OMPI_COMM_WORLD_RANK=6"), 6);
	assert_int_equal(RANK("SLURM_PROCID=3\0OMPI_COMM_WORLD_RANK=x"), 3);
}

static void others_have_none(void **state)
{
	(void)state;
	assert_int_equal(RANK(""), -1);
	assert_int_equal(rank__of_environment("", 0), -1);
	assert_int_equal(RANK("PMI_RANK="), -1);
	assert_int_equal(RANK("PMI_RANK=-1"), -1);
	assert_int_equal(RANK("PMI_RANK= 1"), -1);
	assert_int_equal(RANK("PMI_RANK=1a"), -1);
	assert_int_equal(RANK("PMI_RANK=2147483648"), -1);
	assert_int_equal(RANK("PMI_RANK=99999999999999999999"), -1);
	assert_int_equal(RANK("XPMI_RANK=1"), -1);
	assert_int_equal(RANK("PMI_RANKS=1"), -1);
	assert_int_equal(RANK("A=PMI_RANK=1"), -1);
	/* Nothing beyond the given size is read. */
	assert_int_equal(rank__of_environment("PMI_RANK=123", 11), 12);
	assert_int_equal(rank__of_environment("PMI_RANK=123", 5), -1);
}

static void a_process_is_asked(void **state)
{
	char *argv[] = {(char *)"sleep", (char *)"60", NULL}, *envp[] = {(char *)"A=1", (char *)"PMI_RANK=17", NULL};
	int pipe_fds[2], status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		execve("/bin/sleep", argv, envp);
		_exit(1);
	}
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 0);
	close(pipe_fds[0]);
	assert_int_equal(rank__of_process(pid), 17);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rank__of_process(pid), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(launchers_tell_it),
		cmocka_unit_test(others_have_none),
		cmocka_unit_test(a_process_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
