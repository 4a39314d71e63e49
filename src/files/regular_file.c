// SPDX-License-Identifier: GPL-2.0-or-later
#include "files/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Opens for reading the regular file that FD, an O_PATH descriptor, refers to, and closes FD. FD may be a negative
 * errno, which is returned.
 */
static int reopen(int fd)
{
	struct stat st;
	char link[32];
	int err = 0, file = -1;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	if (!err) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		file = open(link, O_RDONLY | O_CLOEXEC);
		err = file < 0 ? -errno : 0;
	}
	close(fd);
	return err ? err : file;
}

int regular_file__open(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	return reopen(fd < 0 ? -errno : fd);
}

int regular_file__open_below(int root, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	return reopen(fd < 0 ? -errno : fd);
}
