// SPDX-License-Identifier: GPL-2.0-or-later
#include "files/source_dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/grow.h"
#include "files/regular_file.h"

struct source_dir {
	char old[PATH_MAX]; /* the OLD of OLD=NEW, as normalize() leaves it */
	bool mapped;	    /* OLD was given, though it may be "" once normalized */
	const char *new;    /* borrowed */
};

/*
 * Writes NAME to OUT without ".", ".." and repeated slashes, without looking at the file system. A ".." that would
 * lead above the start of the name is dropped, and a relative name stays relative. Returns 0 or -ENAMETOOLONG.
 */
static int normalize(const char *name, char out[PATH_MAX])
{
	size_t n = 0, start = *name == '/';

	if (strlen(name) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (start)
		out[n++] = '/';
	while (*name) {
		size_t len;

		name += strspn(name, "/");
		len = strcspn(name, "/");
		if (len == 2 && !memcmp(name, "..", 2)) {
			while (n > start && out[--n] != '/')
				;
			n = n < start ? start : n;
		} else if (len && !(len == 1 && *name == '.')) {
			if (n > start)
				out[n++] = '/';
			memcpy(out + n, name, len);
			n += len;
		}
		name += len;
	}
	out[n] = '\0';
	return 0;
}

int source_dirs__add(struct source_dirs *dirs, const char *text)
{
	const char *equals = strchr(text, '='), *new = equals ? equals + 1 : text;
	struct source_dir *dir;
	char old[PATH_MAX];
	struct stat st;

	if (!*new || equals == text)
		return -EINVAL;
	if (equals && equals - text >= PATH_MAX)
		return -ENAMETOOLONG;
	if (stat(new, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (grow__counted(&dirs->items, dirs->n, 1, sizeof(*dir)))
		return -ENOMEM;
	dir = &dirs->items[dirs->n++];
	*dir = (struct source_dir){.mapped = equals, .new = new};
	if (!equals)
		return 0;
	memcpy(old, text, (size_t)(equals - text));
	old[equals - text] = '\0';
	return normalize(old, dir->old);
}

void source_dirs__release(struct source_dirs *dirs)
{
	free(dirs->items);
	*dirs = (struct source_dirs){0};
}

static int open_in(const char *directory, const char *name)
{
	char path[2 * PATH_MAX];

	if (!*name || snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENOENT;
	return regular_file__open(path);
}

/* The part of NAME below the directory OLD; NULL if NAME is not below it. */
static const char *after(const char *old, const char *name)
{
	size_t len = strlen(old);

	if (!len) /* OLD was ".": it matches every relative name */
		return *name == '/' ? NULL : name;
	if (strncmp(name, old, len) != 0)
		return NULL;
	if (old[len - 1] == '/')
		return name + len;
	return name[len] == '/' ? name + len + 1 : NULL;
}

static int open_suffix(const char *directory, const char *name)
{
	int fd = -ENOENT;

	for (; name && fd < 0; name = strchr(name, '/')) {
		name += strspn(name, "/");
		fd = open_in(directory, name);
	}
	return fd;
}

int source_dirs__open(const struct source_dirs *dirs, const char *name, bool mapped)
{
	char normal[PATH_MAX];
	int fd = dirs->n ? normalize(name, normal) : -ENOENT;

	if (fd)
		return fd;
	fd = -ENOENT;
	for (size_t i = 0; i < dirs->n && fd < 0; i++) {
		const struct source_dir *dir = &dirs->items[i];
		const char *rest = dir->mapped ? after(dir->old, normal) : normal;

		if (dir->mapped == mapped && rest)
			fd = mapped ? open_in(dir->new, rest) : open_suffix(dir->new, rest);
	}
	return fd;
}
