/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output_file: the file that a report is written to. It holds the last report that could be written whole, or else what
 * it held before; a file that was made for a report is removed again if there is none. And it is opened in such a way
 * that root cannot be tricked into harming anybody.
 *
 * Root can write everywhere, so a user who can make root's path lead elsewhere can have any file overwritten. The
 * kernel guards directories like /tmp against that (fs.protected_symlinks and its kin in proc(5)), but only such
 * directories, and only if it is configured to. So when we are root, we keep the following rules ourselves. "The
 * caller" is the user who called us through sudo, or else root.
 *
 *   - A symbolic link, wherever in the path, is followed only if it is root's or the caller's. The owner of its
 *     directory does not matter, because anybody may be able to write there.
 *   - A file in a sticky directory that everybody may write to (/tmp) must be root's, the caller's or the directory's
 *     owner's, as with fs.protected_regular and fs.protected_fifos: others may have put it there to read the report.
 *   - A file with several names (hard links) is not written to if its directory may be written to by everybody, or
 *     belongs to neither root nor the caller: under its other name it may be a file of /etc, or one of the caller's.
 *
 * The file behind a link of /proc, such as /dev/stdout, was opened by whoever started us, so it is not checked. A new
 * file becomes the caller's; an existing one keeps its owner and mode. When we are not root, the kernel's rules
 * suffice.
 */
#ifndef LPROF_OUTPUT_FILE_H
#define LPROF_OUTPUT_FILE_H

#include <limits.h>
#include <stddef.h>

#include "base/diag.h"

struct output_file {
	int fd;
	/* The file's name in the directory, while it was made by us and holds no report yet; "": nothing to remove. */
	int dir; /* AT_FDCWD, or owned */
	char made[PATH_MAX];
};

/*
 * Opens PATH for writing, or makes it; an existing file keeps its contents. Waits for a reader if it is a FIFO. Returns
 * 0, and *OUT is to be closed, or -errno that was reported to DIAG (-EPERM: one of the rules above forbids it).
 */
int output_file__open(const char *path, const struct diag *diag, struct output_file *out);

/*
 * Makes TEXT the contents of the file; a pipe or a device gets it after what it got before. 0 or -errno: if there was
 * no room for it (-ENOSPC, -EDQUOT, -EFBIG), a file is as it was before.
 */
int output_file__write(struct output_file *file, const char *text, size_t size);

void output_file__close(struct output_file *file);

#endif
