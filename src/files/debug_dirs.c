// SPDX-License-Identifier: GPL-2.0-or-later
#include "files/debug_dirs.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/grow.h"

int debug_dirs__add(struct debug_dirs *dirs, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (grow__counted(&dirs->items, dirs->n, 1, sizeof(*dirs->items)))
		return -ENOMEM;
	dirs->items[dirs->n++] = path;
	return 0;
}

void debug_dirs__release(struct debug_dirs *dirs)
{
	free(dirs->items);
	*dirs = (struct debug_dirs){0};
}
