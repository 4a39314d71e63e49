// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"

/* FAILURE is a -errno whose words end the sentence, or 0. */
static void say(const struct diag *diag, int failure, const char *format, va_list args)
{
	flockfile(diag->stream); /* Keeps the messages of other threads from being mixed into this line. */
	status__erase(diag->status);
	fputs("lprof-bpf: ", diag->stream);
	printable__vprint(diag->stream, format, args);
	if (failure)
		fprintf(diag->stream, ": %s", strerror(-failure));
	fputc('\n', diag->stream);
	fflush(diag->stream);
	funlockfile(diag->stream);
}

/* Unless somebody knows the cause, and says that. */
static void say_error(const struct diag *diag, int failure, const char *format, va_list args)
{
	struct diag plain = *diag;

	plain.cause = NULL;
	if (!diag->cause || !diag->cause->explain(diag->cause->context, &plain))
		say(diag, failure, format, args);
}

void diag__error(const struct diag *diag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_error(diag, 0, format, args);
	va_end(args);
}

void diag__failure(const struct diag *diag, int err, const char *format, ...)
{
	va_list args;

	if (err == -ENOMEM)
		return;
	va_start(args, format);
	say_error(diag, err, format, args);
	va_end(args);
}

int diag__end(const struct diag *diag, int err)
{
	if (err == -ENOMEM)
		diag__error(diag, "out of memory");
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

void diag__note(const struct diag *diag, const char *format, ...)
{
	va_list args;

	if (diag->verbosity < 0)
		return;
	va_start(args, format);
	say(diag, 0, format, args);
	va_end(args);
}

void diag__debug(const struct diag *diag, const char *format, ...)
{
	va_list args;

	if (diag->verbosity < 1)
		return;
	va_start(args, format);
	say(diag, 0, format, args);
	va_end(args);
}
