// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/process_code.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/maps.h"

#define DELETED " (deleted)"

/* The target's root directory, as seen from our own. */
struct process_root {
	struct target_files *files;
	char dir[64];	       /* "/proc/PID/root", or "" if it is our own */
	char prefix[PATH_MAX]; /* with chroot(2), the path of the root, with which names in its maps begin; or "" */
};

static int find_root(pid_t pid, struct process_root *root)
{
	ssize_t len;
	int err;

	*root = (struct process_root){0};
	err = target_files__of_process(pid, &root->files);
	if (err || target_files__have_our_root(root->files))
		return err;
	snprintf(root->dir, sizeof(root->dir), "/proc/%d/root", pid);
	len = readlink(root->dir, root->prefix, sizeof(root->prefix) - 1);
	root->prefix[len > 1 ? len : 0] = '\0';
	return 0;
}

/* Writes to PATH a path by which we can open the target's file NAME. */
static void name_to_path(const struct process_root *root, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s%s", root->dir, name);
}

/* Removes from NAME, a name in /proc/PID/maps, the prefix of a chroot and the mark " (deleted)". */
static char *clean_name(const struct process_root *root, char *name)
{
	size_t prefix = strlen(root->prefix), len;
	char path[PATH_MAX + 64];
	struct stat st;

	if (!strncmp(name, root->prefix, prefix) && name[prefix] == '/')
		name += prefix;
	len = strlen(name);
	if (len > strlen(DELETED) && !strcmp(name + len - strlen(DELETED), DELETED)) {
		/* The name of an existing file may really end like this. */
		name_to_path(root, name, path, sizeof(path));
		if (stat(path, &st))
			name[len - strlen(DELETED)] = '\0';
	}
	return name;
}

struct visit {
	pid_t pid;
	struct process_root root;
	int (*fn)(const struct code_mapping *mapping, void *ctx);
	void *ctx;
};

/* Sets the path that opens the file behind MAPPING, if there is one. */
static void find_file(const struct visit *visit, const struct mapping *mapping, char *path, size_t size,
		      struct code_mapping *code)
{
	struct stat st;

	if (!mapping->ino || code->name[0] != '/')
		return;
	maps__link(visit->pid, mapping, path);
	if (stat(path, &st)) {
		/* Without the right to follow links in map_files, use the name if it leads to the same inode. */
		name_to_path(&visit->root, code->name, path, size);
		if (stat(path, &st) || st.st_ino != mapping->ino)
			return;
	}
	if (!S_ISREG(st.st_mode))
		return;
	code->path = path;
	code->dev = st.st_dev;
	code->ino = st.st_ino;
}

static int visit_mapping(struct mapping *mapping, void *ctx)
{
	struct visit *visit = ctx;
	struct code_mapping code = {
		.start = mapping->lo,
		.end = mapping->hi,
		.offset = mapping->offset,
		.files = visit->root.files,
	};
	char path[PATH_MAX + 64];

	if (!mapping->exec)
		return 0;
	code.name = mapping->ino ? clean_name(&visit->root, mapping->name) : mapping->name;
	find_file(visit, mapping, path, sizeof(path), &code);
	return visit->fn(&code, visit->ctx);
}

int process_code__each(pid_t pid, int (*fn)(const struct code_mapping *mapping, void *ctx), void *ctx)
{
	struct visit visit = {.pid = pid, .fn = fn, .ctx = ctx};
	int err = find_root(pid, &visit.root);

	if (!err)
		err = maps__each(pid, visit_mapping, &visit);
	target_files__unref(visit.root.files);
	return err;
}
