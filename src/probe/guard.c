// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/guard.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe/detached.h"
#include "probe/priority.h"

#define NAME "lprof-guard"

/* FD is the pidfd of the process that is waited for: it can be read when that has ended and has closed its files. */
static void __attribute__((noreturn)) run_guard(int fd, void (*clean)(void))
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};

	prctl(PR_SET_NAME, NAME);
	if (detached__become(fd))
		_exit(EXIT_FAILURE);
	while (poll(&pollfd, 1, -1) <= 0)
		;
	close(fd);
	clean();
	_exit(EXIT_SUCCESS);
}

void guard__start(void (*clean)(void))
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0)
		return;
	if (!priority__fork())
		run_guard(fd, clean);
	close(fd);
}
