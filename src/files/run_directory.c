// SPDX-License-Identifier: GPL-2.0-or-later
#include "files/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

const char *run_directory__path(char path[RUN_DIRECTORY_SIZE])
{
	if (geteuid())
		snprintf(path, RUN_DIRECTORY_SIZE, "/run/user/%u/lprof-bpf", (unsigned)geteuid());
	else
		snprintf(path, RUN_DIRECTORY_SIZE, "/run/lprof-bpf");
	return path;
}

bool run_directory__is_trusted(const struct stat *st)
{
	return (!st->st_uid || st->st_uid == geteuid()) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static int open_existing(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!run_directory__is_trusted(&st))
		err = -EPERM;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int run_directory__open(const char *path, bool make)
{
	bool made = make && !mkdir(path, 0755);
	int fd;

	if (make && !made && errno != EEXIST)
		return -errno;
	fd = open_existing(path);
	if (made && fd >= 0)
		fchmod(fd, 0755); /* the umask may have removed bits */
	return fd;
}
