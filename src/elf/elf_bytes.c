// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf_memory(3) on a shared mapping of our own would be simpler, but libelf writes into such an image when it expands
 * compressed sections, and libdw finds no .dwo files without a descriptor. So libelf maps the file as it likes, and
 * then a shared mapping takes the place of its private one. Nothing but the ELF header was read before that.
 */
#include "elf/elf_bytes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/maps.h"

/* Returns 1 when MAPPING begins at the image CTX. */
static int begins_at(struct mapping *mapping, void *ctx)
{
	return mapping->lo == (uintptr_t)ctx;
}

/* Puts SHARED, a mapping of SIZE bytes, in the place of the one that ELF reads. 0, 1 when it has none, or -errno. */
static int take_place(Elf *elf, void *shared, size_t size)
{
	size_t image_size;
	char *image = elf_rawfile(elf, &image_size);
	int found = image ? maps__each(getpid(), begins_at, image) : -ENOMEM;

	if (found < 0)
		return found;
	if (!found || image_size != size)
		return 1;
	return mremap(shared, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, image) == MAP_FAILED ? -errno : 0;
}

/* Where libelf made no mapping, it reads the file, which gives the file's own bytes as well. */
static int open_unmapped(int fd, Elf **out)
{
	*out = elf_begin(fd, ELF_C_READ, NULL);
	return *out ? 0 : -ENOEXEC;
}

int elf_bytes__open(int fd, Elf **out)
{
	struct stat st;
	void *shared;
	int err;

	*out = NULL;
	elf_version(EV_CURRENT);
	if (fstat(fd, &st))
		return -errno;
	shared = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		return open_unmapped(fd, out);
	*out = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	err = *out ? take_place(*out, shared, (size_t)st.st_size) : -ENOEXEC;
	if (!err)
		return 0;
	munmap(shared, (size_t)st.st_size);
	elf_end(*out);
	*out = NULL;
	return err == 1 ? open_unmapped(fd, out) : err;
}
