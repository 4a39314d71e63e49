/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target: the processes that are profiled, and which object files they map.
 */
#ifndef LPROF_TARGET_H
#define LPROF_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"
#include "files/target_files.h"

/* An object file that a target maps or will map. */
struct target_object {
	char *name; /* the path the target knows it by */
	char *path; /* a path that opens exactly that inode from here: /proc/PID/map_files/..., or name */
	struct target_files *files; /* how the target sees the files that the object names; a reference */
	pid_t pid;		    /* the process that maps it; 0 when not known yet */
	bool main;		    /* a process's executable, or what the user named; not a library that comes along */
	unsigned long long dev, ino; /* identity of the inode: st_dev and st_ino */
};

struct target_objects {
	struct target_object *items;
	size_t n;
};

void target_objects__free(struct target_objects *objects);

/*
 * Appends the regular file that PATH opens; strings are copied, and a reference to FILES is taken. If its inode is
 * there already, the files that it names are from now on those that both targets see. Returns 0, -errno of stat(2),
 * -EINVAL when it is not a regular file, or -ENOMEM.
 */
int target_objects__add(struct target_objects *objects, const char *name, const char *path, struct target_files *files,
			pid_t pid);

/* Lets the objects name files as FILES sees them, of which a reference is taken. */
void target_objects__set_files(struct target_objects *objects, struct target_files *files);

/*
 * Appends the objects that process PID maps executable: its executable first, then libraries in order
 * of address; each inode once, also when another process in OBJECTS maps it already. Only files (no
 * [vdso], no anonymous memory). Deleted and replaced files are found as they are mapped. On failure says
 * why in DIAG, leaves OBJECTS as it was and returns -ESRCH (no such process, ended, or gone meanwhile),
 * -EINVAL (a thread, a kernel thread), -EPERM or another -errno.
 */
int target__objects_of_pid(pid_t pid, const struct diag *diag, struct target_objects *objects);

/*
 * Appends the object FILE (-x). The files that it names are those that its owner sees and that are the same for each
 * process that maps it now below another root directory. On failure says why in DIAG and returns -errno.
 */
int target__object_of_file(const char *file, const struct diag *diag, struct target_objects *objects);

#endif
