/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_start: the one function of the extension that others may call. Its name is LPROF_SHIM_START.
 */
#ifndef LPROF_SHIM_START_H
#define LPROF_SHIM_START_H

/*
 * To be called before the interpreter is initialised. FD is the memory that is shared with the profiler, and may be
 * closed then. When the interpreter is about to run a program, it begins to count. 0 or -errno.
 */
typedef int lprof_shim_starter(int fd);
lprof_shim_starter lprof_shim_start;

#endif
