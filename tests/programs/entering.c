// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * entering DIRECTORY COMMAND...: starts the command in the cgroup DIRECTORY, where it is from the beginning: it is
 * forked into it by clone3(2), as newer versions of systemd do. Waits for its end.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	int fd = argc > 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, status;
	long pid;

	args.cgroup = (uint64_t)fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid) {
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid((pid_t)pid, &status, 0) != pid) {
		perror("entering");
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
