// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The picture is drawn by the script, from data that the page holds as escaped text: what others wrote is never part
 * of a script.
 */
#include "report/report_html_stacks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "profile/place_order.h"
#include "report/function_tree.h"
#include "report/html.h"

/* More nodes would make the page too large: each takes some 30 bytes. */
#define MOST_NODES 100000

/* So many called functions are shown at a line; the others are one sum. */
#define MOST_CALLEES 5

/* Whether the two are tables of one function, perhaps for different processes or threads. */
static bool same_function(const struct profile_function *a, const struct profile_function *b)
{
	return a == b || (a->line == b->line && !place_order__compare(a, b));
}

static uint32_t find(const struct report_html_stacks *self, const struct profile_function *function)
{
	for (size_t i = 0; i < self->ranking.n; i++) {
		const struct ranked *ranked = &self->ranking.functions[i];

		if (ranked->profiled && same_function(ranked->profiled, function))
			return (uint32_t)(ranked->function - self->stacks->functions);
	}
	return STACKS_NONE;
}

int report_html_stacks__prepare(struct report_html_stacks *self, const struct profile *profile,
				const struct profile_function **functions, size_t n)
{
	*self = (struct report_html_stacks){.profile = profile, .functions = functions, .n = n};
	if (!profile->stacks)
		return 0;
	self->function_of = calloc(n + 1, sizeof(*self->function_of));
	self->callees = calloc(profile->stacks->n_functions + 1, sizeof(*self->callees));
	if (!self->function_of || !self->callees || ranking__make(profile, &self->ranking))
		return -ENOMEM;
	self->stacks = profile->stacks;
	for (size_t i = 0; i < n; i++)
		self->function_of[i] = find(self, functions[i]);
	return stack_calls__of(self->stacks, &self->calls);
}

void report_html_stacks__clear(struct report_html_stacks *self)
{
	free(self->function_of);
	free(self->callees);
	ranking__release(&self->ranking);
	stack_calls__clear(&self->calls);
	*self = (struct report_html_stacks){0};
}

bool report_html_stacks__has(const struct report_html_stacks *self, size_t i)
{
	return self->stacks && self->function_of[i] != STACKS_NONE;
}

/* Whether figures of the stacks' owner OWNER are in table I. */
static bool is_owner(const struct report_html_stacks *self, size_t i, uint32_t owner)
{
	const struct profile_owner *a = &self->functions[i]->owner, *b = &self->stacks->owners[owner];

	return (!a->pid && !a->has_rank) ||
	       (a->pid == b->pid && a->tid == b->tid && a->has_rank == b->has_rank && a->rank == b->rank);
}

/*
 * Writes the tables of function FUNCTION, as "OWNER:TABLE" for each owner that has one, where OWNER is the index of
 * the owner's node among those of the outermost functions.
 */
static void put_tables(const struct report_html_stacks *self, uint32_t function, FILE *out)
{
	for (size_t i = 0; i < self->n; i++) {
		for (uint32_t owner = 0; self->function_of[i] == function && owner < self->stacks->n_owners; owner++) {
			if (is_owner(self, i, owner))
				fprintf(out, "%zu:%zu ", self->stacks->n_functions + owner, i + 1);
		}
	}
}

static void put_line_of_text(const char *text, FILE *out)
{
	html__text(out, text);
	fputc('\n', out);
}

/* Writes all functions as lines of text, six for each: the script counts on their number and order. */
static void put_functions(const struct report_html_stacks *self, FILE *out)
{
	for (size_t i = 0; i < self->stacks->n_functions; i++) {
		const struct stack_function *function = &self->stacks->functions[i];

		put_line_of_text(function->name, out);
		put_line_of_text(function->file, out);
		fprintf(out, "%" PRIu32 "\n", function->line);
		put_line_of_text(function->object, out);
		put_line_of_text(function->build_id, out);
		put_tables(self, (uint32_t)i, out);
		fputc('\n', out);
	}
}

/* Writes an owner like a function, so that its node has a name. */
static void put_owner(const struct profile_owner *owner, FILE *out)
{
	html__put_owner(out, owner);
	fputs("\n\n0\n\n\n\n", out);
}

/* Writes the nodes, one a line: parent, function, samples, time on the processor and off it that ended there. */
static void put_nodes(const struct function_tree *tree, FILE *out)
{
	for (size_t i = 0; i < tree->n; i++) {
		const struct function_tree_node *node = &tree->nodes[i];

		fprintf(out, "%" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			node->parent == STACKS_NONE ? -1 : (int64_t)node->parent,
			node->function == STACKS_NONE ? -1 : (int64_t)node->function, node->samples, node->cpu_ns,
			node->blocked_ns);
	}
}

static void put_data(const struct report_html_stacks *self, const struct function_tree *tree, FILE *out)
{
	fprintf(out, "<div id=\"picture-functions\" data-functions=\"%zu\" hidden>", self->stacks->n_functions);
	put_functions(self, out);
	for (size_t i = 0; i < self->stacks->n_owners; i++)
		put_owner(&self->stacks->owners[i], out);
	fputs("</div>\n<div id=\"picture-nodes\" hidden>", out);
	put_nodes(tree, out);
	fputs("</div>\n", out);
}

/* The script shows the picture, since nothing in it works without the script. */
static void put_frame(const struct report_html_stacks *self, FILE *out)
{
	static const struct html_choice paint[] = {
		{"by-object", "object", "Object"}, {"by-own", "own", "Own time"}, {NULL, NULL, NULL}};
	static const struct html_choice measure[] = {
		{"elapsed", "elapsed", "Elapsed"}, {"on-cpu", "cpu", "On a processor"}, {NULL, NULL, NULL}};

	fputs("<article id=\"picture\" aria-labelledby=\"picture-title\" hidden>\n<div class=\"bar\">"
	      "<h2 id=\"picture-title\">Calls</h2>\n"
	      "<input type=\"search\" id=\"picture-search\" placeholder=\"Find functions\" aria-label=\"Find functions "
	      "in the picture by name or file\">\n<output id=\"picture-found\" for=\"picture-search\"></output>\n",
	      out);
	if (self->profile->clock == PROFILE_CLOCK_WALL && self->ranking.total.blocked_ns)
		html__put_switch(out, "Time", "measure", measure);
	html__put_switch(out, "Colour", "paint", paint);
	fputs("<button type=\"button\" id=\"picture-back\" disabled>Back</button>\n</div>\n"
	      "<nav id=\"picture-path\" aria-label=\"Zoomed to\"></nav>\n<div id=\"picture-detail\"></div>\n"
	      "<div id=\"picture-tree\" role=\"tree\" aria-label=\"Calls: callers above the functions that they call\">"
	      "</div>\n<ul id=\"picture-legend\"></ul>\n</article>\n",
	      out);
}

int report_html_stacks__put_picture(const struct report_html_stacks *self, FILE *out)
{
	struct function_tree tree;
	int err;

	if (!self->stacks)
		return 0;
	err = function_tree__of(self->stacks, MOST_NODES, &tree);
	if (!err) {
		put_frame(self, out);
		put_data(self, &tree, out);
	}
	function_tree__clear(&tree);
	return err;
}

/* The stacks' number of the file in which LINE of FUNCTION is; false: no sample was in that file. */
static bool find_file(const struct stacks *stacks, const struct profile_function *function, uint32_t file,
		      uint32_t *number)
{
	const char *name = profile_function__file(function, file);

	*number = 0;
	if (!file)
		return true;
	for (size_t i = 0; i < stacks->n_files && !*number; i++)
		if (!strcmp(stacks->files[i], name))
			*number = (uint32_t)i + 1;
	return *number;
}

static int compare_callees(const void *a, const void *b)
{
	const struct report_html_callee *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? 1 : -1;
	return (x->function > y->function) - (x->function < y->function);
}

static uint64_t time_of(const struct report_html_stacks *self, const struct stack_call *call)
{
	return call->cpu_ns + (self->profile->clock == PROFILE_CLOCK_CPU ? 0 : call->blocked_ns);
}

/*
 * Sums up the N CALLS of a line over the owners that table I shows. Stores the line's whole time in *line_ns. Returns
 * how many CALLEES there are, the longest first.
 */
static size_t sum_up(const struct report_html_stacks *self, size_t i, const struct stack_call *calls, size_t n,
		     struct report_html_callee *callees, uint64_t *line_ns)
{
	size_t n_callees = 0;

	*line_ns = 0;
	for (const struct stack_call *call = calls; call < calls + n; call++) {
		uint64_t ns = is_owner(self, i, call->owner) ? time_of(self, call) : 0;

		if (call->callee == STACKS_NONE)
			*line_ns += ns;
		else if (n_callees && callees[n_callees - 1].function == call->callee)
			callees[n_callees - 1].ns += ns;
		else if (ns)
			callees[n_callees++] = (struct report_html_callee){.function = call->callee, .ns = ns};
	}
	qsort(callees, n_callees, sizeof(*callees), compare_callees);
	return n_callees;
}

/* The number of the table of FUNCTION for the same process or thread as table I; 0: there is none. */
static size_t table_of(const struct report_html_stacks *self, uint32_t function, size_t i)
{
	const struct profile_owner *a = &self->functions[i]->owner;

	for (size_t k = 0; k < self->n; k++) {
		const struct profile_owner *b = &self->functions[k]->owner;

		if (self->function_of[k] == function && a->pid == b->pid && a->tid == b->tid && a->rank == b->rank)
			return k + 1;
	}
	return 0;
}

static void put_share(uint64_t ns, uint64_t line_ns, FILE *out)
{
	double share = line_ns ? 100.0 * (double)ns / (double)line_ns : 0;

	fprintf(out, "<li style=\"--p:%.1f\"><b>%.1f %%</b> <i>", share, share);
	html__put_duration(out, ns);
	fputs("</i> ", out);
}

static void put_callee(const struct report_html_stacks *self, size_t i, const struct report_html_callee *callee,
		       uint64_t line_ns, FILE *out)
{
	size_t table = table_of(self, callee->function, i);

	put_share(callee->ns, line_ns, out);
	if (table)
		fprintf(out, "<a href=\"#f%zu\">", table);
	html__text(out, self->stacks->functions[callee->function].name);
	fputs(table ? "</a></li>" : "</li>", out);
}

static void put_callees(const struct report_html_stacks *self, size_t i, const struct report_html_callee *callees,
			size_t n, uint64_t line_ns, FILE *out)
{
	size_t shown = n == MOST_CALLEES + 1 ? n : n < MOST_CALLEES ? n : MOST_CALLEES;
	uint64_t others_ns = 0;

	fprintf(out,
		"<details class=\"calls\"><summary title=\"where the samples of this line were\">%zu "
		"callee%s</summary><ol>",
		n, n == 1 ? "" : "s");
	for (size_t k = 0; k < shown; k++)
		put_callee(self, i, &callees[k], line_ns, out);
	for (size_t k = shown; k < n; k++)
		others_ns += callees[k].ns;
	if (shown < n) {
		put_share(others_ns, line_ns, out);
		fprintf(out, "%zu others</li>", n - shown);
	}
	fputs("</ol></details>", out);
}

void report_html_stacks__put_calls(const struct report_html_stacks *self, size_t i, const struct profile_line *line,
				   FILE *out)
{
	const struct stack_call *calls;
	uint64_t line_ns;
	uint32_t file;
	size_t n;

	if (!report_html_stacks__has(self, i) || !find_file(self->stacks, self->functions[i], line->file, &file))
		return;
	calls = stack_calls__of_line(&self->calls, self->function_of[i], file, line->line, &n);
	n = sum_up(self, i, calls, n, self->callees, &line_ns);
	if (n)
		put_callees(self, i, self->callees, n, line_ns, out);
}
