/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target: the processes that are profiled, and the object files that they map. */
#ifndef LPROF_TARGET_H
#define LPROF_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"
#include "files/target_files.h"

/* An object file that a target maps or will map. */
struct target_object {
	char *name; /* path by which the target knows it */
	char *path; /* a path that opens exactly this inode in our own view: /proc/PID/map_files/..., or NAME */
	/* The target's view of files, for opening the files that the object names. A counted reference. */
	struct target_files *files;
	pid_t pid; /* a process that maps it; 0: not known yet */
	/* it is a process's executable or was named by the user, and is not just a library used by these */
	bool main;
	unsigned long long dev, ino; /* st_dev and st_ino, which identify the inode */
};

struct target_objects {
	struct target_object *items;
	size_t n;
};

void target_objects__free(struct target_objects *objects);

/*
 * Appends the regular file that PATH opens. Strings are copied, and a reference to FILES is taken. If OBJECTS has this
 * inode already, nothing is appended; the object's view then becomes what the two views have in common. Returns 0,
 * -errno of stat(2), -EINVAL when it is not a regular file, or -ENOMEM.
 */
int target_objects__add(struct target_objects *objects, const char *name, const char *path, struct target_files *files,
			pid_t pid);

/* Replaces the view of all objects by FILES. References are taken. */
void target_objects__set_files(struct target_objects *objects, struct target_files *files);

/*
 * Appends the objects that process PID maps as executable: its executable first, then its libraries in order of
 * address. An inode that is in OBJECTS already is not appended again. Only files count (not [vdso] or anonymous
 * memory); deleted and replaced files are found as they are mapped. On failure, reports why to DIAG, leaves OBJECTS
 * unchanged, and returns -ESRCH (there is no such process, or it has ended), -EINVAL (PID is a thread or a kernel
 * thread), -EPERM or another -errno.
 */
int target__objects_of_pid(pid_t pid, const struct diag *diag, struct target_objects *objects);

/*
 * Appends the objects that the command ARGV, executed as USER (NULL: as the current user), would map. Nothing of the
 * command itself is run. The executable is searched for in PATH as execvp(3) does; for a "#!" script it is the
 * interpreter. The shared libraries are those that the executable's dynamic loader lists (`INTERP --list FILE`). On
 * failure, reports why to DIAG and returns -ENOENT (no such command; users then expect exit status 127), -EACCES or
 * -ENOEXEC (126), or another -errno.
 */
int target__objects_of_command(char *const *argv, const char *user, const struct diag *diag,
			       struct target_objects *objects);

/*
 * Appends the object FILE (option -x). Any process may map it, so the files that it names are opened in the view of
 * its owner, and only if every process that maps FILE now below another root directory sees the same file. On failure,
 * reports why to DIAG and returns -errno.
 */
int target__object_of_file(const char *file, const struct diag *diag, struct target_objects *objects);

/* A command whose process was forked and waits just before its execvp(3). */
struct target_command {
	pid_t pid;
	int pidfd;
	int release_fd; /* private: the socket on which the child waits */
	int error_fd;	/* private: the pipe on which the child reports a failed exec */
};

/*
 * Forks a child that will execute ARGV, as user USER with the user's groups if USER is not NULL. The child is in our
 * process group, so that Ctrl-C reaches it, and waits for target_command__release(). Returns 0 or -errno, reported to
 * DIAG. The caller may call target_command__abandon() in either case.
 *
 * The command inherits the signal mask and the ignored signals of the moment of this call; handlers are reset. So call
 * this before this process changes its own, and the command gets what this process was started with.
 */
int target_command__start(char *const *argv, const char *user, const struct diag *diag, struct target_command *command);

/*
 * Lets the child execute the command. Returns 0 once it has done so, or -errno of execvp(3), reported to DIAG;
 * target_command__wait() then returns 127 (not found) or 126. If a signal has ended the child before, this also
 * returns 0, and the exit status tells.
 */
int target_command__release(struct target_command *command, char *const *argv, const struct diag *diag);

/* Kills and reaps a child that was never released. Does nothing otherwise. */
void target_command__abandon(struct target_command *command);

/* Waits for the child to end. Returns its exit status as a shell does: 128+N for signal N. */
int target_command__wait(struct target_command *command);

/* Converts a status of waitpid(2) to an exit status as a shell has it. */
int target__exit_status(int wait_status);

#endif
