/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target_files: the files that a target names (source files, debug files), as the target itself sees them: below its
 * root directory, in its mount namespace, and with no more rights than its owner has. It keeps working when the
 * process has ended. The files are counted references; all of this is for one thread.
 */
#ifndef LPROF_TARGET_FILES_H
#define LPROF_TARGET_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "files/file_rights.h"

struct target_files;

/* As process PID sees them now. 0 and a reference that the caller owns, -ESRCH, or another -errno. */
int target_files__of_process(pid_t pid, struct target_files **out);

/*
 * As a command that is started here sees them, as user NAME or (NULL) as we are. 0, -ENOENT: no such user, or -errno.
 */
int target_files__of_command(const char *user, struct target_files **out);

/* As who owns the file FD sees them. If we are not root: as we are. 0 or -errno. */
int target_files__of_owner(int fd, struct target_files **out);

/* As somebody sees them who has no rights but those that everybody has. 0 or -ENOMEM. */
int target_files__of_anybody(struct target_files **out);

/*
 * Only what both A and B see under one name: for what several processes have in common. The references are the
 * caller's still. 0 or -ENOMEM.
 */
int target_files__of_both(struct target_files *a, struct target_files *b, struct target_files **out);

/* The files below the root directory that process PID has, seen with the rights of FILES. 0 or -errno. */
int target_files__at_root_of(const struct target_files *files, pid_t pid, struct target_files **out);

struct target_files *target_files__ref(struct target_files *files); /* returns FILES */
void target_files__unref(struct target_files *files);		    /* NULL is allowed */

/* Whether a name means the same for the target as for us. */
bool target_files__have_our_root(const struct target_files *files);

bool target_files__equal(const struct target_files *a, const struct target_files *b);

/*
 * Opens the regular file that the target calls NAME. Returns a descriptor; -EACCES when the owner may not read it,
 * -EINVAL when it is no regular file, -ENOENT when there is none or NAME is not absolute (nobody knows from which
 * directory it was meant), -EXDEV when it is not the same file for all, or another -errno.
 */
int target_files__open(const struct target_files *files, const char *name);

/*
 * Gives the calling thread the owner's rights (of one owner, where there are two), for a library that opens files by
 * itself. 0, and file_rights__resume() is due; or -errno. Names still mean what they mean to us.
 */
int target_files__assume(const struct target_files *files, struct file_rights_before *before);

#endif
