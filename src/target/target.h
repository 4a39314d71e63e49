/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target: the processes that are profiled, and the object files that they map. */
#ifndef LPROF_TARGET_H
#define LPROF_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"
#include "files/target_files.h"

/* An object file that a target maps or will map. */
struct target_object {
	char *name; /* path by which the target knows it */
	char *path; /* a path that opens exactly this inode in our own view: /proc/PID/map_files/..., or NAME */
	/* The target's view of files, for opening the files that the object names. A counted reference. */
	struct target_files *files;
	pid_t pid; /* a process that maps it; 0: not known yet */
	/* it is a process's executable or was named by the user, and is not just a library used by these */
	bool main;
	/*
	 * st_dev and st_ino, which identify the inode. DEV is 0 if processes map the inode by way of several mounts, as
	 * the containers of one image do, so that stat(2) tells several devices.
	 */
	unsigned long long dev, ino;
};

struct target_objects {
	struct target_object *items;
	size_t n;
};

void target_objects__free(struct target_objects *objects);

/*
 * Appends the regular file that PATH opens. Strings are copied, and a reference to FILES is taken. If OBJECTS has this
 * inode already, nothing is appended; the object's view then becomes what the two views have in common. Returns 0,
 * -errno of stat(2), -EINVAL when it is not a regular file, or -ENOMEM.
 */
int target_objects__add(struct target_objects *objects, const char *name, const char *path, struct target_files *files,
			pid_t pid);

/*
 * Object OTHER turned out to be the same inode as object KEPT, which comes before it: removes it. KEPT's view of files
 * becomes what the two have in common. 0 or -ENOMEM.
 */
int target_objects__merge(struct target_objects *objects, size_t kept, size_t other);

/* Replaces the view of all objects by FILES. References are taken. */
void target_objects__set_files(struct target_objects *objects, struct target_files *files);

/*
 * Appends the objects that process PID maps as executable: its executable first, then its libraries in order of
 * address. An inode that is in OBJECTS already is not appended again. Only files count (not [vdso] or anonymous
 * memory); deleted and replaced files are found as they are mapped. On failure, reports why to DIAG, leaves OBJECTS
 * unchanged, and returns -ESRCH (there is no such process, or it has ended), -EINVAL (PID is a thread or a kernel
 * thread), -EPERM or another -errno.
 */
int target__objects_of_pid(pid_t pid, const struct diag *diag, struct target_objects *objects);

/*
 * Appends the object FILE (-x). The files that it names are those that its owner sees and that are the same for each
 * process that maps it now below another root directory. On failure says why in DIAG and returns -errno.
 */
int target__object_of_file(const char *file, const struct diag *diag, struct target_objects *objects);

#endif
