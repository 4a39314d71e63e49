// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "files/debuginfod.h"

#define MAX_SIZE  (64 << 20)
#define SECOND_NS ((int64_t)CLOCK_SECOND_NS)

struct source {
	char *text;
	size_t size;
	size_t *starts; /* offset of each line, and SIZE after the last one */
	uint32_t n_lines;
	int64_t modified_ns; /* since 1970; 0: not known, see source__is_newer() */
};

static int read_text(int fd, struct source *source)
{
	struct stat st;
	size_t room;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_size > MAX_SIZE)
		return -EFBIG;

	/*
	 * The file may shrink or grow while it is read. Whatever is found within its first size is enough for a
	 * report.
	 */
	room = (size_t)st.st_size;
	source->modified_ns = st.st_mtim.tv_sec * SECOND_NS + st.st_mtim.tv_nsec;
	source->text = malloc(room + 1);
	if (!source->text)
		return -ENOMEM;
	while (source->size < room) {
		ssize_t n = read(fd, source->text + source->size, room - source->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		source->size += (size_t)n;
	}
	return 0;
}

static int index_lines(struct source *source)
{
	const char *end = source->text + source->size, *at;
	uint32_t n = 0;

	for (at = source->text; at < end; n++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		at = newline ? newline + 1 : end;
	}
	source->starts = malloc((n + 1ul) * sizeof(*source->starts));
	if (!source->starts)
		return -ENOMEM;
	source->n_lines = n;

	at = source->text;
	for (uint32_t i = 0; i < n; i++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		source->starts[i] = (size_t)(at - source->text);
		at = newline ? newline + 1 : end;
	}
	source->starts[n] = source->size;
	return 0;
}

/* Reads a source from FD and closes it. FD may be a negative errno, which is returned. */
static int source_of_fd(int fd, struct source **out)
{
	struct source *source;
	int err;

	if (fd < 0)
		return fd;
	source = calloc(1, sizeof(*source));
	err = source ? read_text(fd, source) : -ENOMEM;
	close(fd);
	if (!err)
		err = index_lines(source);
	if (err) {
		source__close(source);
		return err;
	}
	*out = source;
	return 0;
}

/* A file whose time says nothing. */
static int source_of_copy(int fd, struct source **out)
{
	int err = source_of_fd(fd, out);

	if (!err)
		(*out)->modified_ns = 0;
	return err;
}

int source__open(const struct source_dirs *dirs, const struct target_files *files, const char *file,
		 struct source **out)
{
	int mapped = source_dirs__open(dirs, file, true), own = -ENOENT, fd;

	if (mapped >= 0)
		return source_of_copy(mapped, out);
	if (files)
		own = target_files__open(files, file);
	if (own >= 0)
		return source_of_fd(own, out);
	fd = source_dirs__open(dirs, file, false);
	return source_of_copy(fd >= 0 ? fd : own, out);
}

int source__fetch(const char *build_id, const char *file, const struct diag *diag, struct source **out)
{
	return source_of_copy(debuginfod__fetch_source(build_id, file, diag), out);
}

void source__close(struct source *source)
{
	if (!source)
		return;
	free(source->text);
	free(source->starts);
	free(source);
}

const char *source__line(const struct source *source, uint32_t line, size_t *len)
{
	size_t start, end;

	if (!line || line > source->n_lines)
		return NULL;
	start = source->starts[line - 1];
	end = source->starts[line];
	if (end > start && source->text[end - 1] == '\n') {
		end--;
		if (end > start && source->text[end - 1] == '\r')
			end--;
	}
	*len = end - start;
	return source->text + start;
}

uint32_t source__n_lines(const struct source *source)
{
	return source->n_lines;
}

bool source__is_newer(const struct source *source, int64_t ns)
{
	/* A file system that keeps whole seconds, or who copied the file, may have cut off the rest. */
	bool whole = source->modified_ns % SECOND_NS == 0 || ns % SECOND_NS == 0;

	if (!source->modified_ns || !ns)
		return false;
	return whole ? source->modified_ns / SECOND_NS > ns / SECOND_NS : source->modified_ns > ns;
}
