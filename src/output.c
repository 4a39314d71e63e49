// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct output {
	const char *path; /* borrowed, NULL: standard output */
	FILE *file;
};

int output__open(const char *path, const struct diag *diag, struct output **out)
{
	struct output *output = calloc(1, sizeof(*output));
	int fd, err;

	if (!output)
		return -ENOMEM;
	output->path = path;
	output->file = stdout;
	if (!path) {
		*out = output;
		return 0;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	output->file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (output->file) {
		*out = output;
		return 0;
	}
	err = -errno;
	diag__error(diag, "cannot write to %s: %s; choose another file with -o", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(output);
	return err;
}

int output__write(struct output *output, const struct report_format *format, const struct report_style *style,
		  const struct profile *profile, const struct diag *diag)
{
	int err = 0;

	if (output->path) {
		rewind(output->file);
		/* Not possible for a pipe or a device, and not needed there. */
		if (ftruncate(fileno(output->file), 0) && errno != EINVAL)
			err = -errno;
	}
	if (!err)
		err = format->write(profile, style, output->file);
	if (!err && fflush(output->file))
		err = -errno;
	if (err)
		diag__error(diag, "cannot write the report to %s: %s", output->path ? output->path : "standard output",
			    strerror(-err));
	return err;
}

void output__close(struct output *output)
{
	if (!output)
		return;
	if (output->path)
		fclose(output->file);
	free(output);
}
