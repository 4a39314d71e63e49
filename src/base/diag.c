// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/diag.h"

#include <stdarg.h>

#include "base/printable.h"

static void say(const struct diag *diag, const char *format, va_list args)
{
	flockfile(diag->stream); /* Keeps the messages of other threads from being mixed into this line. */
	status__erase(diag->status);
	fputs("lprof-bpf: ", diag->stream);
	printable__vprint(diag->stream, format, args);
	fputc('\n', diag->stream);
	fflush(diag->stream);
	funlockfile(diag->stream);
}

void diag__error(const struct diag *diag, const char *format, ...)
{
	struct diag plain = *diag;
	va_list args;

	plain.cause = NULL;
	if (diag->cause && diag->cause->explain(diag->cause->context, &plain))
		return;
	va_start(args, format);
	say(diag, format, args);
	va_end(args);
}

void diag__note(const struct diag *diag, const char *format, ...)
{
	va_list args;

	if (diag->verbosity < 0)
		return;
	va_start(args, format);
	say(diag, format, args);
	va_end(args);
}

void diag__debug(const struct diag *diag, const char *format, ...)
{
	va_list args;

	if (diag->verbosity < 1)
		return;
	va_start(args, format);
	say(diag, format, args);
	va_end(args);
}
