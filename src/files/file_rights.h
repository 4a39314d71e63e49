/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_rights: the rights that a user has to files, for opening files under names that this user's programs chose. A
 * profiler that runs as root must not read for them what they could not read themselves.
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
	uint64_t capabilities; /* by which root reads what belongs to others: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH */
};

/*
 * Those of process PID: of the user who started it or, where that is root, of whom it acts for. Root of another user
 * namespace has no capabilities here. 0, -ESRCH when the process is gone, or another -errno.
 */
int file_rights__of_process(pid_t pid, struct file_rights *out);

/* This process's own. 0 or -ENOMEM. */
int file_rights__of_self(struct file_rights *out);

/* Those of the user with that number, with the groups that the system's user database gives. 0 or -ENOMEM. */
int file_rights__of_uid(uid_t uid, struct file_rights *out);

/* Those of the user called NAME. 0, -ENOENT when there is none, or -ENOMEM. */
int file_rights__of_user(const char *name, struct file_rights *out);

/* The groups of USER by the system's user database: an array of *n, owned by the caller. 0 or -ENOMEM. */
int file_rights__groups(const struct passwd *user, gid_t **groups, size_t *n);

/* Those that everybody has. */
void file_rights__of_anybody(struct file_rights *out);

int file_rights__copy(const struct file_rights *rights, struct file_rights *out); /* 0 or -ENOMEM */
bool file_rights__equal(const struct file_rights *a, const struct file_rights *b);
void file_rights__release(struct file_rights *rights);

/* What the calling thread was before it took on somebody's rights. */
struct file_rights_before {
	struct file_rights rights;
	uint64_t effective; /* capabilities */
	bool changed;	    /* the user and the groups, not the capabilities alone */
	bool dumpable;
};

/*
 * Gives the calling thread RIGHTS to files, and no capability but those of RIGHTS. A process that is not root keeps
 * its own user and groups. Returns 0, and file_rights__resume() is due; or -errno, the thread being as it was.
 */
int file_rights__assume(const struct file_rights *rights, struct file_rights_before *before);
void file_rights__resume(struct file_rights_before *before);

#endif
