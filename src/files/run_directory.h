/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_directory: where files are kept until the next boot. They are believed by root, so nobody else may be able to
 * change them.
 */
#ifndef LPROF_RUN_DIRECTORY_H
#define LPROF_RUN_DIRECTORY_H

#include <stdbool.h>
#include <sys/stat.h>

#define RUN_DIRECTORY "/run/lprof-bpf"

/* Whether nobody but root and the caller can have changed what ST is of. */
bool run_directory__is_trusted(const struct stat *st);

/*
 * Opens PATH; with MAKE, makes it first if it is not there (but not its parents). A descriptor owned by the caller, or
 * -errno: -EPERM when others may write to it.
 */
int run_directory__open(const char *path, bool make);

#endif
