// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/demangle.h"

#include <ctype.h>
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

/* The length of LINKAGE without what GNAT adds to the names of task bodies and entry bodies. */
static size_t without_ada_suffix(const char *linkage)
{
	size_t length = strlen(linkage);
	size_t digits = length ? length - 1 : 0;

	if (length > 3 && strcmp(linkage + length - 3, "TKB") == 0)
		return length - 3;
	if (length > 2 && strcmp(linkage + length - 2, "TB") == 0)
		return length - 2;
	if (!digits || linkage[digits] != 'b')
		return length;
	while (digits && isdigit((unsigned char)linkage[digits - 1]))
		digits--;
	if (digits > 2 && digits + 1 < length && linkage[digits - 1] == 'E' && linkage[digits - 2] == '_')
		return digits - 2;
	return length;
}

/* Takes out the numbers of the blocks that NAME is in: "deep__B_2__in_block". */
static void drop_ada_blocks(char *name)
{
	for (char *p = name; (p = strstr(p, "__B_")) != NULL;) {
		char *end = p + strlen("__B_");

		end += strspn(end, "0123456789");
		if (strncmp(end, "__", 2) == 0)
			memmove(p, end, strlen(end) + 1);
		else
			p = end;
	}
}

char *demangle__ada(const char *linkage)
{
	char *plain = strndup(linkage, without_ada_suffix(linkage));
	char *name;

	if (!plain)
		return NULL;
	drop_ada_blocks(plain);
	name = cplus_demangle(plain, DMGL_GNAT);
	free(plain);

	/* libiberty returns a name that it does not understand in angle brackets. */
	if (name && *name == '<') {
		free(name);
		return NULL;
	}
	return name;
}
