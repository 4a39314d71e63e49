// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/demangle.h"

#include <libiberty/demangle.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

char *demangle__name(const char *linkage)
{
	static const struct {
		const char *prefix;
		int style;
	} manglings[] = {{"_Z", DMGL_AUTO}, {"_R", DMGL_RUST}, {"_D", DMGL_DLANG}};

	/* Thunks, guards and tables. */
	if (strncmp(linkage, "_ZT", 3) == 0 || strncmp(linkage, "_ZG", 3) == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(manglings) / sizeof(manglings[0]); i++)
		if (strncmp(linkage, manglings[i].prefix, strlen(manglings[i].prefix)) == 0)
			return cplus_demangle(linkage, DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP | manglings[i].style);
	return NULL;
}

char *demangle__ada(const char *linkage)
{
	char *name = cplus_demangle(linkage, DMGL_GNAT);

	/* libiberty returns a name that it does not understand in angle brackets. */
	if (name && *name == '<') {
		free(name);
		return NULL;
	}
	return name;
}
