// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds out which files a running process maps.
 *
 * The names in /proc/PID/maps are not enough: a name may lead to another file by now, or to none, and the device
 * number there may differ from that of stat(2) (overlayfs, btrfs). The link /proc/PID/map_files/LO-HI leads to the
 * mapped inode itself, so an object's identity is what stat(2) says about that link.
 */
#include "target/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/grow.h"
#include "base/maps.h"
#include "base/privilege.h"
#include "target/process_code.h"

static void object_release(struct target_object *object)
{
	free(object->name);
	free(object->path);
	target_files__unref(object->files);
}

void target_objects__free(struct target_objects *objects)
{
	for (size_t i = 0; i < objects->n; i++)
		object_release(&objects->items[i]);
	free(objects->items);
	*objects = (struct target_objects){0};
}

static struct target_object *find_inode(const struct target_objects *objects, const struct stat *st)
{
	for (size_t i = 0; i < objects->n; i++)
		if (objects->items[i].dev == st->st_dev && objects->items[i].ino == st->st_ino)
			return &objects->items[i];
	return NULL;
}

static int share(struct target_object *object, struct target_files *files)
{
	struct target_files *both;
	int err = target_files__of_both(object->files, files, &both);

	if (err)
		return err;
	target_files__unref(object->files);
	object->files = both;
	return 0;
}

int target_objects__merge(struct target_objects *objects, size_t kept, size_t other)
{
	struct target_object *object = &objects->items[kept], *same = &objects->items[other];
	int err = share(object, same->files);

	if (err)
		return err;
	if (object->dev != same->dev)
		object->dev = 0;
	object->main |= same->main;
	object_release(same);
	memmove(same, same + 1, (--objects->n - other) * sizeof(*same));
	return 0;
}

void target_objects__set_files(struct target_objects *objects, struct target_files *files)
{
	for (size_t i = 0; i < objects->n; i++) {
		target_files__unref(objects->items[i].files);
		objects->items[i].files = target_files__ref(files);
	}
}

int target_objects__add(struct target_objects *objects, const char *name, const char *path, struct target_files *files,
			pid_t pid)
{
	struct target_object *known;
	struct target_object object;
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	known = find_inode(objects, &st);
	if (known)
		return share(known, files);
	if (grow__counted(&objects->items, objects->n, 1, sizeof(object)))
		return -ENOMEM;
	object = (struct target_object){
		.name = strdup(name),
		.path = strdup(path),
		.files = target_files__ref(files),
		.pid = pid,
		.dev = st.st_dev,
		.ino = st.st_ino,
	};
	if (!object.name || !object.path) {
		object_release(&object);
		return -ENOMEM;
	}
	objects->items[objects->n++] = object;
	return 0;
}

/* What /proc/PID/status tells about a process. */
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

/*
 * Checks whether PID can be profiled, as far as this is known before looking at its memory. Returns 0 or -errno,
 * reported to DIAG.
 */
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
		diag__failure(diag, err, "cannot look at process %d", pid);
	} else if (status.tgid != pid) {
		diag__error(diag, "%d is a thread of process %d; profile the process: -p %d", pid, status.tgid,
			    status.tgid);
		err = -EINVAL;
	} else if (status.state == 'Z' || status.state == 'X') {
		diag__error(diag, "process %d has already ended (it is a zombie)", pid);
		err = -ESRCH;
	} else if (status.shadow_stack) {
		/*
		 * The kernel emulates a probed call instruction without pushing its return address to the shadow
		 * stack, so the return from that call would kill the process.
		 */
		diag__error(diag,
			    "process %d runs with a shadow stack, which probes would break; start it without "
			    "(GLIBC_TUNABLES=glibc.cpu.x86_shstk=off)",
			    pid);
		err = -EOPNOTSUPP;
	}
	return err;
}

struct adding {
	pid_t pid;
	struct target_objects *objects;
};

static int add_each(const struct code_mapping *mapping, void *ctx)
{
	struct adding *adding = ctx;

	if (!mapping->path)
		return 0;
	return target_objects__add(adding->objects, mapping->name, mapping->path, mapping->files, adding->pid);
}

static int add_mappings(pid_t pid, struct target_objects *objects)
{
	struct adding adding = {pid, objects};

	return process_code__each(pid, add_each, &adding);
}

/* Moves the object that is the executable EXE to index FIRST, and marks it as main. */
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

	if (privilege__missing(PRIVILEGE_ALL, missing, sizeof(missing)))
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
	if (err == -EPERM || err == -EACCES)
		explain_refusal(pid, diag);
	else if (err == -ESRCH)
		diag__error(diag, "process %d ended meanwhile", pid);
	else
		diag__failure(diag, err, "cannot read the mappings of process %d", pid);
	return err == -EACCES ? -EPERM : err;
}

int target__objects_of_pid(pid_t pid, const struct diag *diag, struct target_objects *objects)
{
	size_t first = objects->n;
	struct process_status status;
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
	err = add_mappings(pid, objects);
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

/* Arguments of is_mapping_of(). */
struct mapping_search {
	pid_t pid;
	const struct target_object *object;
};

static int is_mapping_of(struct mapping *mapping, void *ctx)
{
	const struct mapping_search *search = ctx;
	char link[MAPS_LINK_SIZE];
	struct stat st;

	if (mapping->ino != search->object->ino)
		return 0;
	maps__link(search->pid, mapping, link);
	return !stat(link, &st) && st.st_dev == search->object->dev && st.st_ino == search->object->ino;
}

/*
 * If process PID maps OBJECT and has another root directory, restricts the object's view of files to what that process
 * sees, too. A file that it does not see under its name is not the source of what it runs.
 */
static int consider_process(pid_t pid, struct target_object *object)
{
	struct mapping_search search = {pid, object};
	struct target_files *there;
	int err = target_files__at_root_of(object->files, pid, &there);

	if (err) /* the process is gone, or we may not look at it */
		return err == -ENOMEM ? err : 0;
	if (!target_files__have_our_root(there) && maps__each(pid, is_mapping_of, &search) > 0)
		err = share(object, there);
	target_files__unref(there);
	return err;
}

static int consider_processes(struct target_object *object)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int err = !proc && errno == ENOMEM ? -ENOMEM : 0;

	while (!err && proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0)
			err = consider_process(pid, object);
	}
	if (proc)
		closedir(proc);
	return err;
}

static int add_file(const char *path, struct target_objects *objects)
{
	int fd = open(path, O_PATH | O_CLOEXEC), err;
	struct target_files *files;

	if (fd < 0)
		return -errno;
	err = target_files__of_owner(fd, &files);
	close(fd);
	if (err)
		return err;
	err = target_objects__add(objects, path, path, files, 0);
	target_files__unref(files);
	return err ? err : consider_processes(&objects->items[objects->n - 1]);
}

int target__object_of_file(const char *file, const struct diag *diag, struct target_objects *objects)
{
	char resolved[PATH_MAX];
	struct stat given, found;
	int err;

	if (stat(file, &given)) {
		err = -errno;
		diag__failure(diag, err, "cannot open %s", file);
		return err;
	}
	if (!S_ISREG(given.st_mode)) {
		diag__error(diag, "%s is not a regular file", file);
		return S_ISDIR(given.st_mode) ? -EISDIR : -EINVAL;
	}
	/* If FILE is a link in /proc, it leads to an inode that its text may not name. Then use FILE itself. */
	if (!realpath(file, resolved) || stat(resolved, &found) || found.st_dev != given.st_dev ||
	    found.st_ino != given.st_ino)
		err = add_file(file, objects);
	else
		err = add_file(resolved, objects);
	if (err)
		diag__failure(diag, err, "cannot use %s", file);
	else
		objects->items[objects->n - 1].main = true;
	return err;
}
