// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which files a running process maps.
 *
 * /proc/PID/maps names mappings, but a name may meanwhile lead to another file or to none, and the device
 * number it prints is not always the one that stat(2) gives (overlayfs, btrfs). /proc/PID/map_files/LO-HI
 * leads to the mapped inode itself, so identity is always what stat(2) says of that link.
 */
#include "target.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maps.h"
#include "privilege.h"

#define DELETED " (deleted)"

static void object_release(struct target_object *object)
{
	free(object->name);
	free(object->path);
	free(object->root);
}

void target_objects__free(struct target_objects *objects)
{
	for (size_t i = 0; i < objects->n; i++)
		object_release(&objects->items[i]);
	free(objects->items);
	*objects = (struct target_objects){0};
}

static bool has_inode(const struct target_objects *objects, const struct stat *st)
{
	for (size_t i = 0; i < objects->n; i++)
		if (objects->items[i].dev == st->st_dev && objects->items[i].ino == st->st_ino)
			return true;
	return false;
}

int target_objects__add(struct target_objects *objects, const char *name, const char *path, const char *root, pid_t pid)
{
	struct target_object *items;
	struct target_object object;
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (has_inode(objects, &st))
		return 0;
	items = reallocarray(objects->items, objects->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	objects->items = items;
	object = (struct target_object){
		.name = strdup(name),
		.path = strdup(path),
		.root = strdup(root),
		.pid = pid,
		.dev = st.st_dev,
		.ino = st.st_ino,
	};
	if (!object.name || !object.path || !object.root) {
		object_release(&object);
		return -ENOMEM;
	}
	items[objects->n++] = object;
	return 0;
}

int target__object_of_file(const char *file, const struct diag *diag, struct target_objects *objects)
{
	char resolved[PATH_MAX];
	struct stat given, found;
	int err;

	if (stat(file, &given)) {
		err = -errno;
		diag__error(diag, "cannot open %s: %s", file, strerror(-err));
		return err;
	}
	if (!S_ISREG(given.st_mode)) {
		diag__error(diag, "%s is not a regular file", file);
		return S_ISDIR(given.st_mode) ? -EISDIR : -EINVAL;
	}
	/* Links in /proc lead to inodes that the text of the link may not name. */
	if (!realpath(file, resolved) || stat(resolved, &found) || found.st_dev != given.st_dev ||
	    found.st_ino != given.st_ino)
		err = target_objects__add(objects, file, file, "", 0);
	else
		err = target_objects__add(objects, resolved, resolved, "", 0);
	if (err)
		diag__error(diag, "cannot use %s: %s", file, strerror(-err));
	else
		objects->items[objects->n - 1].main = true;
	return err;
}

/* What /proc/PID/status says of a process. */
struct process_status {
	pid_t tgid;
	char state;
	bool shadow_stack;
};

static int read_status(pid_t pid, struct process_status *status)
{
	char path[64], line[256];
	FILE *file;
	int tgid = 0;

	*status = (struct process_status){0};
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? -ESRCH : -errno;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Tgid: %d", &tgid) == 1)
			status->tgid = tgid;
		else if (!strncmp(line, "x86_Thread_features:", strlen("x86_Thread_features:")))
			status->shadow_stack = strstr(line, "shstk");
		else
			(void)!sscanf(line, "State: %c", &status->state);
	}
	fclose(file);
	return status->tgid && status->state ? 0 : -ESRCH;
}

/* Why PID cannot be profiled, as far as one can know before looking at its memory. */
static int check_process(pid_t pid, const struct diag *diag)
{
	struct process_status status;
	int err;

	err = pid > 0 ? read_status(pid, &status) : -ESRCH;
	if (err == -ESRCH && access("/proc/self", F_OK)) {
		diag__error(diag,
			    "/proc is not mounted, and without it nothing is known of process %d; mount it: mount "
			    "-t proc proc /proc",
			    pid);
	} else if (err == -ESRCH) {
		diag__error(diag, "there is no process %d", pid);
	} else if (err) {
		diag__error(diag, "cannot look at process %d: %s", pid, strerror(-err));
	} else if (status.tgid != pid) {
		diag__error(diag, "%d is a thread of process %d; profile the process: -p %d", pid, status.tgid,
			    status.tgid);
		err = -EINVAL;
	} else if (status.state == 'Z' || status.state == 'X') {
		diag__error(diag, "process %d has already ended (it is a zombie)", pid);
		err = -ESRCH;
	} else if (status.shadow_stack) {
		/* The kernel emulates a probed call without pushing to it, and the return would be fatal. */
		diag__error(diag,
			    "process %d runs with a shadow stack, which probes would break; start it without "
			    "(GLIBC_TUNABLES=glibc.cpu.x86_shstk=off)",
			    pid);
		err = -EOPNOTSUPP;
	}
	return err;
}

/* The target's view of the file system, as seen from here. */
struct process_root {
	char dir[64];	       /* "/proc/PID/root", or "" when it is ours */
	char prefix[PATH_MAX]; /* what names in its maps have in front (chroot), or "" */
};

static bool same_inode(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static void find_root(pid_t pid, struct process_root *root)
{
	char namespace[64];
	ssize_t len;

	*root = (struct process_root){0};
	snprintf(root->dir, sizeof(root->dir), "/proc/%d/root", pid);
	snprintf(namespace, sizeof(namespace), "/proc/%d/ns/mnt", pid);
	if (same_inode(root->dir, "/") && same_inode(namespace, "/proc/self/ns/mnt")) {
		root->dir[0] = '\0';
		return;
	}
	len = readlink(root->dir, root->prefix, sizeof(root->prefix) - 1);
	root->prefix[len > 1 ? len : 0] = '\0';
}

/* Where the file NAME of the target is found from here. */
static void name_to_path(const struct process_root *root, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s%s", root->dir, name);
}

/* Takes the prefix of a chroot and the mark of deleted files off NAME. */
static char *clean_name(const struct process_root *root, char *name)
{
	size_t prefix = strlen(root->prefix), len;
	char path[PATH_MAX + 64];
	struct stat st;

	if (!strncmp(name, root->prefix, prefix) && name[prefix] == '/')
		name += prefix;
	len = strlen(name);
	if (len > strlen(DELETED) && !strcmp(name + len - strlen(DELETED), DELETED)) {
		/* A file may really be called so. */
		name_to_path(root, name, path, sizeof(path));
		if (stat(path, &st))
			name[len - strlen(DELETED)] = '\0';
	}
	return name;
}

static int add_mapping(pid_t pid, const struct process_root *root, struct mapping *mapping,
		       struct target_objects *objects)
{
	char link[MAPS_LINK_SIZE], path[PATH_MAX + 64];
	const char *name;
	struct stat st;

	if (!mapping->exec || !mapping->ino || mapping->name[0] != '/')
		return 0;
	name = clean_name(root, mapping->name);
	maps__link(pid, mapping, link);
	if (!stat(link, &st))
		return S_ISREG(st.st_mode) ? target_objects__add(objects, name, link, root->dir, pid) : 0;
	/* Without the right to follow these links, the name will do as long as it leads to the same inode. */
	name_to_path(root, name, path, sizeof(path));
	if (!stat(path, &st) && st.st_ino == mapping->ino && S_ISREG(st.st_mode))
		return target_objects__add(objects, name, path, root->dir, pid);
	return 0;
}

struct adding {
	pid_t pid;
	const struct process_root *root;
	struct target_objects *objects;
};

static int add_each(struct mapping *mapping, void *ctx)
{
	struct adding *adding = ctx;

	return add_mapping(adding->pid, adding->root, mapping, adding->objects);
}

static int add_mappings(pid_t pid, const struct process_root *root, struct target_objects *objects)
{
	struct adding adding = {pid, root, objects};

	return maps__each(pid, add_each, &adding);
}

/* Moves the object with the executable's inode to FIRST. */
static void put_executable_first(const char *exe, struct target_objects *objects, size_t first)
{
	struct target_object object;
	struct stat st;
	size_t i;

	if (stat(exe, &st))
		return;
	for (i = first; i < objects->n; i++)
		if (objects->items[i].dev == st.st_dev && objects->items[i].ino == st.st_ino)
			break;
	if (i == objects->n)
		return;
	object = objects->items[i];
	memmove(&objects->items[first + 1], &objects->items[first], (i - first) * sizeof(object));
	object.main = true;
	objects->items[first] = object;
}

static void explain_refusal(pid_t pid, const struct diag *diag)
{
	char missing[128];

	if (privilege__missing(missing, sizeof(missing)))
		diag__error(diag, "not allowed to look into process %d: %s missing; %s", pid, missing,
			    privilege__advice());
	else
		diag__error(diag,
			    "the kernel lets not even root look into process %d: a security module protects it, or it "
			    "belongs to a user namespace outside of ours; if this is a container, try on the host",
			    pid);
}

static int explain(pid_t pid, int err, const struct diag *diag)
{
	if (err == -ENOMEM)
		diag__error(diag, "out of memory");
	else if (err == -EPERM || err == -EACCES)
		explain_refusal(pid, diag);
	else if (err == -ESRCH)
		diag__error(diag, "process %d ended meanwhile", pid);
	else
		diag__error(diag, "cannot read the mappings of process %d: %s", pid, strerror(-err));
	return err == -EACCES ? -EPERM : err;
}

int target__objects_of_pid(pid_t pid, const struct diag *diag, struct target_objects *objects)
{
	size_t first = objects->n;
	struct process_status status;
	struct process_root root;
	char exe[64], link[PATH_MAX];
	int err;

	err = check_process(pid, diag);
	if (err)
		return err;
	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	if (readlink(exe, link, sizeof(link)) < 0) {
		err = errno == ENOENT ? 0 : -errno;
		if (!err && !read_status(pid, &status) && status.state != 'Z' && status.state != 'X') {
			diag__error(diag, "%d is a kernel thread: it has no executable", pid);
			return -EINVAL;
		}
		return explain(pid, err ? err : -ESRCH, diag);
	}
	find_root(pid, &root);
	err = add_mappings(pid, &root, objects);
	if (!err && readlink(exe, link, sizeof(link)) < 0)
		err = -ESRCH;
	if (err) {
		while (objects->n > first)
			object_release(&objects->items[--objects->n]);
		return explain(pid, err, diag);
	}
	put_executable_first(exe, objects, first);
	return 0;
}
