// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/demangle.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/*
 * Parts of a mangled name can be named again by a few letters, also within what is named again: fifty letters more, and
 * the source's name is a thousand times as long. So the demanglers are left, by longjmp(3), as soon as it is too long.
 */
#define MOST_LENGTH ((size_t)1 << 16)

struct growing {
	char *text;
	size_t length, room;
	jmp_buf enough;
};

static void append(const char *part, size_t length, void *opaque)
{
	struct growing *growing = opaque;

	if (length >= MOST_LENGTH - growing->length ||
	    grow__to(&growing->text, &growing->room, growing->length + length + 1, 1))
		longjmp(growing->enough, 1);
	memcpy(growing->text + growing->length, part, length);
	growing->length += length;
	growing->text[growing->length] = '\0';
}

typedef int (*demangler)(const char *linkage, int options, demangle_callbackref callback, void *opaque);

/* What TRIED makes of LINKAGE, owned by the caller, or NULL. */
static char *demangle(demangler tried, const char *linkage)
{
	struct growing growing = {.length = 0};

	if (!setjmp(growing.enough) && tried(linkage, DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP, append, &growing))
		return growing.text;
	free(growing.text);
	return NULL;
}

/* D's demangler cannot be left. What names parts again is a Q there. */
static char *demangle_d(const char *linkage)
{
	enum { MOST_REFERENCES = 20 };
	int n = 0;

	for (const char *p = linkage; (p = strchr(p, 'Q')) != NULL; p++)
		n++;
	return n > MOST_REFERENCES ? NULL : dlang_demangle(linkage, DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP);
}

char *demangle__name(const char *linkage)
{
	char *name;

	/* Thunks, guards and tables. */
	if (strncmp(linkage, "_ZT", 3) == 0 || strncmp(linkage, "_ZG", 3) == 0)
		return NULL;
	if (strncmp(linkage, "_D", 2) == 0)
		return demangle_d(linkage);
	if (strncmp(linkage, "_Z", 2) != 0 && strncmp(linkage, "_R", 2) != 0)
		return NULL;
	/* Rust's older names are valid ones of C++ as well. */
	name = demangle(rust_demangle_callback, linkage);
	return name || linkage[1] == 'R' ? name : demangle(cplus_demangle_v3_callback, linkage);
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
