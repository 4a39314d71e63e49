// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes hits and time of each line in Callgrind's format, which KCachegrind and callgrind_annotate read.
 *
 * Readers of this format take the cost of a line as its own, and add the costs of callees from "calls=" lines. Here
 * the time of a line includes its callees, and which functions these are is not known. So there are no "calls=" lines,
 * and the inclusive cost of a function is its own cost. If both caller and callee are profiled, the callee's time is
 * in both. A comment in the file says so.
 *
 * Names are written as "(NUMBER) NAME", each with a new number. Without a number, a name that itself begins with "(1)"
 * would be taken for a reference to an earlier name.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "profile/place_order.h"
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

static void put_totals(struct callgrind_report *report, const struct profile *profile)
{
	uint64_t hits = 0, time_ns = 0;

	for (size_t f = 0; f < profile->n_functions; f++) {
		time_ns += profile->functions[f].time_ns;
		for (size_t i = 0; i < profile->functions[f].n_lines; i++)
			hits += profile->functions[f].lines[i].hits;
	}
	fprintf(report->out, "summary: %" PRIu64 " %" PRIu64 "\n", hits, time_ns);
}

static void put_header(struct callgrind_report *report, const struct profile *profile)
{
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
	put_texts(report, "desc: note: ", profile->notes, profile->n_notes);
	fputs("# The time of a line includes that of the functions it calls. Which ones these are is not known,\n"
	      "# so there are no calls= lines.\n"
	      "positions: line\n"
	      "event: Hits : Hits\n"
	      "event: Time : Time (ns), callees included\n"
	      "events: Hits Time\n",
	      report->out);
	put_totals(report, profile);
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

/* Begins the lines of another file of the function (key fi), or ends those of all (key fe). */
static void put_file(struct callgrind_report *report, const char *key, const struct profile_function *function,
		     uint32_t file)
{
	put_name(report, key, profile_function__file(function, file));
	fputc('\n', report->out);
}

static void put_lines(struct callgrind_report *report, const struct profile_function *function)
{
	uint32_t file = 0;

	for (size_t i = 0; i < function->n_lines; i++) {
		const struct profile_line *line = &function->lines[i];

		if (line->file != file)
			put_file(report, "fi", function, line->file);
		file = line->file;
		fprintf(report->out, "%" PRIu32 " %" PRIu64 " %" PRIu64 "\n", line->line, line->hits, line->time_ns);
	}
	if (file)
		put_file(report, "fe", function, 0);
}

static int put_function(struct callgrind_report *report, const struct profile_function *function)
{
	char *inexact;
	int err = inexact_hits__sentence(function, &inexact);

	if (err)
		return err;
	put_name(report, "fn", function->name);
	put_owner(report, &function->owner);
	fputc('\n', report->out);
	put_texts(report, "# note: ", function->notes, function->n_notes);
	put_texts(report, "# note: ", &inexact, inexact != NULL);
	put_lines(report, function);
	free(inexact);
	return 0;
}

/* Writes KEY=NAME if NAME differs from BEFORE, the value written last; BEFORE is NULL at the beginning. */
static void put_change(struct callgrind_report *report, const char *key, const char *before, const char *name)
{
	if (before && !strcmp(before, name))
		return;
	put_name(report, key, name);
	fputc('\n', report->out);
}

static int write_callgrind(const struct profile *profile, const struct report_style *style, FILE *out)
{
	const struct profile_function **functions = place_order__functions(profile);
	struct callgrind_report report = {.out = out};
	int err = 0;

	(void)style;
	if (!functions)
		return -ENOMEM;
	put_header(&report, profile);
	for (size_t i = 0; !err && i < profile->n_functions; i++) {
		put_change(&report, "ob", i ? functions[i - 1]->object : NULL, functions[i]->object);
		put_change(&report, "fl", i ? functions[i - 1]->file : NULL, functions[i]->file);
		err = put_function(&report, functions[i]);
	}
	free(functions);
	if (err)
		return err;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_callgrind = {.name = "callgrind", .suffix = ".callgrind", .write = write_callgrind};
