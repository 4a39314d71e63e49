// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/split_files.h"

#include <dwarf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *text_of(Dwarf_Die *unit, unsigned name)
{
	Dwarf_Attribute attribute;

	return dwarf_attr(unit, name, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

/*
 * Finds the directory in which libdw believes the file at PATH to be. PATH may be a link of /proc; libdw takes the
 * directory of the path that the kernel has for the open file.
 */
static void find_directory(const char *path, char directory[PATH_MAX])
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	char link[32], *slash;
	ssize_t len = -1;

	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, directory, PATH_MAX - 1);
		close(fd);
	}
	directory[len > 0 ? len : 0] = '\0';
	slash = strrchr(directory, '/');
	if (slash)
		slash[1] = '\0';
}

/*
 * Whether PATH is missing under our own root directory. Asked when it is missing under the target's, which is another.
 */
static bool is_missing(const char *path)
{
	struct stat st;

	return stat(path, &st) && (errno == ENOENT || errno == ENOTDIR);
}

static bool may_open(const char *path, const struct target_files *files)
{
	int fd = target_files__open(files, path);
	struct stat there, here;
	bool same;

	if (fd < 0 && target_files__have_our_root(files))
		return fd == -ENOENT || fd == -ENOTDIR || fd == -EACCES;
	if (fd < 0)
		return is_missing(path);
	same = !fstat(fd, &there) && !stat(path, &here) && there.st_dev == here.st_dev && there.st_ino == here.st_ino;
	close(fd);
	return same;
}

bool split_files__may_open(Dwarf_Die *unit, const char *path, const struct target_files *files)
{
	const char *name = text_of(unit, DW_AT_dwo_name), *compiled_in = text_of(unit, DW_AT_comp_dir);
	char directory[PATH_MAX], tried[3 * PATH_MAX];

	if (!name)
		name = text_of(unit, DW_AT_GNU_dwo_name);
	if (!name || strlen(name) >= PATH_MAX || (compiled_in && strlen(compiled_in) >= PATH_MAX))
		return false;
	if (*name == '/')
		return may_open(name, files);
	find_directory(path, directory);
	snprintf(tried, sizeof(tried), "%s%s", directory, name);
	if (*directory && !may_open(tried, files))
		return false;
	if (!compiled_in)
		return true;
	snprintf(tried, sizeof(tried), "%s%s/%s", *compiled_in == '/' ? "" : directory, compiled_in, name);
	return *tried != '/' || may_open(tried, files);
}
