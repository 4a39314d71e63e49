// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes comma-separated values (RFC 4180) with a header and a row for each line of each function, in nanoseconds, for
 * spreadsheets, databases and data frames. Where a line was sampled and not probed, the cell of its hits is empty, and
 * so is the time of a line that no sample fell on, if times are those of samples. New columns come last, for readers
 * that count columns. Notes and the table of functions are not included, because rows of lines have no place for them.
 *
 * Protection against formulas: a spreadsheet takes a cell that begins like a formula for one, even if it is quoted,
 * and a formula can send data away or start a program. The names come from whoever built the target. So an apostrophe,
 * which spreadsheets take for "this is text", is written before a name that begins like a formula. It is also written
 * before a name that begins with an apostrophe, so that readers can undo this reliably. Objective-C names begin with
 * "-" and get the apostrophe too.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "report/report.h"

#define END_OF_ROW "\r\n"

static const char header[] = "file,function,linkage_name,object,build_id,pid,tid,line,hits,time_ns,uncertainty_ns,"
			     "blocked_ns,waiting_ns,hits_inexact,hits_uncertainty" END_OF_ROW;

/* East Asian editions of spreadsheets also accept the full-width forms of these characters. */
static bool begins_like_formula(const char *text)
{
	static const char *const beginnings[] = {"=", "+", "-", "@", "\t", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		if (!strncmp(text, beginnings[i], strlen(beginnings[i])))
			return true;
	}
	return false;
}

/* Quotation marks inside the quoted text are doubled. */
static void put_within_quotes(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
}

/* Writes TEXT made printable, and thus without line ends, so that every row of the file is one line. */
static int put_text(const char *text, FILE *out)
{
	char *cell = printable__string(text, PRINTABLE_KEEP_TAB);
	bool formula;

	if (!cell)
		return -ENOMEM;
	formula = begins_like_formula(cell);
	/* Cells with blanks are quoted, because some readers trim blanks outside of quotation marks. */
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

/* Writes the ID of a process or thread; an empty cell if the figures are sums over all of them. */
static void put_id(int id, FILE *out)
{
	if (id)
		fprintf(out, "%d", id);
	fputc(',', out);
}

/* Writes a number; an empty cell if it is not known. */
static void put_number(bool known, uint64_t number, FILE *out)
{
	if (known)
		fprintf(out, "%" PRIu64, number);
	fputc(',', out);
}

static int put_row(const struct profile_function *function, const struct profile_line *line, FILE *out)
{
	const char *const texts[] = {profile_function__file(function, line->file), function->name,
				     function->linkage_name, function->object, function->build_id};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int err = put_text(texts[i], out);

		if (err)
			return err;
	}
	put_id(function->owner.pid, out);
	put_id(function->owner.tid, out);
	fprintf(out, "%" PRIu32 ",", line->line);
	put_number(profile_function__knows_hits(function, line), line->hits, out);
	put_number(profile_function__knows_time(function, line), line->time_ns, out);
	fprintf(out, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%d,", line->uncertainty_ns, line->blocked_ns,
		line->waiting_ns, line->hits_inexact);
	fprintf(out, "%" PRIu64 END_OF_ROW, line->hits_uncertainty);
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
