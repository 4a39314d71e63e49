// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "report/html.h"
#include "report/report_html_stacks.h"

/* Writes the places in the page where the lines of the function are: one for each process or thread. */
static size_t put_tables(const struct report_html_stacks *self, uint32_t function, FILE *out)
{
	size_t first = 0;

	fputs("<tr data-function=\"", out);
	for (size_t i = 0; i < self->n; i++) {
		if (self->function_of[i] != function)
			continue;
		fprintf(out, "%sf%zu", first ? " " : "", i + 1);
		first = first ? first : i + 1;
	}
	fputs("\">", out);
	return first;
}

/* TABLE 0: the lines of the function are not shown. The script then makes the name lead to the picture. */
static void put_name(const char *name, size_t table, uint32_t function, FILE *out)
{
	fputs("<th scope=\"row\">", out);
	if (table)
		fprintf(out, "<a href=\"#f%zu\">", table);
	else
		fprintf(out, "<span data-shows=\"%" PRIu32 "\">", function);
	html__text(out, name);
	fprintf(out, table ? "</a></th>" : "</span></th>");
}

static void put_place(const struct ranked *ranked, FILE *out)
{
	const struct stack_function *function = ranked->function;

	fputs("<td class=\"place\" title=\"", out);
	html__text(out, *function->file ? function->file : function->object);
	fputs("\">", out);
	html__text(out, html__base_name(*function->file ? function->file : function->object));
	if (*function->file && function->line)
		fprintf(out, ":%" PRIu32, function->line);
	fputs(ranked__lacks_debug_information(ranked) ? " <small>no debug information</small></td>" : "</td>", out);
}

/* What no sample fell on has no number, instead of a 0 that would be exact. */
static void put_time(uint64_t ns, FILE *out)
{
	fprintf(out, "<td data-value=\"%" PRIu64 "\">", ns);
	if (ns)
		html__put_duration(out, ns);
	fputs("</td>", out);
}

static void put_share(double share, double uncertainty, uint64_t ns, FILE *out)
{
	fprintf(out, "<td class=\"share\" data-value=\"%" PRIu64 "\"", ns);
	if (ns)
		fprintf(out, " style=\"--p:%.1f\" title=\"&plusmn; %.2g\">%.1f", 100 * share, 100 * uncertainty,
			100 * share);
	else
		fputs(">", out);
	fputs("</td>", out);
}

static void put_calls(bool counted, uint64_t calls, uint64_t uncertainty, FILE *out)
{
	fprintf(out, "<td data-value=\"%" PRIu64 "\">", counted ? calls : 0);
	if (counted)
		html__put_estimate(out, calls, uncertainty);
	fputs("</td></tr>\n", out);
}

static void put_sampled(const struct report_html_stacks *self, const struct ranked *ranked, bool waits, FILE *out)
{
	const struct stack_times *times = &ranked->times;
	uint32_t function = (uint32_t)(ranked->function - self->stacks->functions);

	put_name(ranked->function->name, put_tables(self, function, out), function, out);
	put_place(ranked, out);
	put_share(ranked->own_share, ranked->own_uncertainty, times->own_cpu_ns, out);
	put_time(times->own_cpu_ns, out);
	put_share(ranked->share, ranked->uncertainty, times->cpu_ns, out);
	put_time(times->cpu_ns, out);
	if (waits)
		put_time(times->blocked_ns, out);
	put_calls(ranked->counted, ranked->calls, ranked->calls_uncertainty, out);
}

/* Writes the function of table I, which no sample fell on. */
static void put_unsampled(const struct report_html_stacks *self, size_t i, bool waits, FILE *out)
{
	const struct profile_function *function = self->functions[i];

	fprintf(out, "<tr data-function=\"f%zu\">", i + 1);
	put_name(function->name, i + 1, STACKS_NONE, out);
	fputs("<td class=\"place\" title=\"", out);
	html__text(out, function->file);
	fputs("\">", out);
	html__text(out, html__base_name(function->file));
	fprintf(out, ":%" PRIu32 "</td>", function->line);
	put_share(0, 0, 0, out);
	put_time(0, out);
	put_share(0, 0, 0, out);
	put_time(0, out);
	if (waits)
		put_time(0, out);
	put_calls(!function->uncounted, function->calls, function->calls_uncertainty, out);
}

/* Whether function I of the ranking is the first one of its object's that has no debug information. */
static bool is_first_bare(const struct ranking *ranking, size_t i)
{
	if (!ranked__lacks_debug_information(&ranking->functions[i]))
		return false;
	for (size_t k = 0; k < i; k++)
		if (ranked__lacks_debug_information(&ranking->functions[k]) &&
		    !strcmp(ranking->functions[k].function->object, ranking->functions[i].function->object))
			return false;
	return true;
}

/* Names the objects without debug information, and says how to get it. */
static void put_bare_objects(const struct ranking *ranking, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < ranking->n; i++) {
		const struct stack_function *function = ranking->functions[i].function;

		if (!is_first_bare(ranking, i))
			continue;
		if (!any)
			fputs("<details class=\"bare\"><summary>Functions without debug information: how to see their "
			      "lines</summary>\n<dl>\n",
			      out);
		any = true;
		fputs("<dt>", out);
		html__text(out, function->object);
		fputs("</dt><dd>build ID <code>", out);
		html__text(out, *function->build_id ? function->build_id : "unknown");
		fputs("</code></dd>\n", out);
	}
	if (any)
		fputs("</dl>\n<p>Install the distribution&#39;s -dbgsym package, or build with -g, or put what "
		      "<code>debuginfod-find debuginfo BUILD_ID</code> finds into /usr/lib/debug/.build-id as "
		      "XX/REST.debug, where XX are the first two digits of the build ID.</p>\n</details>\n",
		      out);
}

void report_html_stacks__put_list(const struct report_html_stacks *self, FILE *out)
{
	bool waits = self->ranking.total.blocked_ns;

	fprintf(out,
		"<nav class=\"list sampled\" tabindex=\"0\" aria-label=\"Functions\">\n<table id=\"functions\">\n"
		"<caption>Functions by their own time on a processor, in samples</caption>\n<thead><tr>"
		"<th scope=\"col\">Function</th><th scope=\"col\">Place</th>"
		"<th scope=\"col\" aria-sort=\"descending\">Own %%</th><th scope=\"col\">Own</th>"
		"<th scope=\"col\">Total %%</th><th scope=\"col\">Total</th>%s<th scope=\"col\">Calls</th>"
		"</tr></thead>\n<tbody>\n",
		waits ? "<th scope=\"col\">Waited</th>" : "");
	for (size_t i = 0; i < self->ranking.n; i++)
		put_sampled(self, &self->ranking.functions[i], waits, out);
	for (size_t i = 0; i < self->n; i++)
		if (self->function_of[i] == STACKS_NONE)
			put_unsampled(self, i, waits, out);
	fputs("</tbody>\n</table>\n</nav>\n", out);
	put_bare_objects(&self->ranking, out);
}
