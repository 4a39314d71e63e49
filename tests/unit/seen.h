/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seen: views of files as targets have them, for tests. A failure in these functions fails the test. */
#ifndef LPROF_TESTS_SEEN_H
#define LPROF_TESTS_SEEN_H

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/target_files.h"
#include "unit/test.h"

/* The view of this process. Owned by the caller. */
static inline struct target_files *seen__by_us(void)
{
	struct target_files *files = NULL;

	assert_int_equal(target_files__of_command(NULL, &files), 0);
	return files;
}

/*
 * The view of a process of user UID with the root directory ROOT ("/": our own), which has ended by now. Owned by the
 * caller. Only root can start such a process.
 */
static inline struct target_files *seen__below(const char *root, uid_t uid)
{
	struct target_files *files = NULL;
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (chroot(root) || chdir("/") || (uid && (setgid(uid) || setuid(uid))) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_int_equal(target_files__of_process(pid, &files), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return files;
}

#endif
