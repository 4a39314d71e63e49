// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes lcov's format for test coverage, which genhtml, editors and coverage servers read. There is a record for each
 * source file, with the calls of the functions that it declares and the hits of its lines, in whichever function.
 * Times, notes and marks of inexact and estimated hits have no place in it, nor has the owner (process or thread): the
 * figures of all owners are added. A function that was sampled and not probed has no hits, so it is left out, and a
 * comment says so.
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
#include "profile/rough_count.h"
#include "report/report.h"

/* One source file. */
struct record {
	const char *file;
	/* All functions with hits, sorted by place. Those that the file declares are N from FIRST on. */
	const struct profile_function **functions;
	size_t n_all, first, n;
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

static uint64_t rounded_calls(const struct profile_function *function)
{
	return rough_count__rounded(function->calls, function->calls_uncertainty);
}

static void put_functions(const struct record *record, FILE *out)
{
	size_t found = 0, hit = 0;

	for (size_t i = record->first, next; i < record->first + record->n; i = next) {
		uint64_t calls = 0;

		for (next = i; next < record->first + record->n &&
			       is_same_function(record->functions[next], record->functions[i]);)
			calls += rounded_calls(record->functions[next++]);
		put_function("FN", record->functions[i]->line, record->functions[i], out);
		put_function("FNDA", calls, record->functions[i], out);
		found++;
		hit += calls > 0;
	}
	fprintf(out, "FNF:%zu\nFNH:%zu\n", found, hit);
}

/* Adds the lines of FUNCTION that are in the record's file. */
static int merge_function(const struct record *record, const struct profile_function *function,
			  struct profile_function *merged)
{
	int err = 0;

	for (size_t i = 0; !err && i < function->n_lines; i++) {
		struct profile_line line = function->lines[i];

		if (strcmp(profile_function__file(function, line.file), record->file) != 0)
			continue;
		line.file = 0;
		err = profile_function__add_line(merged, &line);
	}
	return err;
}

/*
 * Adds the lines of the record to MERGED: those of its own functions, and those that other functions have in its file.
 * The hits of a line that several functions have are added.
 */
static int merge_lines(const struct record *record, struct profile_function *merged)
{
	int err = 0;

	for (size_t i = 0; !err && i < record->n_all; i++) {
		bool own = i >= record->first && i - record->first < record->n;

		if (own || record->functions[i]->n_others)
			err = merge_function(record, record->functions[i], merged);
	}
	return err;
}

static void put_lines(const struct profile_function *merged, FILE *out)
{
	size_t hit = 0;

	for (size_t i = 0; i < merged->n_lines; i++) {
		const struct profile_line *line = &merged->lines[i];

		fprintf(out, "DA:%" PRIu32 ",%" PRIu64 "\n", line->line,
			rough_count__rounded(line->hits, line->hits_uncertainty));
		hit += line->hits > 0;
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
		printable__write_except(record->file, "", out);
		fputc('\n', out);
		put_functions(record, out);
		put_lines(merged, out);
		fputs("end_of_record\n", out);
	}
	profile__free(scratch);
	return err;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * The names of all files with lines, sorted, each once. The array of *n pointers is owned by the caller and borrows
 * from FUNCTIONS. NULL when out of memory.
 */
static const char **list_files(const struct profile_function *const *functions, size_t n_functions, size_t *n)
{
	const char **files;
	size_t most = 1, kept = 0;

	*n = 0;
	for (size_t i = 0; i < n_functions; i++)
		most += 1 + functions[i]->n_others;
	files = calloc(most, sizeof(*files));
	if (!files)
		return NULL;
	for (size_t i = 0; i < n_functions; i++)
		for (uint32_t file = 0; file <= functions[i]->n_others; file++)
			files[(*n)++] = profile_function__file(functions[i], file);
	qsort(files, *n, sizeof(*files), compare_names);
	for (size_t i = 0; i < *n; i++)
		if (!kept || strcmp(files[kept - 1], files[i]) != 0)
			files[kept++] = files[i];
	*n = kept;
	return files;
}

static int put_records(const struct profile_function **functions, size_t n, FILE *out)
{
	struct record record = {.functions = functions, .n_all = n};
	size_t n_files;
	const char **files = list_files(functions, n, &n_files);
	int err = files ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < n_files; i++) {
		record.file = files[i];
		record.first += record.n;
		record.n = 0;
		while (record.first + record.n < record.n_all &&
		       !strcmp(functions[record.first + record.n]->file, record.file))
			record.n++;
		/* A function without a known file has no lines to report. */
		if (*record.file)
			err = put_record(&record, out);
	}
	free(files);
	return err;
}

/* Removes those of the N functions that were not counted, and says how many. Returns how many are left. */
static size_t leave_out_uncounted(const struct profile_function **functions, size_t n, FILE *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!functions[i]->uncounted)
			functions[kept++] = functions[i];
	if (kept != n)
		fprintf(out,
			"# %zu of %zu functions are left out, which were sampled and not probed, so that their "
			"hits are not known\n",
			n - kept, n);
	return kept;
}

static int write_lcov(const struct profile *profile, const struct report_style *style, FILE *out)
{
	const struct profile_function **functions = place_order__functions(profile);
	int err = -ENOMEM;

	(void)style;
	if (functions)
		err = put_records(functions, leave_out_uncounted(functions, profile->n_functions, out), out);
	free(functions);
	if (err)
		return err;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_lcov = {.name = "lcov", .suffix = ".info", .write = write_lcov};
