// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/sampled_objects.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/grow.h"
#include "flow/unwind_bodies.h"
#include "probe/priority.h"

#define VDSO "[vdso]"

static void release_object(struct sampled_object *object)
{
	unwind_table__release(&object->table);
	objfile__close(object->file);
	if (object->fd >= 0)
		close(object->fd);
	target_files__unref(object->files);
	free(object->name);
}

/*
 * The size of the vdso: it is an ELF image whose section headers come last. The kernel maps the same one into all
 * processes of the machine's own architecture.
 */
static size_t vdso_size(const Elf64_Ehdr *header)
{
	return header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
}

/* A descriptor of a copy of our own vdso, or -errno. */
static int open_vdso(void)
{
	unsigned long address = getauxval(AT_SYSINFO_EHDR);
	const char *image = (const char *)address; /* NOLINT(performance-no-int-to-ptr): the kernel gives a number */
	ssize_t size;
	int fd, err;

	if (!image)
		return -ENOENT;
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	size = (ssize_t)vdso_size((const Elf64_Ehdr *)image);
	if (write(fd, image, (size_t)size) == size)
		return fd;
	err = errno ? -errno : -EIO;
	close(fd);
	return err;
}

/* Opens the file behind MAPPING. Returns 0, -ENOENT or -ENOMEM. */
static int open_object(const struct code_mapping *mapping, struct sampled_object *object)
{
	int err;

	object->fd = mapping->path ? open(mapping->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : open_vdso();
	if (object->fd < 0)
		return -ENOENT;
	snprintf(object->path, sizeof(object->path), "/proc/self/fd/%d", object->fd);
	object->name = strdup(mapping->name);
	if (!object->name)
		return -ENOMEM;
	err = objfile__open(object->path, mapping->name, &object->file);
	if (err)
		return err == -ENOMEM ? err : -ENOENT;
	if (mapping->path)
		object->files = target_files__ref(mapping->files);
	else if (target_files__of_anybody(&object->files))
		return -ENOMEM;
	object->dev = mapping->dev;
	object->ino = mapping->ino;
	err = unwind_table__make(objfile__elf(object->file), NULL, &object->table);
	if (err) /* without rules, frame pointers are followed */
		object->table = (struct unwind_table){0};
	else
		err = unwind_bodies__prove(object->file, &object->table);
	return err == -ENOMEM ? err : 0;
}

/* Reading the rules of a large object takes long, so it is done at the priority of any other program. */
static int open_at_ease(const struct code_mapping *mapping, struct sampled_object *object)
{
	bool raised = priority__lower();
	int err = open_object(mapping, object);

	if (raised)
		priority__raise();
	return err;
}

int sampled_objects__find(struct sampled_objects *objects, const struct code_mapping *mapping, uint32_t *index)
{
	struct sampled_object object = {.fd = -1};
	int err;

	if (!mapping->path && strcmp(mapping->name, VDSO) != 0)
		return -ENOENT;
	for (size_t i = 0; i < objects->n; i++) {
		if (objects->items[i].dev != mapping->dev || objects->items[i].ino != mapping->ino)
			continue;
		*index = (uint32_t)i;
		return 0;
	}
	err = open_at_ease(mapping, &object);
	if (!err)
		err = grow__counted(&objects->items, objects->n, 1, sizeof(object));
	if (err) {
		release_object(&object);
		return err;
	}
	*index = (uint32_t)objects->n;
	objects->items[objects->n++] = object;
	return 0;
}

void sampled_objects__release(struct sampled_objects *objects)
{
	for (size_t i = 0; i < objects->n; i++)
		release_object(&objects->items[i]);
	free(objects->items);
	*objects = (struct sampled_objects){0};
}
