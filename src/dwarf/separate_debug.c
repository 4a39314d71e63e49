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

#include "elf/elf_bytes.h"

struct search {
	const char *build_id; /* wanted; "": none is known */
	const struct target_files *files;
	bool supplement;  /* it may hold strings only */
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
		const Elf64_Shdr *header = elf64_getshdr(section);
		const char *name = header ? elf_strptr(elf, names, header->sh_name) : NULL;

		if (name && header->sh_type != SHT_NOBITS && header->sh_size &&
		    (strcmp(name, ".debug_info") == 0 || strcmp(name, ".zdebug_info") == 0))
			return true;
	}
	return false;
}

/* The CRC-32 that .gnu_debuglink carries (the one of zlib), of the whole file. */
static int file_crc(int fd, uint32_t *result)
{
	uint32_t table[256];
	uint32_t crc = UINT32_MAX;
	uint8_t buffer[16384];
	off_t offset = 0;
	ssize_t n;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] & 1 ? table[i] >> 1 ^ 0xedb88320 : table[i] >> 1;
	}
	while ((n = pread(fd, buffer, sizeof(buffer), offset)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			crc = table[(crc ^ buffer[i]) & 0xff] ^ crc >> 8;
		offset += n;
	}
	*result = ~crc;
	return n < 0 ? -errno : 0;
}

/*
 * The build ID of a debug file, from its sections: its program headers describe what was stripped from
 * it. Returns its length, 0 when there is none.
 */
static size_t find_build_id(Elf *elf, const uint8_t **id)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section))) {
		const Elf64_Shdr *header = elf64_getshdr(section);
		Elf_Data *data = header && header->sh_type == SHT_NOTE ? elf_getdata(section, NULL) : NULL;
		size_t offset = 0;
		size_t next, name, content;
		GElf_Nhdr note;

		while (data && data->d_buf && (next = gelf_getnote(data, offset, &note, &name, &content)) > 0) {
			const uint8_t *bytes = data->d_buf;

			if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
			    memcmp(bytes + name, "GNU", sizeof("GNU")) == 0) {
				*id = bytes + content;
				return note.n_descsz;
			}
			offset = next;
		}
	}
	return 0;
}

/* Whether the file's build ID is the object's; *known is false when either has none. */
static bool same_build_id(const struct search *search, Elf *elf, bool *known)
{
	const char *wanted = search->build_id;
	const uint8_t *id = NULL;
	size_t length = find_build_id(elf, &id);

	*known = length > 0 && *wanted;
	if (!*known || strlen(wanted) != 2 * length)
		return false;
	for (size_t i = 0; i < length; i++) {
		char digits[3];

		snprintf(digits, sizeof(digits), "%02x", id[i]);
		if (memcmp(digits, wanted + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

static bool is_right(const struct search *search, int fd, Elf *elf, bool by_link)
{
	bool known;
	bool same = same_build_id(search, elf, &known);
	uint32_t crc;

	if (!by_link || known)
		return same;
	return file_crc(fd, &crc) == 0 && crc == search->link_crc;
}

/* Takes PATH if it is the debug file. Returns 0, -ENOENT to look further, or -ENOMEM. */
static int try_path(struct search *search, const struct target_files *files, const char *path, bool by_link)
{
	struct separate_debug *found = search->found;
	int fd = target_files__open(files, path);
	Elf *elf = NULL;
	bool right;

	if (fd < 0)
		return -ENOENT;
	elf_bytes__open(fd, &elf);
	right = elf && elf_kind(elf) == ELF_K_ELF && (search->supplement || separate_debug__is_in(elf));
	if (right && !is_right(search, fd, elf, by_link)) {
		search->stale = true;
		right = false;
		free(found->path);
		found->path = strdup(path);
	}
	if (!right) {
		elf_end(elf);
		close(fd);
		return -ENOENT;
	}
	free(found->path);
	*found = (struct separate_debug){.fd = fd, .elf = elf, .path = strdup(path)};
	return found->path ? 0 : -ENOMEM;
}

/*
 * A file whose name and contents have the object's build ID is the right one, wherever it comes from. So, for a
 * target in a container, this machine's own files are tried as well.
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
	/* The object's own name, since /proc/PID/map_files/... has no neighbours. */
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

int separate_debug__open(const struct objfile *obj, const struct target_files *files, struct separate_debug *found)
{
	struct search search = {.build_id = objfile__build_id(obj), .files = files, .found = found};
	int err;

	*found = (struct separate_debug){.fd = -1};
	err = by_build_id(&search);
	if (err == -ENOENT) {
		search.link = dwelf_elf_gnu_debuglink(objfile__elf(obj), &search.link_crc);
		/* A name with directories could lead anywhere; objcopy never writes one. */
		if (search.link && *search.link && !strchr(search.link, '/'))
			err = by_link(&search, obj);
	}
	if (err && err != -ENOENT)
		separate_debug__close(found);
	return err == -ENOENT && search.stale ? -ESTALE : err;
}

static char *to_hex(const uint8_t *bytes, size_t n)
{
	char *hex = malloc(2 * n + 1);

	for (size_t i = 0; hex && i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	if (hex)
		hex[2 * n] = '\0';
	return hex;
}

/* The supplement's own NAME, which is meant from the directory of the file at PATH that refers to it. */
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
	search.build_id = hex = to_hex(id, (size_t)length);
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
