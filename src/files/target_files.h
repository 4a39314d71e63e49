/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target_files: opens the files that a target names (source files, debug files) as the target itself sees them: below
 * its root directory, in its mount namespace, and with no more rights than its owner has. This works even after the
 * process has ended. The structs are reference-counted, without locks: use them from one thread only.
 */
#ifndef LPROF_TARGET_FILES_H
#define LPROF_TARGET_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "files/debug_dirs.h"
#include "files/file_rights.h"

struct target_files;

/* The view of process PID as it is now. Returns 0 and a reference that the caller owns, -ESRCH, or another -errno. */
int target_files__of_process(pid_t pid, struct target_files **out);

/*
 * The view of a command that this program starts as USER, or as the current user when USER is NULL. Returns 0, -ENOENT
 * when there is no such user, or another -errno.
 */
int target_files__of_command(const char *user, struct target_files **out);

/* The view of the user who owns the file FD; our own view if we are not root. Returns 0 or -errno. */
int target_files__of_owner(int fd, struct target_files **out);

/* The view of a user who has only the rights that every user has. Returns 0 or -ENOMEM. */
int target_files__of_anybody(struct target_files **out);

/*
 * The files that A and B both see under the same name, for an object that several processes have in common. A and B
 * still belong to the caller. Returns 0 or -ENOMEM.
 */
int target_files__of_both(struct target_files *a, struct target_files *b, struct target_files **out);

/* The files below the root directory of process PID, seen with the rights of FILES. Returns 0 or -errno. */
int target_files__at_root_of(const struct target_files *files, pid_t pid, struct target_files **out);

struct target_files *target_files__ref(struct target_files *files); /* returns FILES */
void target_files__unref(struct target_files *files);		    /* NULL is allowed */

/* Whether a file name means the same file for the target as for this process. */
bool target_files__have_our_root(const struct target_files *files);

bool target_files__equal(const struct target_files *a, const struct target_files *b);

/*
 * Opens the regular file that the target calls NAME. Returns a descriptor, or:
 *   -EACCES  the owner may not read it
 *   -EINVAL  it is not a regular file
 *   -ENOENT  there is no such file, or NAME is relative and nobody knows to which directory
 *   -EXDEV   the two views that FILES combines see different files
 * or another -errno.
 */
int target_files__open(const struct target_files *files, const char *name);

/* The directories in which debug files are looked for besides; borrowed as long as FILES. NULL: there are none. */
void target_files__set_debug_dirs(struct target_files *files, const struct debug_dirs *dirs);
const struct debug_dirs *target_files__debug_dirs(const struct target_files *files);

/*
 * Gives the calling thread the rights of FILES, for a library that opens files by itself; of a combined view, the
 * rights of one of the two owners. Names are still resolved in our own root directory. Returns 0, and the caller must
 * call file_rights__resume(); or -errno.
 */
int target_files__assume(const struct target_files *files, struct file_rights_before *before);

#endif
