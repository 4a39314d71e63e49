// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/descriptor.h"

#include <errno.h>
#include <unistd.h>

int descriptor__write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}
