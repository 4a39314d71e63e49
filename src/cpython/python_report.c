// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpython/python_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpython/python_block.h"
#include "profile/rough_count.h"
#include "profile/source.h"
#include "profiler/profile_time.h"

/* The counters of a line, and which function the line belongs to. */
struct row {
	const struct python_code *code; /* the first of all code objects that are the same function */
	const struct counters_line *line;
};

/* Whether SELECTOR selects the function around a single line, *LINE. */
static const struct selector *around_line(const struct selector *selector, unsigned *line)
{
	unsigned last;

	return selector__lines(selector, line, &last) && *line == last ? selector : NULL;
}

/* Whether no other function that SELECTOR selects is inside of this one: around a line, only the innermost is meant. */
static bool is_inner(const struct python_report *report, const struct python_code *code,
		     const struct selector *selector)
{
	for (size_t i = 0; i < report->codes->n; i++) {
		const struct python_code *other = &report->codes->items[i];

		if (other->id && !other->unwanted && other->first_line > code->first_line &&
		    !strcmp(other->file, code->file) && python_code__is_selected(other, selector))
			return false;
	}
	return true;
}

static bool is_reported(const struct python_report *report, const struct python_code *code)
{
	unsigned line;

	if (!code->id || code->unwanted)
		return false;
	for (size_t i = 0; i < report->n_selectors; i++) {
		const struct selector *selector = report->selectors[i];

		if (python_code__is_selected(code, selector) &&
		    (!around_line(selector, &line) || is_inner(report, code, selector)))
			return true;
	}
	return false;
}

static int compare_code_pointers(const void *a, const void *b)
{
	const struct python_code *x = *(const struct python_code *const *)a, *y = *(const struct python_code *const *)b;
	int order = python_code__compare(x, y);

	return order ? order : (x->id > y->id) - (x->id < y->id);
}

/*
 * Finds out which code objects are the same function. Returns an array owned by the caller, whose element ID - 1 is the
 * first code object that is the same function as ID; NULL if it is not reported. NULL when out of memory.
 */
static const struct python_code **find_functions(const struct python_report *report)
{
	size_t n = 0, n_codes = report->codes->n;
	const struct python_code **sorted = calloc(n_codes + 1, sizeof(struct python_code *));
	const struct python_code **functions = calloc(n_codes + 1, sizeof(struct python_code *));

	if (!sorted || !functions) {
		free(sorted);
		free(functions);
		return NULL;
	}
	for (size_t i = 0; i < n_codes; i++)
		if (is_reported(report, &report->codes->items[i]))
			sorted[n++] = &report->codes->items[i];
	qsort(sorted, n, sizeof(struct python_code *), compare_code_pointers);
	for (size_t i = 0, first = 0; i < n; i++) {
		if (python_code__compare(sorted[i], sorted[first]))
			first = i;
		functions[sorted[i]->id - 1] = sorted[first];
	}
	free(sorted);
	return functions;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = python_code__compare(x->code, y->code);

	if (!order)
		order = (x->line->owner > y->line->owner) - (x->line->owner < y->line->owner);
	return order ? order : (x->line->line > y->line->line) - (x->line->line < y->line->line);
}

static size_t fill_rows(const struct counters *counters, const struct python_code *const *functions, size_t n_codes,
			struct row *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < counters->n_lines; i++) {
		const struct counters_line *line = &counters->lines[i];

		if (line->code && line->code <= n_codes && functions[line->code - 1])
			rows[n++] = (struct row){functions[line->code - 1], line};
	}
	if (n)
		qsort(rows, n, sizeof(*rows), compare_rows);
	return n;
}

/*
 * The profile's line for a line's counters. The counters of the entry (line 0) belong to the line where execution
 * begins. If the interpreter has no event for the beginning of that line, each call counts as a hit of it.
 */
static struct profile_line to_line(const struct python_code *code, uint32_t line, const struct attribute_edge *edge)
{
	uint64_t hits = edge->departures;

	if (!line) {
		line = code->lines.first ? code->lines.first : code->lines.n ? code->lines.lines[0] : code->first_line;
		hits = code->lines.silent ? edge->departures : 0;
	}
	return profile_time__line(line, hits, &edge->time);
}

/* Adds what windows tell of the line. */
static void add_total(const struct python_total *total, const struct row *row, struct profile_function *function,
		      struct profile_line *line)
{
	uint64_t hits = (uint64_t)llround(total->hits), doubt = (uint64_t)ceil(total->uncertainty);

	function->estimated = true;
	line->uncertainty_ns += (uint64_t)ceil(total->time_doubt_ns);
	if (row->line->line || row->code->lines.silent) {
		line->hits += hits;
		line->hits_uncertainty = doubt;
	}
	if (!row->line->line) {
		function->calls += hits;
		function->calls_uncertainty = rough_count__doubt_of_sum(function->calls_uncertainty, doubt);
	}
}

static int add_row(const struct python_report *report, const struct frontend_measurement *measurement,
		   const struct row *row, struct profile_function *function)
{
	const struct lprof_edge *counted = &measurement->counters->interpreted[row->line->edge];
	const struct attribute_edge edge = estimate__edge(counted, -1, &measurement->run, &measurement->scale,
							  measurement->clock == PROFILE_CLOCK_CPU);
	struct profile_line line;

	if (row->line->line == LPROF_PYTHON_RETURNS) {
		function->estimated |= report->totals != NULL;
		return 0;
	}
	line = to_line(row->code, row->line->line, &edge);
	if (!row->line->line)
		function->calls += edge.departures;
	if (report->totals && report->totals[row->line - measurement->counters->lines].estimated)
		add_total(&report->totals[row->line - measurement->counters->lines], row, function, &line);
	return profile_function__add_line(function, &line);
}

/* The source of the function that was added last. It is kept because the next function is mostly in the same file. */
struct last_source {
	const char *file; /* NULL: none */
	const struct target_files *files;
	struct source *source; /* NULL: it cannot be read */
};

static void find_last(const struct python_report *report, struct profile_function *function,
		      const struct python_code *code, struct last_source *last)
{
	if (*code->name == '<' || *code->file == '<')
		return;
	if (!last->file || strcmp(last->file, code->file) != 0 || last->files != function->files) {
		source__close(last->source);
		last->file = code->file;
		last->files = function->files;
		if (source__open(report->source_dirs, function->files, function->file, &last->source))
			last->source = NULL;
	}
	if (last->source)
		function->last = python_block__last(last->source, code->first_line);
}

static struct profile_function *add_function(const struct python_report *report, const struct python_code *code,
					     const struct profile_owner *owner, struct last_source *last,
					     struct profile *profile)
{
	const struct python_interpreter *interpreter = report->interpreter;
	struct profile_function *function =
		profile__add_function(profile, code->qualname, "", code->file, code->first_line);
	int err = function ? profile_function__set_place(function, interpreter ? interpreter->name : "",
							 interpreter ? interpreter->build_id : "",
							 python_owners__files(report->owners, code->id))
			   : -ENOMEM;

	for (size_t i = 0; !err && i < code->lines.n; i++) {
		const struct profile_line line = {.line = code->lines.lines[i]};

		err = profile_function__add_line(function, &line);
	}
	if (!err && *code->file == '<')
		err = profile_function__add_note(function,
						 "it was not compiled from a file: there is no source to show");
	if (!err && report->totals && report->unseen)
		err = profile_function__add_note(
			function, "there was no time yet to count it now and then: its hits are too low");
	if (err)
		return NULL;
	function->owner = *owner;
	function->made_ns = report->began_ns;
	find_last(report, function, code, last);
	return function;
}

static struct profile_owner owner_of(const struct counters *counters, uint32_t id)
{
	for (size_t i = 0; i < counters->n_owners; i++)
		if (counters->owners[i].id == id)
			return frontend__owner(&counters->owners[i]);
	return (struct profile_owner){0};
}

/* A line of which no hit was seen may have been hit a few times, as ROW's counting tells. */
static void doubt_unseen(const struct python_report *report, const struct counters *counters, const struct row *row,
			 struct profile_function *function)
{
	uint64_t doubt = (uint64_t)ceil(report->totals[row->line - counters->lines].unseen);

	if (!report->totals[row->line - counters->lines].estimated)
		return;
	for (size_t i = 0; i < function->n_lines; i++)
		if (!function->lines[i].hits && !function->lines[i].hits_uncertainty)
			function->lines[i].hits_uncertainty = doubt;
}

static int add_functions(const struct python_report *report, const struct frontend_measurement *measurement,
			 const struct row *rows, size_t n, struct profile *profile)
{
	struct profile_function *function = NULL;
	struct last_source last = {0};
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		if (!i || rows[i].code != rows[i - 1].code || rows[i].line->owner != rows[i - 1].line->owner) {
			const struct profile_owner owner = owner_of(measurement->counters, rows[i].line->owner);

			function = add_function(report, rows[i].code, &owner, &last, profile);
		}
		err = function ? add_row(report, measurement, &rows[i], function) : -ENOMEM;
		if (!err && report->totals &&
		    (i + 1 == n || rows[i + 1].code != rows[i].code || rows[i + 1].line->owner != rows[i].line->owner))
			doubt_unseen(report, measurement->counters, &rows[i], function);
	}
	source__close(last.source);
	return err;
}

static bool is_found(const struct python_report *report, const struct selector *selector)
{
	for (size_t i = 0; i < report->codes->n; i++)
		if (report->codes->items[i].id && !report->codes->items[i].unwanted &&
		    python_code__is_selected(&report->codes->items[i], selector))
			return true;
	return false;
}

static int note_missing(const struct python_report *report, struct profile *profile)
{
	int err = 0;

	for (size_t s = 0; !err && s < report->n_selectors; s++)
		if (report->awaited[s] && !is_found(report, report->selectors[s]))
			err = profile__add_note(profile, "no function that matches %s was executed",
						selector__text(report->selectors[s]));
	return err;
}

int python_report__add(const struct python_report *report, const struct frontend_measurement *measurement,
		       struct profile *profile)
{
	const struct counters *counters = measurement->counters;
	const struct python_code **functions = find_functions(report);
	struct row *rows = calloc(counters->n_lines + 1, sizeof(*rows));
	size_t first = profile->n_functions;
	int err = functions && rows ? 0 : -ENOMEM;

	if (!err)
		err = add_functions(report, measurement, rows, fill_rows(counters, functions, report->codes->n, rows),
				    profile);
	if (!err && profile__is_uncertain(profile, first))
		err = profile__add_note(
			profile, "~ the time is within the uncertainty of what the probes of Python's lines cost");
	if (!err)
		err = note_missing(report, profile);
	free(functions);
	free(rows);
	return err;
}
