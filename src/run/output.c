// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/output.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "run/output_file.h"
#include "terminal/charset.h"
#include "terminal/pager.h"

struct output {
	const char *path;	 /* borrowed, NULL: standard output */
	struct output_file file; /* with PATH only */
	bool pages;		 /* a report that is longer than the screen goes through a pager */
};

int output__open(const char *path, const struct diag *diag, struct output **out)
{
	struct output *output = calloc(1, sizeof(*output));
	int err = 0;

	if (!output)
		return -ENOMEM;
	output->path = path;
	if (path)
		err = output_file__open(path, diag, &output->file);
	if (err)
		free(output);
	else
		*out = output;
	return err;
}

int output__fd(const struct output *output)
{
	return output->path ? output->file.fd : STDOUT_FILENO;
}

void output__use_pager(struct output *output)
{
	output->pages = isatty(output__fd(output));
}

static int show(struct output *output, const char *text, size_t size)
{
	if (output->pages && !pager__fits(output__fd(output), text, size) && !pager__show(text, size))
		return 0;
	if (output->path)
		return output_file__write(&output->file, text, size);
	return descriptor__write_all(STDOUT_FILENO, text, size);
}

/*
 * A report is made in memory, because a report that fails is to leave nothing behind. And only when it is whole is it
 * known whether it fits on the screen.
 */
int output__write_by(struct output *output, int (*write)(const void *what, const struct report_style *style, FILE *out),
		     const void *what, const struct report_style *style, const struct diag *diag)
{
	struct report_style fitted = *style;
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int err;

	fitted.columns = pager__columns(output__fd(output));
	if (fitted.columns)
		fitted.estimate_mark = charset__is_utf8() ? "\u2248" : "*";
	err = memory ? write(what, &fitted, memory) : -ENOMEM;
	/* All that can be wrong with a stream in memory is memory; formats return -EIO for any error of the stream. */
	if (err == -EIO && ferror(memory))
		err = -ENOMEM;
	if (memory && fclose(memory) && !err)
		err = -ENOMEM;
	if (!err)
		err = show(output, text, size);
	free(text);
	if (err)
		diag__failure(diag, err, "cannot write the report to %s",
			      output->path ? output->path : "standard output");
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
	if (output && output->path)
		output_file__close(&output->file);
	free(output);
}
