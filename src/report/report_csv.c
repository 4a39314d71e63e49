// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Comma-separated values (RFC 4180) with a header: a row for each line of each function, in the
 * profile's own units, for spreadsheets, databases and data frames. Notes have no place here.
 *
 * A spreadsheet takes a cell that begins like a formula for one, quoted or not, and a formula can send
 * data away or start a program. A name comes from whoever built the target, so one that begins like
 * that (or with an apostrophe, so that this can be undone) has an apostrophe put before it, which
 * spreadsheets take for "this is text". A name that begins with "-" may be an innocent one of
 * Objective-C; it gets the apostrophe nevertheless.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "report/report.h"

#define END_OF_ROW "\r\n"

static const char header[] = "file,function,linkage_name,object,build_id,pid,tid,line,hits,time_ns,uncertainty_ns,"
			     "blocked_ns,waiting_ns" END_OF_ROW;

/* Wide ones are what East Asian editions of spreadsheets take for the narrow ones. */
static bool begins_like_formula(const char *text)
{
	static const char *const beginnings[] = {"=", "+", "-", "@", "\t", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		if (!strncmp(text, beginnings[i], strlen(beginnings[i])))
			return true;
	}
	return false;
}

/* A quotation mark within quotation marks is written twice. */
static void put_within_quotes(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
}

/* What printable makes of TEXT has no line ends, so that every row of the file is one line. */
static int put_text(const char *text, FILE *out)
{
	char *cell = printable__string(text, PRINTABLE_KEEP_TAB);
	bool formula;

	if (!cell)
		return -ENOMEM;
	formula = begins_like_formula(cell);
	/* Some readers trim blanks that are not within quotation marks. */
	if (formula || strpbrk(cell, "\", \t")) {
		fputs(formula ? "\"'" : "\"", out);
		put_within_quotes(cell, out);
		fputc('"', out);
	} else {
		fputs(cell, out);
	}
	fputc(',', out);
	free(cell);
	return 0;
}

/* A process or thread is left empty where figures are of all together. */
static void put_id(int id, FILE *out)
{
	if (id)
		fprintf(out, "%d", id);
	fputc(',', out);
}

static int put_row(const struct profile_function *function, const struct profile_line *line, FILE *out)
{
	const char *const texts[] = {function->file, function->name, function->linkage_name, function->object,
				     function->build_id};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int err = put_text(texts[i], out);

		if (err)
			return err;
	}
	put_id(function->owner.pid, out);
	put_id(function->owner.tid, out);
	fprintf(out, "%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 END_OF_ROW, line->line,
		line->hits, line->time_ns, line->uncertainty_ns, line->blocked_ns, line->waiting_ns);
	return 0;
}

static int write_csv(const struct profile *profile, const struct report_style *style, FILE *out)
{
	int err = 0;

	(void)style;
	fputs(header, out);
	for (size_t f = 0; f < profile->n_functions; f++) {
		const struct profile_function *function = &profile->functions[f];

		for (size_t i = 0; !err && i < function->n_lines; i++)
			err = put_row(function, &function->lines[i], out);
	}
	if (err)
		return err;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_csv = {.name = "csv", .suffix = ".csv", .write = write_csv};
