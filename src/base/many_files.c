// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/many_files.h"

#include <sys/resource.h>

void many_files__allow(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}
