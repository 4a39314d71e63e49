// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/maps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel writes a newline in a file name as "\\012"; it escapes no other character. */
static void unescape(char *name)
{
	char *from = name, *to = name;

	while (*from) {
		if (!strncmp(from, "\\012", 4)) {
			*to++ = '\n';
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static bool parse_mapping(char *line, struct mapping *mapping)
{
	char perms[5];
	int name_at = 0;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %" SCNx64 " %*x:%*x %llu %n", &mapping->lo, &mapping->hi, perms,
		   &mapping->offset, &mapping->ino, &name_at) != 5 ||
	    !name_at)
		return false;
	mapping->writable = perms[1] == 'w';
	mapping->exec = perms[2] == 'x';
	mapping->shared = perms[3] == 's';
	mapping->name = line + name_at;
	unescape(mapping->name);
	return true;
}

/*
 * Reads /proc/PID/maps into *text, owned by the caller. All of it is read before any line is parsed, so that the
 * mappings are from one moment, or nearly so.
 */
static int read_maps(pid_t pid, char **text)
{
	char path[64], chunk[16384];
	FILE *in, *out;
	size_t size, got;
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	in = fopen(path, "re");
	if (!in)
		return errno == ENOENT ? -ESRCH : -errno;
	out = open_memstream(text, &size);
	if (!out) {
		fclose(in);
		return -ENOMEM;
	}
	while ((got = fread(chunk, 1, sizeof(chunk), in)) > 0)
		fwrite(chunk, 1, got, out);
	if (ferror(in))
		err = errno == ENOENT ? -ESRCH : -errno;
	if (fclose(out) && !err)
		err = -ENOMEM;
	fclose(in);
	if (err)
		free(*text);
	return err;
}

int maps__parse(char *text, int (*fn)(struct mapping *mapping, void *ctx), void *ctx)
{
	struct mapping mapping;
	char *rest;
	int err = 0;

	for (char *line = strtok_r(text, "\n", &rest); line && !err; line = strtok_r(NULL, "\n", &rest))
		if (parse_mapping(line, &mapping))
			err = fn(&mapping, ctx);
	return err;
}

int maps__each(pid_t pid, int (*fn)(struct mapping *mapping, void *ctx), void *ctx)
{
	char *text = NULL;
	int err = read_maps(pid, &text);

	if (err)
		return err;
	err = maps__parse(text, fn, ctx);
	free(text);
	return err;
}

void maps__link(pid_t pid, const struct mapping *mapping, char link[MAPS_LINK_SIZE])
{
	snprintf(link, MAPS_LINK_SIZE, "/proc/%d/map_files/%" PRIxPTR "-%" PRIxPTR, pid, mapping->lo, mapping->hi);
}

bool maps__parse_link(const char *link, pid_t *pid, uintptr_t *lo)
{
	return sscanf(link, "/proc/%d/map_files/%" SCNxPTR "-", pid, lo) == 2;
}
