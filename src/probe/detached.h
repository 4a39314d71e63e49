/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * detached: a forked process that has nothing to do with its parent's terminal, session or open files any more.
 */
#ifndef LPROF_DETACHED_H
#define LPROF_DETACHED_H

/*
 * Gives the calling process a session of its own, /dev/null as its standard streams and the root directory as its
 * working directory, and closes all its descriptors but KEEP. To be called after fork(); KEEP must be 3 or more.
 * Returns 0 or -errno.
 */
int detached__become(int keep);

#endif
