// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/output_file.h"
#include "terminal/pager.h"

struct output {
	const char *path; /* borrowed, NULL: standard output */
	FILE *file;
	bool pages; /* a report that is longer than the screen goes through a pager */
};

int output__open(const char *path, const struct diag *diag, struct output **out)
{
	struct output *output = calloc(1, sizeof(*output));
	int fd;

	if (!output)
		return -ENOMEM;
	output->path = path;
	output->file = stdout;
	if (!path) {
		*out = output;
		return 0;
	}
	fd = output_file__open(path, diag);
	if (fd < 0) {
		free(output);
		return fd;
	}
	output->file = fdopen(fd, "w");
	if (!output->file) {
		close(fd);
		free(output);
		return -ENOMEM;
	}
	*out = output;
	return 0;
}

int output__fd(const struct output *output)
{
	return fileno(output->file);
}

void output__use_pager(struct output *output)
{
	output->pages = isatty(output__fd(output));
}

/* Writes to memory first, because only then is it known whether the report fits on the screen. */
static int write_paged(struct output *output,
		       int (*write)(const void *what, const struct report_style *style, FILE *out), const void *what,
		       const struct report_style *style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int err = memory ? write(what, style, memory) : -ENOMEM;

	if (memory && fclose(memory) && !err)
		err = -ENOMEM;
	if (!err && (pager__fits(output__fd(output), text, size) || pager__show(text, size)))
		fwrite(text, 1, size, output->file);
	free(text);
	return err;
}

int output__write_by(struct output *output, int (*write)(const void *what, const struct report_style *style, FILE *out),
		     const void *what, const struct report_style *style, const struct diag *diag)
{
	struct report_style fitted = *style;
	int err = 0;

	fitted.columns = pager__columns(output__fd(output));
	if (output->path) {
		rewind(output->file);
		/* EINVAL: a pipe or a device, which cannot be truncated and need not be. */
		if (ftruncate(fileno(output->file), 0) && errno != EINVAL)
			err = -errno;
	}
	errno = 0;
	if (!err)
		err = output->pages ? write_paged(output, write, what, &fitted) : write(what, &fitted, output->file);
	if (err == -EIO && errno) /* formats return -EIO for any error of the stream; errno has its reason */
		err = -errno;
	if (!err && (fflush(output->file) || ferror(output->file)))
		err = errno ? -errno : -EIO;
	if (err) {
		diag__failure(diag, err, "cannot write the report to %s",
			      output->path ? output->path : "standard output");
		/* The error has been reported; fclose() must not try to write the rest and fail again. */
		__fpurge(output->file);
		clearerr(output->file);
	}
	return err;
}

struct formatted {
	const struct report_format *format;
	const struct profile *profile;
};

static int write_formatted(const void *what, const struct report_style *style, FILE *out)
{
	const struct formatted *formatted = what;

	return formatted->format->write(formatted->profile, style, out);
}

int output__write(struct output *output, const struct report_format *format, const struct report_style *style,
		  const struct profile *profile, const struct diag *diag)
{
	const struct formatted formatted = {format, profile};

	return output__write_by(output, write_formatted, &formatted, style, diag);
}

void output__close(struct output *output)
{
	if (!output)
		return;
	if (output->path)
		fclose(output->file);
	free(output);
}
