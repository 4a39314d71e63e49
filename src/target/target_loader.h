/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target_loader: which object files a command would map, as its dynamic loader would load them.
 */
#ifndef LPROF_TARGET_LOADER_H
#define LPROF_TARGET_LOADER_H

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

#endif
