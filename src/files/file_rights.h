/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_rights: the rights that a user has to files. A profiler that runs as root opens files under names that the
 * profiled program chose; with these rights it reads no file that the owner of the program could not read.
 */
#ifndef LPROF_FILE_RIGHTS_H
#define LPROF_FILE_RIGHTS_H

#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct file_rights {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned */
	size_t n_groups;
	/* those that let root read other users' files: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH */
	uint64_t capabilities;
};

/*
 * Gets the rights of process PID: those of the user who started it or, if that was root, of the user it acts as. A
 * process that is root in another user namespace gets no capabilities. Returns 0, -ESRCH when the process is gone, or
 * another -errno.
 */
int file_rights__of_process(pid_t pid, struct file_rights *out);

/* Gets the rights of this process. Returns 0 or -ENOMEM. */
int file_rights__of_self(struct file_rights *out);

/* Gets the rights of user ID UID, with the groups from the system's user database. Returns 0 or -ENOMEM. */
int file_rights__of_uid(uid_t uid, struct file_rights *out);

/* Gets the rights of the user called NAME. Returns 0, -ENOENT when there is no such user, or -ENOMEM. */
int file_rights__of_user(const char *name, struct file_rights *out);

/* The groups of USER by the system's user database: an array of *n, owned by the caller. 0 or -ENOMEM. */
int file_rights__groups(const struct passwd *user, gid_t **groups, size_t *n);

/* Those that everybody has. */
void file_rights__of_anybody(struct file_rights *out);

int file_rights__copy(const struct file_rights *rights, struct file_rights *out); /* 0 or -ENOMEM */
bool file_rights__equal(const struct file_rights *a, const struct file_rights *b);
void file_rights__release(struct file_rights *rights);

/* The credentials that file_rights__resume() gives back to the thread. */
struct file_rights_before {
	struct file_rights rights;
	uint64_t effective; /* effective capabilities */
	bool changed;	    /* user and groups were changed, not only the capabilities */
	bool dumpable;
};

/*
 * Lets the calling thread access files with RIGHTS only, and reduces its capabilities to those in RIGHTS. If this
 * process is not root, user and groups stay as they are. Returns 0, and the caller must call file_rights__resume(); or
 * -errno with the thread unchanged.
 */
int file_rights__assume(const struct file_rights *rights, struct file_rights_before *before);
void file_rights__resume(struct file_rights_before *before);

#endif
