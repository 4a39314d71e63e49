// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes folded stacks for flame graph tools: "process;function (file:line) nanoseconds". The caller of a function is
 * not known, so each function stands by itself; if both caller and callee are profiled, the callee's time is in both.
 * A line without time has no width in a flame graph and is left out. Notes are not included, because the format has no
 * place for them.
 *
 * Characters with a meaning in this format are escaped: a semicolon separates frames, and some readers take a line
 * that begins with "#" for a comment. The number is what follows the last blank, so other blanks need no escaping.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/printable.h"
#include "report/report.h"

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/*
 * Writes the name of the process or thread to which the figures belong. If they are sums over several processes,
 * writes the name of the profiled command or else of the object.
 */
static void put_process(const struct profile *profile, const struct profile_function *function, FILE *out)
{
	const struct profile_owner *owner = &function->owner;

	if (owner->pid)
		printable__write_except(owner->comm, ";#", out);
	else
		printable__write_except(last_part(profile->n_command ? profile->command[0] : function->object), ";#",
					out);
	if (owner->tid)
		fprintf(out, " (thread %d of process %d)", owner->tid, owner->pid);
	else if (owner->pid)
		fprintf(out, " (process %d)", owner->pid);
}

static void put_line(const struct profile *profile, const struct profile_function *function,
		     const struct profile_line *line, FILE *out)
{
	put_process(profile, function, out);
	fputc(';', out);
	printable__write_except(function->name, ";", out);
	fputs(" (", out);
	printable__write_except(profile_function__file(function, line->file), ";", out);
	fprintf(out, ":%" PRIu32 ") %" PRIu64 "\n", line->line, line->time_ns);
}

static int write_folded(const struct profile *profile, const struct report_style *style, FILE *out)
{
	(void)style;
	for (size_t f = 0; f < profile->n_functions; f++) {
		const struct profile_function *function = &profile->functions[f];

		for (size_t i = 0; i < function->n_lines; i++) {
			if (function->lines[i].time_ns)
				put_line(profile, function, &function->lines[i], out);
		}
	}
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_folded = {.name = "folded", .suffix = ".folded", .write = write_folded};
