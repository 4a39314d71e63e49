/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target: the processes that are profiled, and which object files they map.
 */
#ifndef LPROF_TARGET_H
#define LPROF_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"
#include "files/target_files.h"

/* An object file that a target maps or will map. */
struct target_object {
	char *name; /* the path the target knows it by */
	char *path; /* a path that opens exactly that inode from here: /proc/PID/map_files/..., or name */
	struct target_files *files; /* how the target sees the files that the object names; a reference */
	pid_t pid;		    /* the process that maps it; 0 when not known yet */
	bool main;		    /* a process's executable, or what the user named; not a library that comes along */
	unsigned long long dev, ino; /* identity of the inode: st_dev and st_ino */
};

struct target_objects {
	struct target_object *items;
	size_t n;
};

void target_objects__free(struct target_objects *objects);

/*
 * Appends the regular file that PATH opens; strings are copied, and a reference to FILES is taken. If its inode is
 * there already, the files that it names are from now on those that both targets see. Returns 0, -errno of stat(2),
 * -EINVAL when it is not a regular file, or -ENOMEM.
 */
int target_objects__add(struct target_objects *objects, const char *name, const char *path, struct target_files *files,
			pid_t pid);

/* Lets the objects name files as FILES sees them, of which a reference is taken. */
void target_objects__set_files(struct target_objects *objects, struct target_files *files);

/*
 * Appends the objects that process PID maps executable: its executable first, then libraries in order
 * of address; each inode once, also when another process in OBJECTS maps it already. Only files (no
 * [vdso], no anonymous memory). Deleted and replaced files are found as they are mapped. On failure says
 * why in DIAG, leaves OBJECTS as it was and returns -ESRCH (no such process, ended, or gone meanwhile),
 * -EINVAL (a thread, a kernel thread), -EPERM or another -errno.
 */
int target__objects_of_pid(pid_t pid, const struct diag *diag, struct target_objects *objects);

/*
 * Appends the objects that executing ARGV as USER (NULL: as we are) would map: the executable found through PATH as
 * execvp(3) would (for a #! script its interpreter's), then the shared libraries that its dynamic loader says it
 * would load (the loader is asked by `INTERP --list FILE`; nothing of the command itself is run). On failure says why
 * in DIAG and returns -ENOENT (no such command: users expect exit status 127), -EACCES, -ENOEXEC (126) or another
 * -errno.
 */
int target__objects_of_command(char *const *argv, const char *user, const struct diag *diag,
			       struct target_objects *objects);

/*
 * Appends the object FILE (-x). The files that it names are those that its owner sees and that are the same for each
 * process that maps it now below another root directory. On failure says why in DIAG and returns -errno.
 */
int target__object_of_file(const char *file, const struct diag *diag, struct target_objects *objects);

/* A command that was forked and waits just before its execvp(3). */
struct target_command {
	pid_t pid;
	int pidfd;
	int release_fd; /* private: the pipe on which the child waits */
	int error_fd;	/* private: on which the child reports an exec that failed */
};

/*
 * Forks a child that will execute ARGV (as user USER when that is not NULL, with the user's groups),
 * in our process group, so that Ctrl-C reaches it. It waits for target_command__release(). Returns 0 or
 * -errno, said in DIAG; COMMAND can be abandoned in either case.
 *
 * The command inherits the signal mask and the ignored signals that hold at this call (handlers are
 * reset), so call it before this process changes its own: it then finds what this process was started with.
 */
int target_command__start(char *const *argv, const char *user, const struct diag *diag, struct target_command *command);

/*
 * Lets the child go on. Returns 0 once it has executed the command, or -errno of execvp(3), said in DIAG;
 * target_command__wait() then returns 127 (not found) or 126. A child that a signal has ended before is no
 * error here either: its exit status tells.
 */
int target_command__release(struct target_command *command, char *const *argv, const struct diag *diag);

/* Kills and reaps a child that was never released; harmless otherwise. */
void target_command__abandon(struct target_command *command);

/* Waits for the end of the child; returns its exit status as a shell gives it (128+N for signal N). */
int target_command__wait(struct target_command *command);

/* The shell-style exit status of a waitpid(2) status. */
int target__exit_status(int wait_status);

#endif
