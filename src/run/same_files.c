// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/same_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/maps.h"
#include "probe/mapped_inodes.h"

/* Other file systems than overlayfs may have inodes of the same number, so the kernel is to be asked. */
static bool may_be_same(const struct target_object *a, const struct target_object *b)
{
	return a->ino == b->ino && a->dev != b->dev;
}

static uint64_t inode_of(const struct mapped_inodes *inodes, const struct target_object *object)
{
	uintptr_t start;
	pid_t pid;

	return maps__parse_link(object->path, &pid, &start) ? mapped_inodes__find(inodes, pid, start) : 0;
}

/* Whether A and B, which may be the same, are. The inodes are read when they are needed first. */
static bool are_same(const struct target_object *a, const struct target_object *b, struct mapped_inodes *inodes,
		     const struct diag *diag)
{
	uint64_t inode;
	int err = inodes->n ? 0 : mapped_inodes__read(inodes);

	if (err) {
		diag__debug(diag, "cannot ask the kernel for the inodes behind mappings: %s", strerror(-err));
		return false;
	}
	inode = inode_of(inodes, a);
	return inode && inode == inode_of(inodes, b);
}

int same_files__merge(const struct diag *diag, struct target_objects *objects)
{
	struct mapped_inodes inodes = {0};
	int err = 0;

	for (size_t i = 0; !err && i < objects->n; i++) {
		for (size_t k = i + 1; !err && k < objects->n;) {
			if (may_be_same(&objects->items[i], &objects->items[k]) &&
			    are_same(&objects->items[i], &objects->items[k], &inodes, diag))
				err = target_objects__merge(objects, i, k);
			else
				k++;
		}
	}
	mapped_inodes__release(&inodes);
	return err;
}

/* As above, with the inodes. */
static bool is_inode_of(const struct target_object *known, const struct target_object *object,
			struct mapped_inodes *inodes, const struct diag *diag)
{
	if (known->ino != object->ino || known->dev == object->dev)
		return known->ino == object->ino;
	if (!inodes->n && mapped_inodes__read(inodes))
		diag__debug(diag, "cannot ask the kernel for the inodes behind mappings");
	return !inode_of(inodes, known) || !inode_of(inodes, object) ||
	       inode_of(inodes, known) == inode_of(inodes, object);
}

bool same_files__has(const struct diag *diag, const struct target_objects *objects, size_t n,
		     const struct target_object *object)
{
	struct mapped_inodes inodes = {0};
	bool has = false;

	for (size_t i = 0; !has && i < n; i++)
		has = is_inode_of(&objects->items[i], object, &inodes, diag);
	mapped_inodes__release(&inodes);
	return has;
}

static bool is_in_overlay(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

enum { MAPPED_SIZE = 1 }; /* a page */

/* Maps what PATH opens now into our own memory. NULL: it cannot be mapped. */
static void *map_opened(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, MAPPED_SIZE, PROT_READ, MAP_PRIVATE, fd, 0);

	if (fd >= 0)
		close(fd);
	return mapped == MAP_FAILED ? NULL : mapped;
}

/* OPENED is our own mapping of what the object's path opens. */
static void compare_opened(const struct diag *diag, const struct target_object *object,
			   const struct mapped_inodes *inodes, const void *opened)
{
	uint64_t own = mapped_inodes__find(inodes, getpid(), (uintptr_t)opened);
	uint64_t its = inode_of(inodes, object);

	if (own && its && own != its)
		diag__note(diag,
			   "process %d runs %s as it was before the overlay made a copy of it, because the file was "
			   "written to or its owner or mode changed; probes go into the copy, so nothing of it is "
			   "counted in that process: start it anew",
			   (int)object->pid, object->name);
}

int same_files__check(const struct diag *diag, const struct target_objects *objects)
{
	void **opened = calloc(objects->n + 1, sizeof(*opened));
	struct mapped_inodes inodes = {0};
	bool any = false;

	if (!opened)
		return -ENOMEM;
	for (size_t i = 0; i < objects->n; i++) {
		if (is_in_overlay(objects->items[i].path))
			opened[i] = map_opened(objects->items[i].path);
		any |= opened[i] != NULL;
	}
	if (any && !mapped_inodes__read(&inodes))
		for (size_t i = 0; i < objects->n; i++)
			if (opened[i])
				compare_opened(diag, &objects->items[i], &inodes, opened[i]);
	mapped_inodes__release(&inodes);
	for (size_t i = 0; i < objects->n; i++)
		if (opened[i])
			munmap(opened[i], MAPPED_SIZE);
	free(opened);
	return 0;
}
