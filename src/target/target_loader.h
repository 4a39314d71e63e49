/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target_loader: which object files a command will map, before it runs.
 */
#ifndef LPROF_TARGET_LOADER_H
#define LPROF_TARGET_LOADER_H

#include <limits.h>

#include "base/diag.h"
#include "target/target.h"

/*
 * Appends the objects that executing ARGV as USER (NULL: as we are) would map: the executable found through PATH as
 * execvp(3) would (for a #! script its interpreter's), then the shared libraries that its dynamic loader says it
 * would load (the loader is asked by `INTERP --list FILE`; nothing of the command itself is run). On failure says why
 * in DIAG and returns -ENOENT (no such command: users expect exit status 127), -EACCES, -ENOEXEC (126) or another
 * -errno.
 */
int target_loader__objects(char *const *argv, const char *user, const struct diag *diag,
			   struct target_objects *objects);

/*
 * The same for process PID, which has executed a program and has not run it yet, with the environment that it has.
 * Where it has another root directory, its libraries are not known. Returns 0 or -errno, of which nothing is said.
 */
int target_loader__objects_of_executed(pid_t pid, const struct diag *diag, struct target_objects *objects);

/*
 * Writes to PATH the real path of the program that executing ARGV runs first of all: of a #! script its interpreter.
 * 0 or -errno, reported to DIAG.
 */
int target_loader__program(char *const *argv, const struct diag *diag, char path[PATH_MAX]);

/*
 * Whether the dynamic loader of the executable FILE would preload the library that is open as LIBRARY, and finds all
 * that it needs. 1: yes, 0: no, and the program might not even start with it; or -errno: nobody can tell.
 */
int target_loader__preloads(const char *file, int library);

/*
 * Writes to PATH the file that execvp(3) finds for COMMAND. Like execvp(3), it goes on searching after a file that may
 * not be executed, and returns -EACCES if no other is found. 0, -ENOENT, or another -errno.
 */
int target_loader__search(const char *command, char path[PATH_MAX]);

#endif
