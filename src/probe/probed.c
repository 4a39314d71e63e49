// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/probed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/grow.h"

/* The object with the inode of ST, which is added if it is not there yet; NULL when out of memory. */
static struct probed_object *object_of(struct probed *probed, const char *name, const struct stat *st)
{
	struct probed_object *object;

	for (size_t i = 0; i < probed->n; i++)
		if (probed->objects[i].ino == st->st_ino && probed->objects[i].size == (uint64_t)st->st_size)
			return &probed->objects[i];
	if (grow__counted(&probed->objects, probed->n, 1, sizeof(*object)))
		return NULL;
	object = &probed->objects[probed->n];
	*object = (struct probed_object){
		.name = strdup(name),
		.ino = st->st_ino,
		.size = (uint64_t)st->st_size,
	};
	if (!object->name)
		return NULL;
	probed->n++;
	return object;
}

static int add_sites(struct probed_object *object, int fd, const uint64_t *offsets, size_t n)
{
	if (grow__counted(&object->sites, object->n_sites, n, sizeof(*object->sites)))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct probed_site *site = &object->sites[object->n_sites];

		site->offset = offsets[i];
		if (pread(fd, &site->byte, 1, (off_t)offsets[i]) != 1)
			return -EIO;
		object->n_sites++;
	}
	return 0;
}

int probed__add(struct probed *probed, const char *name, const char *path, const uint64_t *offsets, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct probed_object *object;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	if (!err) {
		object = object_of(probed, name, &st);
		err = object ? add_sites(object, fd, offsets, n) : -ENOMEM;
	}
	close(fd);
	return err;
}

void probed__release(struct probed *probed)
{
	for (size_t i = 0; i < probed->n; i++) {
		free(probed->objects[i].name);
		free(probed->objects[i].sites);
	}
	free(probed->objects);
	*probed = (struct probed){0};
}

const struct probed_object *probed__find(const struct probed *probed, pid_t pid, const struct mapping *mapping)
{
	char link[MAPS_LINK_SIZE];
	struct stat st;

	if (!mapping->exec || !mapping->ino)
		return NULL;
	/* Most mappings are of other inodes, which is known without a system call. */
	for (size_t i = 0; i < probed->n; i++) {
		const struct probed_object *object = &probed->objects[i];

		if (mapping->ino != object->ino)
			continue;
		maps__link(pid, mapping, link);
		if (!stat(link, &st) && st.st_ino == object->ino && (uint64_t)st.st_size == object->size)
			return object;
	}
	return NULL;
}

struct search {
	const struct probed *probed;
	pid_t pid;
	const struct probed_object *found;
};

static int look_at(struct mapping *mapping, void *ctx)
{
	struct search *search = ctx;

	search->found = probed__find(search->probed, search->pid, mapping);
	return search->found != NULL;
}

bool probed__is_mapped(const struct probed *probed, pid_t pid, const struct probed_object **object)
{
	struct search search = {.probed = probed, .pid = pid};

	if (maps__each(pid, look_at, &search) <= 0)
		return false;
	if (object)
		*object = search.found;
	return true;
}
