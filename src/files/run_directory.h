/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_directory: the directory for files that are kept until the next boot. Root trusts root's, so nobody else may be
 * able to change them; users who profile with capabilities instead of root have their own.
 */
#ifndef LPROF_RUN_DIRECTORY_H
#define LPROF_RUN_DIRECTORY_H

#include <stdbool.h>
#include <sys/stat.h>

#define RUN_DIRECTORY_SIZE 48

/*
 * Writes to PATH where that of this process's user is: /run/lprof-bpf, or /run/user/UID/lprof-bpf, and returns it. No
 * variable of the environment says that, since it may be another user's.
 */
const char *run_directory__path(char path[RUN_DIRECTORY_SIZE]);

/* Whether only root and the caller can have written to the file or directory that ST describes. */
bool run_directory__is_trusted(const struct stat *st);

/*
 * Opens the directory PATH. With MAKE, creates it first if it is missing, but not its parents. Returns a descriptor
 * owned by the caller, or -errno: -EPERM when other users may write to it.
 */
int run_directory__open(const char *path, bool make);

#endif
