// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes lcov's format for test coverage, which genhtml, editors and coverage servers read. There is a record for each
 * source file, with the calls of its functions and the hits of its lines. Times, notes and
 * marks of inexact hits have no place in it, nor has the owner (process or thread): the figures of all owners are
 * added.
 *
 * Readers identify a function by its name within a file. Like lcov itself, this writes the linkage name where there is
 * one, because it differs between overloaded functions; `genhtml --demangle-cpp` shows the readable name. A comma
 * would end the name, so it is escaped.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "profile/place_order.h"
#include "report/report.h"

/* The functions of one source file, sorted by place. */
struct record {
	const struct profile_function **functions;
	size_t n;
};

/* Whether A and B become one function in the record, because a reader could not tell them apart. */
static bool is_same_function(const struct profile_function *a, const struct profile_function *b)
{
	return a->line == b->line && !strcmp(a->name, b->name) && !strcmp(a->linkage_name, b->linkage_name);
}

static void put_function(const char *key, uint64_t number, const struct profile_function *function, FILE *out)
{
	const char *name = *function->linkage_name ? function->linkage_name : function->name;

	fprintf(out, "%s:%" PRIu64 ",", key, number);
	printable__write_except(*name ? name : "???", ",", out);
	fputc('\n', out);
}

static void put_functions(const struct record *record, FILE *out)
{
	size_t found = 0, hit = 0;

	for (size_t i = 0, next; i < record->n; i = next) {
		uint64_t calls = 0;

		for (next = i; next < record->n && is_same_function(record->functions[next], record->functions[i]);)
			calls += record->functions[next++]->calls;
		put_function("FN", record->functions[i]->line, record->functions[i], out);
		put_function("FNDA", calls, record->functions[i], out);
		found++;
		hit += calls > 0;
	}
	fprintf(out, "FNF:%zu\nFNH:%zu\n", found, hit);
}

/*
 * Adds the lines of all functions of the record to MERGED. The hits of a line that several functions have are added.
 */
static int merge_lines(const struct record *record, struct profile_function *merged)
{
	int err = 0;

	for (size_t f = 0; f < record->n; f++) {
		const struct profile_function *function = record->functions[f];

		for (size_t i = 0; !err && i < function->n_lines; i++)
			err = profile_function__add_line(merged, &function->lines[i]);
	}
	return err;
}

static void put_lines(const struct profile_function *merged, FILE *out)
{
	size_t hit = 0;

	for (size_t i = 0; i < merged->n_lines; i++) {
		fprintf(out, "DA:%" PRIu32 ",%" PRIu64 "\n", merged->lines[i].line, merged->lines[i].hits);
		hit += merged->lines[i].hits > 0;
	}
	fprintf(out, "LF:%zu\nLH:%zu\n", merged->n_lines, hit);
}

static int put_record(const struct record *record, FILE *out)
{
	struct profile *scratch = profile__new();
	struct profile_function *merged = scratch ? profile__add_function(scratch, "", "", "", 0) : NULL;
	int err = merged ? merge_lines(record, merged) : -ENOMEM;

	if (!err) {
		fputs("TN:\nSF:", out);
		printable__write_except(record->functions[0]->file, "", out);
		fputc('\n', out);
		put_functions(record, out);
		put_lines(merged, out);
		fputs("end_of_record\n", out);
	}
	profile__free(scratch);
	return err;
}

static int write_lcov(const struct profile *profile, const struct report_style *style, FILE *out)
{
	const struct profile_function **functions = place_order__functions(profile);
	int err = functions ? 0 : -ENOMEM;

	(void)style;
	for (size_t i = 0, n; !err && i < profile->n_functions; i += n) {
		for (n = 1; i + n < profile->n_functions && !strcmp(functions[i]->file, functions[i + n]->file);)
			n++;
		/* A function without a known file has no lines to report. */
		if (*functions[i]->file)
			err = put_record(&(struct record){.functions = &functions[i], .n = n}, out);
	}
	free(functions);
	if (err)
		return err;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_lcov = {.name = "lcov", .suffix = ".info", .write = write_lcov};
