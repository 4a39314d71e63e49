// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clean_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether the N bytes of PATH end in a component that ".." takes back. */
static bool has_parent(const char *path, size_t n)
{
	return n && path[n - 1] != '/' &&
	       !(n >= 2 && strncmp(path + n - 2, "..", 2) == 0 && (n == 2 || path[n - 3] == '/'));
}

void clean_path__make(char *path)
{
	bool absolute = *path == '/';
	size_t out = absolute;

	for (const char *p = path + absolute; *p;) {
		size_t length = strcspn(p, "/");
		bool up = length == 2 && strncmp(p, "..", 2) == 0;

		if (up && has_parent(path, out)) {
			while (out > (size_t)absolute && path[out - 1] != '/')
				out--;
			if (out > (size_t)absolute)
				out--;
		} else if (length && !(length == 1 && *p == '.') && !(up && absolute && out == 1)) {
			if (out > (size_t)absolute)
				path[out++] = '/';
			memmove(path + out, p, length);
			out += length;
		}
		p += length;
		p += *p == '/';
	}
	path[out] = '\0';
}
