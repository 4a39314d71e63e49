/* SPDX-License-Identifier: GPL-2.0-or-later */
/* preload_exec: has the Pythons that this one executes counted as well. */
#ifndef LPROF_PRELOAD_EXEC_H
#define LPROF_PRELOAD_EXEC_H

#include <spawn.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * From now on, programs that are executed and may be or start a Python get the library and the variable, by way of the
 * process HOLDER, which has the files open; PATH opens the library here. Others get nothing.
 */
void preload_exec__begin(int holder, const char *path);

/* Whether programs get anything: not before that has begun, nor when the holder is gone. */
bool preload_exec__is_active(void);

/* As posix_spawn(3), with this process's environment and what is added to it. */
int preload_exec__spawn(pid_t *pid, const char *path, const posix_spawnattr_t *attributes, char *const *argv);

#endif
