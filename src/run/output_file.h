/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output_file: the file a report is written into, opened so that root is not made to harm anybody.
 *
 * Root can write everywhere, so whoever can make root's path lead elsewhere can have any file overwritten. The kernel
 * guards directories like /tmp against that (fs.protected_symlinks and its kin in proc(5)), but only those, and only
 * where it was told to. When we are root we therefore ask more, whatever the kernel is told. "The caller" is the user
 * who called us through sudo, or else root.
 *
 *   - A symbolic link, wherever in the path, is followed only if it is root's or the caller's. The owner of its
 *     directory is not asked: who can write there can be anybody.
 *   - A file in a sticky directory that everybody may write to (/tmp) must be root's, the caller's or the directory's
 *     owner's, as with fs.protected_regular and fs.protected_fifos: others may have put it there to read the report.
 *   - A file with several names (hard links) is not written to if its directory may be written to by everybody, or
 *     belongs to neither root nor the caller: the other name may be one of /etc or of the caller's.
 *
 * What is behind a link of /proc, such as /dev/stdout, was opened by whoever started us and is not asked about itself.
 * A new file becomes the caller's, an existing one keeps its owner and mode. For other users the kernel's rules do.
 */
#ifndef LPROF_OUTPUT_FILE_H
#define LPROF_OUTPUT_FILE_H

#include "base/diag.h"

/*
 * Opens PATH for writing, without harming what it holds yet, or makes it. Waits for a reader if it is a FIFO. Returns
 * a descriptor owned by the caller, or -errno that was said in DIAG (-EPERM: one of the rules above forbids it).
 */
int output_file__open(const char *path, const struct diag *diag);

#endif
