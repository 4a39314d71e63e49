// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes hits and time of each line in Callgrind's format, which KCachegrind and callgrind_annotate read.
 *
 * Readers of this format take the cost of a line as its own, and add the costs of callees from "calls=" lines. Both are
 * known where stacks were sampled; see callgrind_costs.c. Otherwise the time of a line includes its callees, and which
 * functions these are is not known. Then there are no "calls=" lines, and the inclusive cost of a function is its own
 * cost. If both caller and callee are profiled, the callee's time is in both. A comment in the file says so.
 *
 * Names are written as "(NUMBER) NAME", each with a new number. Without a number, a name that itself begins with "(1)"
 * would be taken for a reference to an earlier name.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "report/budget_use.h"
#include "report/callgrind_costs.h"
#include "report/estimated_hits.h"
#include "report/inexact_hits.h"
#include "report/report.h"

struct callgrind_report {
	FILE *out;
	size_t n_names; /* how many numbers of names are in use */
};

static void put_text(struct callgrind_report *report, const char *text)
{
	printable__write(text, strlen(text), PRINTABLE_KEEP_TAB, report->out);
}

static void put_texts(struct callgrind_report *report, const char *before, char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fputs(before, report->out);
		put_text(report, texts[i]);
		fputc('\n', report->out);
	}
}

/*
 * Readers skip blanks before a name, so a name of blanks only would be lost. It is written as "???", as Callgrind
 * writes a function without a name.
 */
static void put_name(struct callgrind_report *report, const char *key, const char *name)
{
	const char *visible = name + strspn(name, " \t");

	fprintf(report->out, "%s=(%zu) ", key, ++report->n_names);
	put_text(report, *visible ? visible : "???");
}

static const char sampled[] =
	"# Time is what samples stand for. In calls= lines, a number of calls that is not known is 1, and that of a\n"
	"# function with several callers is shared out among them by time.\n"
	"positions: line\n"
	"event: Hits : Hits\n"
	"event: Time : Time (ns)\n"
	"events: Hits Time\n";
static const char not_sampled[] =
	"# The time of a line includes that of the functions it calls. Which ones these are is not known,\n"
	"# so there are no calls= lines.\n"
	"positions: line\n"
	"event: Hits : Hits\n"
	"event: Time : Time (ns), callees included\n"
	"events: Hits Time\n";

static void put_header(struct callgrind_report *report, const struct profile *profile,
		       const struct callgrind_costs *costs)
{
	char use[BUDGET_USE_ROOM];

	/* Readers recognize the format by its first line. */
	fputs("# callgrind format\n"
	      "version: 1\n"
	      "creator: lprof-bpf\n",
	      report->out);
	if (profile->n_command) {
		fputs("cmd:", report->out);
		for (size_t i = 0; i < profile->n_command; i++) {
			fputc(' ', report->out);
			put_text(report, profile->command[i]);
		}
		fputc('\n', report->out);
	}
	if (budget_use__explain(&profile->budget, use))
		fprintf(report->out, "desc: Profiling took: %s\n", use);
	put_texts(report, "desc: note: ", profile->notes, profile->n_notes);
	fputs(costs->sampled ? sampled : not_sampled, report->out);
	fprintf(report->out, "summary: %" PRIu64 " %" PRIu64 "\n", costs->hits, costs->time_ns);
}

static void put_owner(struct callgrind_report *report, const struct profile_owner *owner)
{
	if (!owner->pid)
		return;
	fputs(" [", report->out);
	put_text(report, owner->comm);
	if (owner->tid)
		fprintf(report->out, ", thread %d of process %d]", owner->tid, owner->pid);
	else
		fprintf(report->out, ", process %d]", owner->pid);
}

static void put_line(struct callgrind_report *report, const char *key, const char *name)
{
	put_name(report, key, name);
	fputc('\n', report->out);
}

/*
 * callgrind_annotate knows functions by name and file. Code that is not known has neither, so what it is called there
 * must say the object.
 */
static void put_function_name(struct callgrind_report *report, const char *key,
			      const struct callgrind_function *function)
{
	const char *slash = strrchr(function->object, '/');

	put_name(report, key, function->name);
	if (*function->name == '[' && !*function->file && *function->object) {
		fputs(" in ", report->out);
		put_text(report, slash ? slash + 1 : function->object);
	}
	put_owner(report, &function->owner);
	fputc('\n', report->out);
}

static void put_call(struct callgrind_report *report, const struct callgrind_cost *cost,
		     const struct callgrind_function *callee)
{
	put_line(report, "cob", callee->object);
	put_line(report, "cfi", callee->file);
	put_function_name(report, "cfn", callee);
	fprintf(report->out, "calls=%" PRIu64 " %" PRIu32 "\n", cost->calls, callee->line);
}

static void put_numbers(struct callgrind_report *report, uint32_t line, uint64_t hits, uint64_t time_ns)
{
	fprintf(report->out, "%" PRIu32 " %" PRIu64 " %" PRIu64 "\n", line, hits, time_ns);
}

/* Begins the lines of another file of the function (key fi), or ends those of all (key fe). */
static void put_file(struct callgrind_report *report, const struct callgrind_function *function, const char *file,
		     const char *before)
{
	if (file && (!before || strcmp(file, before) != 0))
		put_line(report, "fi", file);
	else if (!file && before)
		put_line(report, "fe", function->file);
}

/*
 * Writes the N costs of FUNCTION. A line with calls alone gets own costs of zero, since callgrind_annotate stumbles
 * over files that have no others.
 */
static void put_costs(struct callgrind_report *report, const struct callgrind_costs *costs,
		      const struct callgrind_function *function, const struct callgrind_cost *cost, size_t n)
{
	const char *file = NULL;
	uint32_t line = 0;

	for (size_t i = 0; i < n; i++, cost++) {
		bool same_line = i && cost->line == line && cost->file == file;

		put_file(report, function, cost->file, file);
		file = cost->file;
		line = cost->line;
		if (cost->callee != CALLGRIND_OWN && !same_line)
			put_numbers(report, line, 0, 0);
		if (cost->callee != CALLGRIND_OWN)
			put_call(report, cost, &costs->functions[cost->callee]);
		put_numbers(report, line, cost->hits, cost->time_ns);
	}
	put_file(report, function, NULL, file);
}

static int put_notes(struct callgrind_report *report, const struct profile_function *function)
{
	char *inexact, *estimated = NULL;
	int err = inexact_hits__sentence(function, &inexact);

	if (!err)
		err = estimated_hits__sentence(function, &estimated);
	if (!err) {
		put_texts(report, "# note: ", function->notes, function->n_notes);
		put_texts(report, "# note: ", &inexact, inexact != NULL);
		put_texts(report, "# note: ", &estimated, estimated != NULL);
	}
	free(inexact);
	free(estimated);
	return err;
}

/* Writes KEY=NAME if NAME differs from BEFORE, the value written last; BEFORE is NULL at the beginning. */
static void put_change(struct callgrind_report *report, const char *key, const char *before, const char *name)
{
	if (before && !strcmp(before, name))
		return;
	put_line(report, key, name);
}

/* Writes the functions with their costs. Functions that have none, and were not profiled, are named in calls alone. */
static int put_functions(struct callgrind_report *report, const struct callgrind_costs *costs)
{
	const char *object = NULL, *file = NULL;
	int err = 0;

	for (size_t f = 0, at = 0; !err && f < costs->n_functions; f++) {
		const struct callgrind_function *function = &costs->functions[f];
		size_t end = at;

		while (end < costs->n_costs && costs->costs[end].function == f)
			end++;
		if (end == at && !function->profiled)
			continue;
		put_change(report, "ob", object, function->object);
		put_change(report, "fl", file, function->file);
		object = function->object;
		file = function->file;
		put_function_name(report, "fn", function);
		if (function->profiled)
			err = put_notes(report, function->profiled);
		put_costs(report, costs, function, costs->costs + at, end - at);
		at = end;
	}
	return err;
}

static int write_callgrind(const struct profile *profile, const struct report_style *style, FILE *out)
{
	struct callgrind_report report = {.out = out};
	struct callgrind_costs costs;
	int err = callgrind_costs__make(profile, &costs);

	(void)style;
	if (!err) {
		put_header(&report, profile, &costs);
		err = put_functions(&report, &costs);
	}
	callgrind_costs__release(&costs);
	if (err)
		return err;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_callgrind = {.name = "callgrind", .suffix = ".callgrind", .write = write_callgrind};
