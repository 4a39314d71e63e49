/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target_command: a command that is started under the profiler.
 */
#ifndef LPROF_TARGET_COMMAND_H
#define LPROF_TARGET_COMMAND_H

#include <sys/types.h>

#include "base/diag.h"
#include "target/target_equipment.h"

/* A command that was forked and waits just before its execvp(3). */
struct target_command {
	pid_t pid;
	int pidfd;
	int release_fd; /* private: the pipe on which the child waits */
	int error_fd;	/* private: on which the child reports an exec that failed */
	pid_t holder;	/* private: the process that holds the equipment's descriptors; 0: there is none */
	int holder_fd;	/* private: it ends when this pipe is closed */
};

/*
 * Forks a child that will execute ARGV (as user USER when that is not NULL, with the user's groups), with EQUIPMENT,
 * in our process group, so that Ctrl-C reaches it. It waits for target_command__release(). Returns 0 or
 * -errno, said in DIAG; COMMAND can be abandoned in either case.
 *
 * The command inherits the signal mask and the ignored signals that hold at this call (handlers are
 * reset), so call it before this process changes its own: it then finds what this process was started with.
 */
int target_command__start(char *const *argv, const char *user, const struct target_equipment *equipment,
			  const struct diag *diag, struct target_command *command);

/*
 * Lets the child go on. Returns 0 once it has executed the command, or -errno of execvp(3), said in DIAG;
 * target_command__wait() then returns 127 (not found) or 126. A child that a signal has ended before is no
 * error here either: its exit status tells.
 */
int target_command__release(struct target_command *command, char *const *argv, const struct diag *diag);

/* Kills and reaps a child that was never released; harmless otherwise. */
void target_command__abandon(struct target_command *command);

/* Whether the child has not ended yet. */
bool target_command__goes_on(const struct target_command *command);

/* Waits for the end of the child; returns its exit status as a shell gives it (128+N for signal N). */
int target_command__wait(struct target_command *command);

/* The exit status, as a shell gives it, of a status that waitpid(2) gave. */
int target_command__exit_status(int wait_status);

#endif
