// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a single HTML page that needs no other file: a list of the functions, and the lines of each. The page is
 * complete without its script, which only adds sorting, filtering and keyboard control.
 *
 * Names, paths and source were written by others, so they are escaped (html.h). Should escaping ever fail, the page's
 * Content-Security-Policy still lets nothing be fetched or sent, and no script run but the one whose hash it names.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "profile/rough_count.h"
#include "profile/stacks.h"
#include "report/budget_use.h"
#include "report/estimated_hits.h"
#include "report/html.h"
#include "report/report.h"
#include "report/report_html_assets.h"
#include "report/report_html_lines.h"
#include "report/report_html_stacks.h"
#include "report/report_view.h"

struct page {
	FILE *out;
	const struct profile *profile;
	const struct report_style *style;
	const struct profile_function **functions;
	size_t n;
	uint64_t all_ns; /* sum of the times of all functions */
	struct report_html_stacks stacks;
};

/* Returns the hits of all lines; *uncertainty is that of the sum. */
static uint64_t total_hits(const struct profile_function *function, uint64_t *uncertainty)
{
	uint64_t hits = 0;

	*uncertainty = 0;
	for (size_t i = 0; i < function->n_lines; i++) {
		hits += function->lines[i].hits;
		*uncertainty = rough_count__doubt_of_sum(*uncertainty, function->lines[i].hits_uncertainty);
	}
	return hits;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void put_fact_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, "<div><dt>%s</dt><dd>", name);
	html__text(out, text);
	fputs("</dd></div>\n", out);
}

static void put_fact_count(FILE *out, const char *name, uint64_t value)
{
	fprintf(out, "<div><dt>%s</dt><dd>", name);
	html__put_count(out, value);
	fputs("</dd></div>\n", out);
}

static void put_fact_estimate(FILE *out, const char *name, uint64_t value, uint64_t uncertainty)
{
	fprintf(out, "<div><dt>%s</dt><dd>", name);
	html__put_estimate(out, value, uncertainty);
	fputs("</dd></div>\n", out);
}

static void put_fact_duration(FILE *out, const char *name, uint64_t ns)
{
	fprintf(out, "<div><dt>%s</dt><dd>", name);
	html__put_duration(out, ns);
	fputs("</dd></div>\n", out);
}

static void put_note(FILE *out, const char *note)
{
	fputs("<li>", out);
	html__text(out, note);
	fputs("</li>\n", out);
}

static void put_notes(FILE *out, const struct report_view_sentences *sentences, char *const *notes, size_t n)
{
	if (!n && !sentences->n)
		return;
	fputs("<ul class=\"notes\">\n", out);
	for (size_t i = 0; i < sentences->n; i++)
		put_note(out, sentences->text[i]);
	for (size_t i = 0; i < n; i++)
		put_note(out, notes[i]);
	fputs("</ul>\n", out);
}

/* Writes what was profiled: the command with its arguments, or the process IDs. */
static void put_subject(const struct page *page)
{
	const struct profile *profile = page->profile;

	for (size_t i = 0; i < profile->n_command; i++) {
		if (i)
			fputc(' ', page->out);
		html__text(page->out, profile->command[i]);
	}
	if (profile->n_command)
		return;
	/* With -x there may be thousands of processes. */
	for (size_t i = 0; i < profile->n_pids && i < 8; i++)
		fprintf(page->out, "%s%d",
			i		      ? ", "
			: profile->n_pids > 1 ? "processes "
					      : "process ",
			profile->pids[i]);
	if (profile->n_pids > 8)
		fprintf(page->out, " and %zu more", profile->n_pids - 8);
	if (!profile->n_pids)
		fputs("line profile", page->out);
}

static void put_start(const struct page *page)
{
	FILE *out = page->out;

	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
		"script-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
		script_hash);
	put_subject(page);
	fputs(" \xc2\xb7 lprof-bpf</title>\n<style>\n", out);
	fputs(style_sheet, out);
	fputs("</style>\n</head>\n<body>\n", out);
}

static void put_header(const struct page *page)
{
	struct report_view_sentences flaws = {.n = 0};
	const struct profile *profile = page->profile;
	char use[BUDGET_USE_ROOM];
	FILE *out = page->out;

	fputs("<header>\n<h1>lprof-bpf <code>", out);
	put_subject(page);
	fputs("</code></h1>\n<dl class=\"facts\">\n", out);
	put_fact_text(out, "Clock", profile->clock == PROFILE_CLOCK_CPU ? "time on the processor" : "elapsed time");
	put_fact_duration(out, "Profiled for", profile->duration_ns);
	if (profile->n_command && profile->n_pids == 1)
		fprintf(out, "<div><dt>Process</dt><dd>%d</dd></div>\n", profile->pids[0]);
	if (profile->stacks)
		put_fact_count(out, "Samples", stacks__total(profile->stacks).samples);
	put_fact_count(out, "Probe sites", profile->probe.sites);
	put_fact_count(out, "Probe hits", profile->probe.hits);
	put_fact_count(out, "Missed", profile->probe.missed);
	put_fact_duration(out, "Probes took", profile->probe.overhead_ns);
	if (budget_use__explain(&profile->budget, use))
		put_fact_text(out, "Profiling took", use);
	fputs("</dl>\n", out);
	if (profile->stacks)
		report_view__say_flaws(profile->stacks, &flaws);
	put_notes(out, &flaws, profile->notes, profile->n_notes);
	fputs("</header>\n", out);
}

/* The toolbar is hidden at first. The script shows it, because nothing in it works without the script. */
static void put_tools(FILE *out)
{
	static const struct html_choice heat[] = {
		{"by-time", "time", "Time"}, {"by-hits", "hits", "Hits"}, {NULL, NULL, NULL}};
	static const struct html_choice colours[] = {
		{"auto", "auto", "Auto"}, {"light", "light", "Light"}, {"dark", "dark", "Dark"}, {NULL, NULL, NULL}};

	fputs("<div class=\"tools\" id=\"tools\" role=\"toolbar\" aria-label=\"View\" hidden>\n"
	      "<input type=\"search\" id=\"filter\" placeholder=\"Filter functions\" aria-label=\"Filter functions by "
	      "name or file\">\n<output id=\"count\" for=\"filter\"></output>\n",
	      out);
	html__put_switch(out, "Heat", "heat", heat);
	fputs("<label class=\"narrow-only\"><input type=\"checkbox\" id=\"all\"> All columns</label>\n", out);
	html__put_switch(out, "Colours", "colours", colours);
	fputs("<button type=\"button\" id=\"open-help\" aria-label=\"Keyboard help\">?</button>\n</div>\n", out);
}

static void put_list_row(const struct page *page, size_t i)
{
	const struct profile_function *function = page->functions[i];
	double share = percent(function->time_ns, page->all_ns);
	uint64_t uncertainty, hits = total_hits(function, &uncertainty);
	FILE *out = page->out;

	fprintf(out, "<tr data-function=\"f%zu\"><th scope=\"row\">", i + 1);
	if (page->style->details)
		fprintf(out, "<a href=\"#f%zu\">", i + 1);
	html__text(out, function->name);
	if (page->style->details)
		fputs("</a>", out);
	if (function->owner.pid) {
		fputs(" <small>", out);
		html__put_owner(out, &function->owner);
		fputs("</small>", out);
	}
	fputs("</th><td class=\"place\" title=\"", out);
	html__text(out, function->file);
	fputs("\">", out);
	html__text(out, html__base_name(function->file));
	fprintf(out, ":%" PRIu32 "</td><td data-value=\"%" PRIu64 "\">", report_view__first_line(function),
		function->calls);
	html__put_estimate(out, function->calls, function->calls_uncertainty);
	fprintf(out, "</td><td data-value=\"%" PRIu64 "\">", function->time_ns);
	html__put_duration(out, function->time_ns);
	fprintf(out,
		"</td><td class=\"share\" style=\"--p:%.1f\" data-value=\"%" PRIu64
		"\">%.1f</td><td data-value=\"%" PRIu64 "\">",
		share, function->time_ns, share, hits);
	html__put_estimate(out, hits, uncertainty);
	fputs("</td></tr>\n", out);
}

static void put_list(const struct page *page)
{
	FILE *out = page->out;

	if (page->stacks.stacks && page->stacks.ranking.n) {
		report_html_stacks__put_list(&page->stacks, out);
		return;
	}
	if (!page->n) {
		fputs("<p class=\"none\">There is no function in this profile.</p>\n", out);
		return;
	}
	fputs("<nav class=\"list\" tabindex=\"0\" aria-label=\"Functions\">\n"
	      "<table id=\"functions\">\n<caption>Functions</caption>\n<thead><tr>"
	      "<th scope=\"col\">Function</th><th scope=\"col\">Place</th><th scope=\"col\">Calls</th>"
	      "<th scope=\"col\" aria-sort=\"descending\">Time</th>"
	      "<th scope=\"col\">% of all</th><th scope=\"col\">Hits</th>"
	      "</tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < page->n; i++)
		put_list_row(page, i);
	fputs("</tbody>\n</table>\n</nav>\n", out);
}

static void put_function_head(const struct page *page, size_t i)
{
	const struct profile_function *function = page->functions[i];
	const struct profile_line *hottest = report_html_lines__hottest(function);
	FILE *out = page->out;

	fprintf(out, "<div class=\"head\"><h2 id=\"f%zuname\">", i + 1);
	html__text(out, function->name);
	fputs("</h2><span class=\"place\">", out);
	html__text(out, function->file);
	fprintf(out, ":%" PRIu32 "</span><b>", report_view__first_line(function));
	html__put_duration(out, function->time_ns);
	fputs("</b>", out);
	if (hottest) {
		fputs("<a href=\"#", out);
		report_html_lines__put_id(out, i + 1, hottest);
		fprintf(out, "\">hottest line %" PRIu32, hottest->line);
		if (hottest->file) {
			fputs(" of ", out);
			html__text(out, html__base_name(profile_function__file(function, hottest->file)));
		}
		fputs("</a>", out);
	}
	/* The script shows the link, since there is no picture without the script. */
	if (report_html_stacks__has(&page->stacks, i))
		fprintf(out, "<a href=\"#picture\" data-shows=\"%" PRIu32 "\" hidden>in the picture</a>",
			page->stacks.function_of[i]);
	fputs("</div>\n", out);
}

static void put_waiting(FILE *out, const struct profile_function *function)
{
	fputs("<div><dt>Waiting</dt><dd>+ ", out);
	html__put_duration(out, function->waiting_ns);
	if (function->time_ns)
		fprintf(out, " (%.1f %%)", percent(function->waiting_ns, function->time_ns));
	fputs("</dd></div>\n", out);
}

static void put_object(FILE *out, const struct profile_function *function)
{
	fputs("<div><dt>Object</dt><dd title=\"build ID ", out);
	html__text(out, *function->build_id ? function->build_id : "unknown");
	fputs("\">", out);
	html__text(out, function->object);
	fputs("</dd></div>\n", out);
}

static void put_function_facts(const struct page *page, const struct profile_function *function)
{
	uint64_t uncertainty, hits = total_hits(function, &uncertainty);
	FILE *out = page->out;

	fputs("<dl class=\"facts\">\n", out);
	if (!function->uncounted) {
		put_fact_estimate(out, "Calls", function->calls, function->calls_uncertainty);
		put_fact_estimate(out, "Hits", hits, uncertainty);
	}
	fprintf(out, "<div><dt>Of all</dt><dd>%.1f %%</dd></div>\n", percent(function->time_ns, page->all_ns));
	if (function->blocked_ns)
		fprintf(out, "<div><dt>Blocked</dt><dd>%.1f %%</dd></div>\n",
			percent(function->blocked_ns, function->time_ns));
	if (function->waiting_ns)
		put_waiting(out, function);
	if (function->owner.pid) {
		fputs("<div><dt>Of</dt><dd>", out);
		html__put_owner(out, &function->owner);
		fputs("</dd></div>\n", out);
	}
	if (*function->object)
		put_object(out, function);
	fputs("</dl>\n", out);
}

static void put_function(struct page *page, size_t i)
{
	const struct profile_function *function = page->functions[i];
	const struct report_view_missing missing = report_view__missing(function, 0);
	struct report_view_sentences sentences = {.n = 0};
	const struct report_style style = {.unit = page->style->unit, .estimate_mark = "\u2248"};
	FILE *out = page->out;

	fprintf(out, "<section id=\"f%zu\" aria-labelledby=\"f%zuname\" style=\"--n:%" PRIu32 "\" data-name=\"", i + 1,
		i + 1, report_html_lines__n_rows(function));
	html__text(out, function->name);
	fputs("\">\n", out);
	put_function_head(page, i);
	put_function_facts(page, function);
	report_view__say(function, &style, &sentences);
	put_notes(out, &sentences, function->notes, function->n_notes);
	if (missing.before) {
		fprintf(out, "<p class=\"none\">%s", missing.before);
		html__text(out, function->file);
		fprintf(out, "%s; the " REPORT_VIEW_WITHOUT_TEXT ".</p>\n", missing.after);
	}
	report_html_lines__put(out, function, i + 1, page->style->unit, &page->stacks);
	fputs("</section>\n", out);
}

static bool has_estimates(const struct page *page)
{
	for (size_t i = 0; i < page->n; i++)
		if (estimated_hits__any(page->functions[i]))
			return true;
	return false;
}

static void put_legend(const struct page *page)
{
	if (!page->n)
		return;
	fputs("<footer>\n", page->out);
	if (page->style->details && profile__is_uncertain(page->profile, 0))
		fputs("<p><code>~</code> The time is within what is uncertain about the cost of the probes themselves "
		      "(the &plusmn; shown with it, exceeded once in twenty times); the hits are exact all the "
		      "same.</p>\n",
		      page->out);
	if (has_estimates(page))
		fputs("<p><code>" HTML_ESTIMATE_MARK
		      "</code> The number is an estimate from counting now and then. The &plusmn; shown with it is "
		      "exceeded once in twenty times. Where no hit was seen, <code>&lt;</code> stands before what the "
		      "hits are below.</p>\n",
		      page->out);
	fputs("<p>Time is from entering the code of a line until leaving it, callees included, the cost of the probes "
	      "left out. &ldquo;% of all&rdquo; is of the times of all functions together: where one of them calls "
	      "another, that time counts in both. Bars and shades are relative to the hottest line of the function. A "
	      "line without numbers has no code; one with 0 hits was not reached. &ldquo;Blocked&rdquo; is the part of "
	      "the time in which the thread was asleep or waited for others; &ldquo;waiting&rdquo; is for a processor, "
	      "and not in the time.</p>\n</footer>\n",
	      page->out);
}

static void put_help(FILE *out)
{
	static const struct {
		const char *keys, *help;
	} rows[] = {
		{"<kbd>h</kbd>", "the hottest line of all"},
		{"<kbd>n</kbd> <kbd>p</kbd>", "the next hottest line, the previous one"},
		{"<kbd>j</kbd> <kbd>k</kbd>", "the next function, the previous one"},
		{"<kbd>l</kbd>", "back to the list"},
		{"<kbd>/</kbd>", "filter the functions by name or file"},
		{"<kbd>i</kbd>", "the picture of calls: arrows move, <kbd>Enter</kbd> zooms, <kbd>Esc</kbd> goes back"},
		{"<kbd>f</kbd>", "find functions in the picture"},
		{"<kbd>t</kbd>", "heat by time or by hits"},
		{"<kbd>d</kbd>", "dark or light"},
		{"<kbd>Esc</kbd>", "leave: clears the filter, closes this"},
	};

	fputs("<output id=\"status\"></output>\n<dialog id=\"help\" aria-labelledby=\"help-title\">\n"
	      "<h2 id=\"help-title\">Keyboard</h2>\n<dl>\n",
	      out);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		fprintf(out, "<dt>%s</dt><dd>%s</dd>\n", rows[i].keys, rows[i].help);
	fputs("</dl>\n<form method=\"dialog\"><button type=\"submit\">Close</button></form>\n</dialog>\n", out);
}

static int put_main(struct page *page)
{
	int err;

	fputs("<main>\n", page->out);
	put_list(page);
	err = report_html_stacks__put_picture(&page->stacks, page->out);
	for (size_t i = 0; page->style->details && i < page->n; i++)
		put_function(page, i);
	put_legend(page);
	fputs("</main>\n", page->out);
	return err;
}

static int put_page(struct page *page)
{
	int err;

	for (size_t i = 0; i < page->n; i++)
		page->all_ns += page->functions[i]->time_ns;
	put_start(page);
	put_header(page);
	put_tools(page->out);
	err = put_main(page);
	put_help(page->out);
	fprintf(page->out, "<script>%s</script>\n</body>\n</html>\n", script);
	return err;
}

static int write_html(const struct profile *profile, const struct report_style *style, FILE *out)
{
	struct page page = {.out = out, .profile = profile, .style = style};
	int err = -ENOMEM;

	page.functions = report_view__choose(profile, style, REPORT_VIEW_LONGEST_FIRST, &page.n);
	if (page.functions)
		err = report_html_stacks__prepare(&page.stacks, profile, page.functions, style->details ? page.n : 0);
	if (!err)
		err = put_page(&page);
	report_html_stacks__clear(&page.stacks);
	free(page.functions);
	if (err)
		return err;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_html = {.name = "html", .suffix = ".html", .write = write_html};
