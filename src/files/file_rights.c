// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All calls used here change the credentials of the calling thread only: setfsuid(2), setfsgid(2), capset(2), and
 * setgroups(2) as a raw system call. The C library's setgroups(3) would change all threads.
 */
#include "files/file_rights.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ANYBODY	      65534	  /* the overflow ID: the kernel shows it for users that have no ID here */
#define NOBODYS_ID    ((uid_t)-1) /* an invalid ID: setfsuid(2) then changes nothing and returns the current one */
#define READ_ANYTHING (UINT64_C(1) << CAP_DAC_OVERRIDE | UINT64_C(1) << CAP_DAC_READ_SEARCH)
#define CHANGE_IDS    (UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID)

void file_rights__release(struct file_rights *rights)
{
	free(rights->groups);
	*rights = (struct file_rights){0};
}

static bool own_user_namespace(pid_t pid)
{
	char path[64];
	struct stat own, other;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	return !stat(path, &other) && !stat("/proc/self/ns/user", &own) && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

static int read_groups(const char *at, struct file_rights *rights)
{
	size_t room = strlen(at) / 2 + 1;
	char *end;

	free(rights->groups);
	rights->n_groups = 0;
	rights->groups = calloc(room, sizeof(*rights->groups));
	if (!rights->groups)
		return -ENOMEM;
	for (;; at = end) {
		unsigned long group = strtoul(at, &end, 10);

		if (end == at || rights->n_groups == room)
			return 0;
		rights->groups[rights->n_groups++] = (gid_t)group;
	}
}

/* The four user IDs, or group IDs, of a process in /proc/PID/status. FILES is the file system ID. */
struct status_ids {
	unsigned real, effective, saved, files;
};

static bool read_ids(const char *line, const char *key, struct status_ids *ids)
{
	size_t len = strlen(key);

	return !strncmp(line, key, len) &&
	       sscanf(line + len, "%u %u %u %u", &ids->real, &ids->effective, &ids->saved, &ids->files) == 4;
}

/*
 * A set-user-ID program may read more than the user who started it. Its files are not to be shown to that user, so the
 * real ID counts. Only a process that root started is taken for the user it acts as.
 */
static void choose_ids(const struct status_ids *users, const struct status_ids *groups, struct file_rights *rights)
{
	bool by_root = users->real == 0;

	rights->uid = by_root ? users->files : users->real;
	rights->gid = by_root ? groups->files : groups->real;
}

static int read_status(FILE *status, struct file_rights *rights)
{
	struct status_ids users = {0}, groups = {0};
	unsigned long long effective = 0;
	char *line = NULL;
	size_t size = 0;
	int found = 0, err = 0;

	while (!err && getline(&line, &size, status) > 0) {
		if (read_ids(line, "Uid:", &users) || read_ids(line, "Gid:", &groups))
			found++;
		else if (!strncmp(line, "Groups:", strlen("Groups:")))
			err = read_groups(line + strlen("Groups:"), rights);
		else
			(void)!sscanf(line, "CapEff: %llx", &effective);
	}
	free(line);
	if (err)
		return err;
	if (found != 2)
		return -ESRCH;
	choose_ids(&users, &groups, rights);
	if (!rights->uid)
		rights->capabilities = effective & READ_ANYTHING;
	return 0;
}

int file_rights__of_process(pid_t pid, struct file_rights *out)
{
	char path[64];
	FILE *status;
	int err;

	*out = (struct file_rights){0};
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = fopen(path, "re");
	if (!status)
		return errno == ENOENT ? -ESRCH : -errno;
	err = read_status(status, out);
	fclose(status);
	if (err)
		file_rights__release(out);
	else if (!own_user_namespace(pid))
		out->capabilities = 0;
	return err;
}

static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	syscall(SYS_capget, &header, data); /* if this fails, DATA says that no capability is effective */
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

static int set_effective(uint64_t capabilities)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data))
		return -errno;
	data[0].effective = (uint32_t)capabilities;
	data[1].effective = (uint32_t)(capabilities >> 32);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

int file_rights__of_self(struct file_rights *out)
{
	int n = getgroups(0, NULL);

	*out = (struct file_rights){.uid = (uid_t)setfsuid(NOBODYS_ID), .gid = (gid_t)setfsgid(NOBODYS_ID)};
	out->groups = calloc((size_t)n + 1, sizeof(*out->groups));
	if (!out->groups)
		return -ENOMEM;
	n = getgroups(n, out->groups);
	out->n_groups = n > 0 ? (size_t)n : 0;
	out->capabilities = effective_capabilities() & READ_ANYTHING;
	return 0;
}

int file_rights__groups(const struct passwd *user, gid_t **groups, size_t *n)
{
	int room = 16, found;
	gid_t *larger;

	*groups = NULL;
	for (;; room = found > room ? found : 2 * room) {
		larger = reallocarray(*groups, (size_t)room, sizeof(*larger));
		if (!larger)
			break;
		*groups = larger;
		found = room;
		if (getgrouplist(user->pw_name, user->pw_gid, larger, &found) < 0)
			continue;
		*n = (size_t)found;
		return 0;
	}
	free(*groups);
	*groups = NULL;
	return -ENOMEM;
}

static int of_passwd(const struct passwd *user, struct file_rights *out)
{
	out->uid = user->pw_uid;
	out->gid = user->pw_gid;
	out->capabilities = user->pw_uid ? 0 : READ_ANYTHING;
	return file_rights__groups(user, &out->groups, &out->n_groups);
}

int file_rights__of_uid(uid_t uid, struct file_rights *out)
{
	const struct passwd *user = getpwuid(uid);

	file_rights__of_anybody(out);
	out->uid = uid;
	out->capabilities = uid ? 0 : READ_ANYTHING;
	return user ? of_passwd(user, out) : 0;
}

int file_rights__of_user(const char *name, struct file_rights *out)
{
	const struct passwd *user = getpwnam(name);

	*out = (struct file_rights){0};
	return user ? of_passwd(user, out) : -ENOENT;
}

void file_rights__of_anybody(struct file_rights *out)
{
	*out = (struct file_rights){.uid = ANYBODY, .gid = ANYBODY};
}

int file_rights__copy(const struct file_rights *rights, struct file_rights *out)
{
	*out = *rights;
	out->groups = calloc(rights->n_groups + 1, sizeof(*out->groups));
	if (!out->groups)
		return -ENOMEM;
	if (rights->n_groups)
		memcpy(out->groups, rights->groups, rights->n_groups * sizeof(*out->groups));
	return 0;
}

bool file_rights__equal(const struct file_rights *a, const struct file_rights *b)
{
	return a->uid == b->uid && a->gid == b->gid && a->capabilities == b->capabilities &&
	       a->n_groups == b->n_groups &&
	       (!a->n_groups || !memcmp(a->groups, b->groups, a->n_groups * sizeof(*a->groups)));
}

/*
 * Takes on the user and group of RIGHTS. Returns whether that worked: setfsuid(2) and setfsgid(2) report no errors, so
 * the IDs are read back.
 */
static bool become(const struct file_rights *rights)
{
	setfsgid(rights->gid);
	setfsuid(rights->uid);
	return (gid_t)setfsgid(NOBODYS_ID) == rights->gid && (uid_t)setfsuid(NOBODYS_ID) == rights->uid;
}

int file_rights__assume(const struct file_rights *rights, struct file_rights_before *before)
{
	int err = file_rights__of_self(&before->rights);

	before->effective = effective_capabilities();
	before->dumpable = prctl(PR_GET_DUMPABLE) == 1;
	before->changed = false;
	if (err)
		return err;
	if (!geteuid() || (before->effective & CHANGE_IDS) == CHANGE_IDS) {
		before->changed = true;
		if (syscall(SYS_setgroups, rights->n_groups, rights->groups))
			err = -errno;
		else if (!become(rights))
			err = -EPERM;
	}
	if (!err)
		err = set_effective(before->effective & rights->capabilities);
	if (err)
		file_rights__resume(before);
	return err;
}

/*
 * A thread that kept another user's rights could write files as that user, so the program ends when it cannot get its
 * own rights back.
 */
void file_rights__resume(struct file_rights_before *before)
{
	bool resumed = !set_effective(before->effective);

	if (before->changed)
		resumed &= become(&before->rights) &&
			   (!syscall(SYS_setgroups, before->rights.n_groups, before->rights.groups) ||
			    !(before->effective & CHANGE_IDS)) &&
			   !set_effective(before->effective);
	if (!resumed)
		abort();
	if (before->changed && before->dumpable)
		prctl(PR_SET_DUMPABLE, 1); /* the kernel cleared it when the file system user ID changed */
	file_rights__release(&before->rights);
}
