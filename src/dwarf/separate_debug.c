// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/separate_debug.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <gelf.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "elf/build_id.h"
#include "elf/elf_bytes.h"
#include "files/debuginfod.h"
#include "files/regular_file.h"

struct search {
	const char *build_id; /* that the file must have; "": not known */
	const struct target_files *files;
	bool supplement;  /* a supplement is looked for, which need not have .debug_info: it may hold only strings */
	const char *link; /* file name in .gnu_debuglink, or NULL */
	GElf_Word link_crc;
	struct separate_debug *found;
	bool stale; /* a file of another build was found; its path is in found->path */
};

bool separate_debug__is_in(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr room;
		const GElf_Shdr *header = gelf_getshdr(section, &room);
		const char *name = header ? elf_strptr(elf, names, header->sh_name) : NULL;

		if (name && header->sh_type != SHT_NOBITS && header->sh_size &&
		    (strcmp(name, ".debug_info") == 0 || strcmp(name, ".zdebug_info") == 0))
			return true;
	}
	return false;
}

/* The CRC-32 that .gnu_debuglink carries, of the whole file. */
static int file_crc(int fd, uint32_t *result)
{
	uLong crc = crc32(0, NULL, 0);
	uint8_t buffer[16384];
	off_t offset = 0;
	ssize_t n;

	while ((n = pread(fd, buffer, sizeof(buffer), offset)) > 0) {
		crc = crc32(crc, buffer, (uInt)n);
		offset += n;
	}
	*result = (uint32_t)crc;
	return n < 0 ? -errno : 0;
}

/* Whether the file is the wanted one: 1, 0 or -ENOMEM. By its build ID or, if one of the two has none, by the CRC. */
static int is_right(const struct search *search, int fd, Elf *elf, bool by_link)
{
	char *id = build_id__of(elf);
	bool known, same;
	uint32_t crc;

	if (!id)
		return -ENOMEM;
	known = *id && *search->build_id;
	same = known && strcmp(id, search->build_id) == 0;
	free(id);
	if (!by_link || known)
		return same;
	return file_crc(fd, &crc) == 0 && crc == search->link_crc;
}

/* Takes the open file FD, called PATH, if it is the debug file. 0, -ENOENT to look further, or -ENOMEM. Owns FD. */
static int try_file(struct search *search, int fd, const char *path, bool by_link)
{
	struct separate_debug *found = search->found;
	Elf *elf = NULL;
	bool candidate;
	int right;

	if (elf_bytes__open(fd, &elf) == -ENOMEM) {
		close(fd);
		return -ENOMEM;
	}
	candidate = elf && elf_kind(elf) == ELF_K_ELF && (search->supplement || separate_debug__is_in(elf));
	right = candidate ? is_right(search, fd, elf, by_link) : 0;
	if (right > 0) {
		free(found->path);
		*found = (struct separate_debug){.fd = fd, .elf = elf, .path = strdup(path)};
		return found->path ? 0 : -ENOMEM;
	}
	if (candidate && !right) {
		search->stale = true;
		free(found->path);
		found->path = strdup(path);
	}
	elf_end(elf);
	close(fd);
	return right ? right : -ENOENT;
}

/* The same of the file that the target calls PATH. */
static int try_path(struct search *search, const struct target_files *files, const char *path, bool by_link)
{
	int fd = target_files__open(files, path);

	return fd < 0 ? -ENOENT : try_file(search, fd, path, by_link);
}

/*
 * Looks for the file whose name and contents have the build ID. Such a file is the right one wherever it comes from. So
 * if the target is in a container, this machine's own files are tried as well.
 */
static int by_build_id(struct search *search)
{
	const char *id = search->build_id;
	struct target_files *ours;
	char *path;
	int err;

	if (strlen(id) < 3)
		return -ENOENT;
	if (asprintf(&path, "/usr/lib/debug/.build-id/%.2s/%s.debug", id, id + 2) < 0)
		return -ENOMEM;
	err = try_path(search, search->files, path, false);
	if (err == -ENOENT && !target_files__have_our_root(search->files)) {
		err = target_files__of_anybody(&ours);
		if (!err) {
			err = try_path(search, ours, path, false);
			target_files__unref(ours);
		}
	}
	free(path);
	return err;
}

static int by_link(struct search *search, const struct objfile *obj)
{
	static const struct {
		const char *before, *after;
	} places[] = {{"", ""}, {"", "/.debug"}, {"/usr/lib/debug", ""}};
	/* Not the object's path, which may be in /proc/PID/map_files, where the debug file cannot be. */
	char *copy = strdup(objfile__name(obj));
	const char *dir;
	int err = -ENOENT;

	if (!copy)
		return -ENOMEM;
	dir = dirname(copy);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && err == -ENOENT; i++) {
		char *path;

		if (asprintf(&path, "%s%s%s/%s", places[i].before, dir, places[i].after, search->link) < 0) {
			err = -ENOMEM;
			break;
		}
		err = try_path(search, search->files, path, true);
		free(path);
	}
	free(copy);
	return err;
}

/* Takes the file PATH, which lies in a directory that the user named, if it is the debug file. As try_path(). */
static int try_besides(struct search *search, const char *path)
{
	int fd = regular_file__open(path);

	return fd < 0 ? -ENOENT : try_file(search, fd, path, !*search->build_id);
}

/*
 * Looks in the directory DIR: as below /usr/lib/debug, and for the names that people give such files. What the link
 * names, and a file of the object's own name, may be anything, and is taken if it is of this build.
 */
static int by_directory(struct search *search, const struct objfile *obj, const char *dir)
{
	const char *id = search->build_id, *slash = strrchr(objfile__name(obj), '/');
	const char *name = slash ? slash + 1 : objfile__name(obj);
	char *paths[4] = {NULL};
	int err = -ENOENT;

	if (strlen(id) > 2 && asprintf(&paths[0], "%s/.build-id/%.2s/%s.debug", dir, id, id + 2) < 0)
		return -ENOMEM;
	if ((search->link && asprintf(&paths[1], "%s/%s", dir, search->link) < 0) ||
	    asprintf(&paths[2], "%s/%s.debug", dir, name) < 0 || asprintf(&paths[3], "%s/%s", dir, name) < 0)
		err = -ENOMEM;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (paths[i] && err == -ENOENT)
			err = try_besides(search, paths[i]);
		free(paths[i]);
	}
	return err;
}

int separate_debug__open(const struct objfile *obj, const struct target_files *files, struct separate_debug *found)
{
	struct search search = {.build_id = objfile__build_id(obj), .files = files, .found = found};
	const struct debug_dirs *dirs = target_files__debug_dirs(files);
	int err;

	*found = (struct separate_debug){.fd = -1};
	search.link = dwelf_elf_gnu_debuglink(objfile__elf(obj), &search.link_crc);
	/* A name with directories could lead anywhere; objcopy never writes one. */
	if (search.link && (!*search.link || strchr(search.link, '/')))
		search.link = NULL;
	err = by_build_id(&search);
	if (err == -ENOENT && search.link)
		err = by_link(&search, obj);
	for (size_t k = 0; err == -ENOENT && dirs && k < dirs->n; k++)
		err = by_directory(&search, obj, dirs->items[k]);
	if (err && err != -ENOENT)
		separate_debug__close(found);
	return err == -ENOENT && search.stale ? -ESTALE : err;
}

int separate_debug__fetch(const struct objfile *obj, const struct diag *diag, struct separate_debug *found)
{
	struct search search = {.build_id = objfile__build_id(obj), .found = found};
	struct separate_debug fetched = {.fd = -1};
	int right = 0;

	fetched.fd = debuginfod__fetch(search.build_id, objfile__name(obj), diag, &fetched.path);
	if (fetched.fd < 0)
		return fetched.fd;
	if (elf_bytes__open(fetched.fd, &fetched.elf) == 0 && elf_kind(fetched.elf) == ELF_K_ELF &&
	    separate_debug__is_in(fetched.elf))
		right = is_right(&search, fetched.fd, fetched.elf, false);
	if (right > 0) {
		separate_debug__close(found);
		*found = fetched;
		return 0;
	}
	if (!right)
		diag__note(diag,
			   "what a server of DEBUGINFOD_URLS sent for %s is not the debug information of this build, "
			   "and is not used: %s",
			   objfile__name(obj), fetched.path);
	separate_debug__close(&fetched);
	return right ? right : -ENOENT;
}

/* Looks for the supplement by NAME, which is relative to the directory of the file at PATH that refers to it. */
static int by_name(struct search *search, const char *name, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *full;
	int err;

	if (*name == '/')
		return try_path(search, search->files, name, false);
	if (!slash)
		return -ENOENT;
	if (asprintf(&full, "%.*s/%s", (int)(slash - path), path, name) < 0)
		return -ENOMEM;
	err = try_path(search, search->files, full, false);
	free(full);
	return err;
}

int separate_debug__open_supplement(Dwarf *dwarf, const char *path, const struct target_files *files, const char **name,
				    struct separate_debug *found)
{
	const void *id;
	ssize_t length = dwelf_dwarf_gnu_debugaltlink(dwarf, name, &id);
	struct search search = {.files = files, .supplement = true, .found = found};
	char *hex;
	int err;

	*found = (struct separate_debug){.fd = -1};
	if (length <= 0) {
		*name = NULL;
		return -ENOENT;
	}
	search.build_id = hex = build_id__hex(id, (size_t)length);
	if (!hex)
		return -ENOMEM;
	err = by_name(&search, *name, path);
	if (err == -ENOENT)
		err = by_build_id(&search);
	free(hex);
	if (err)
		separate_debug__close(found);
	return err;
}

void separate_debug__close(struct separate_debug *file)
{
	if (file->elf)
		elf_end(file->elf);
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	*file = (struct separate_debug){.fd = -1};
}
