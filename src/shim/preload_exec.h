/* SPDX-License-Identifier: GPL-2.0-or-later */
/* preload_exec: has the Pythons that this one executes counted as well. */
#ifndef LPROF_PRELOAD_EXEC_H
#define LPROF_PRELOAD_EXEC_H

/*
 * From now on, programs that are executed and may be or start a Python get the library and the variable, by way of the
 * process HOLDER, which has the files open; PATH opens the library here. Others get nothing.
 */
void preload_exec__begin(int holder, const char *path);

#endif
