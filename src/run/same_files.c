// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/same_files.h"

#include <stdbool.h>
#include <string.h>

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
