/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * regular_file: opens files under names that somebody else chose. A FIFO under such a name would make open(2) wait,
 * and to open a device may do something, so nothing is opened before it is known to be a regular file.
 */
#ifndef LPROF_REGULAR_FILE_H
#define LPROF_REGULAR_FILE_H

/*
 * Opens the regular file PATH for reading. Returns a descriptor, -EINVAL when it is no regular file, or -errno of
 * open(2). What PATH leads to is followed like any name that the user gave, links of /proc included.
 */
int regular_file__open(const char *path);

/*
 * The same for the absolute name PATH as a process whose root directory is ROOT would understand it: symbolic links
 * begin at ROOT and do not lead out of it, and links of /proc, which lead anywhere, are refused (-ELOOP).
 */
int regular_file__open_below(int root, const char *path);

#endif
