// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/detached.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int detached__become(int keep)
{
	int null;

	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/"))
		return -errno;
	if ((keep > 3 && close_range(3, (unsigned int)keep - 1, 0)) || close_range((unsigned int)keep + 1, ~0U, 0))
		return -errno;
	return 0;
}
