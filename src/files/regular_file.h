/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * regular_file: opens files under names that somebody else chose. Opening a FIFO would block, and opening a device may
 * have side effects, so a file is opened only after it is known to be a regular one.
 */
#ifndef LPROF_REGULAR_FILE_H
#define LPROF_REGULAR_FILE_H

/*
 * Opens the regular file PATH for reading. Returns a descriptor, -EINVAL when PATH is not a regular file, or -errno of
 * open(2). Symbolic links are followed, also those of /proc: use this for names that the user gave.
 */
int regular_file__open(const char *path);

/*
 * Like regular_file__open(), for an absolute PATH as a process whose root directory is ROOT would resolve it: symbolic
 * links start at ROOT and cannot leave it. Links of /proc, which could lead anywhere, are refused (-ELOOP).
 */
int regular_file__open_below(int root, const char *path);

#endif
