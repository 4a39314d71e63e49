// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * While the interpreter's line probe is in, it traces each instruction: with the cost of the probe itself, Python
 * code is some forty times slower. So a window of a millisecond sees little of the program, and how much of it is not
 * known from the time that it took: the program's own time is far below the error of what is to be subtracted. A
 * window tells only how often lines are hit compared with each other.
 *
 * How often they are hit in the program's own time is told by something that was counted both in these windows and
 * without slowing the program, an anchor. For the lines of a function these are, in the order of preference:
 *
 * - Time, where lines are so rare that what their probes take is little: windows tell rates by themselves then.
 * - Turns of a loop. The interpreter keeps in memory how far the iterator of a `for` loop is. Read twice with no probe
 *   in, this tells the turns between. In windows, each turn is a hit of the loop's line.
 * - Returns of the function. Their probe does not make the interpreter trace, so windows with that alone, or the probe
 *   staying in, tell their rate.
 * - Returns of all functions, as if all code were slowed alike. That is known to a third only.
 * - Nothing: then a line is taken to last LINE_NS, which may be wrong by some times.
 *
 * All sums are kept in groups of windows, by turns. The spread of the estimates that each leave out one group (a
 * jackknife) tells the interval.
 */
#include "python/python_windows.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "lprof_python.h"

#define GROUPS	     10
#define STUDENT	     2.26 /* half width of the 95 % interval of 10 values, in standard deviations */
#define LINE_NS	     20.0
#define UNSEEN	     3.0  /* hits that have escaped once in twenty times, if there was none */
#define FEW	     20.0 /* an anchor with fewer counts is none */
#define MOST_UNKNOWN 0.7  /* a loop of which so many looks tell nothing is none */

/* The relative standard deviations that the spread between windows does not show. */
#define TURNS_DOUBT  0.05
#define OTHERS_DOUBT 0.17
#define NO_DOUBT     0.5
#define PRICE_DOUBT  0.3 /* of what the probes of lines take, the tracing included */

#define MOST_DOUBT 0.1 /* a time that is known less well tells nothing */

/* Of one edge. */
struct counted {
	double in_lines[GROUPS], in_returns[GROUPS];
};

struct turns {
	uint32_t code, line;
	double turns[GROUPS];
	double unknown_ns[GROUPS]; /* of the time in which loops were looked at: how much it went on is not known */
	size_t unknown_at;	   /* the number of the last such look */
	double n, n_unknown;	   /* how often it was looked at */
};

struct python_windows {
	struct counted *edges;
	size_t n_edges, edges_room;
	uint64_t *seen; /* the counts that were taken last */
	size_t seen_room;
	struct turns *loops;
	size_t n_loops, loops_room;
	double loops_ns[GROUPS], last_ns;
	double lines_ns[GROUPS], lines_price_ns; /* the own time of windows for lines, and what their hits took */
	double returns_ns[GROUPS], returns_doubt_ns;
	struct counted all_returns;
	double hits[GROUPS]; /* of all edges, in windows for lines */
	size_t n_lines, n_returns, n_looks;
};

struct python_windows *python_windows__new(void)
{
	return calloc(1, sizeof(struct python_windows));
}

void python_windows__free(struct python_windows *windows)
{
	if (!windows)
		return;
	free(windows->edges);
	free(windows->seen);
	free(windows->loops);
	free(windows);
}

static int reserve(struct python_windows *windows, size_t n)
{
	size_t had = windows->n_edges;

	if (n <= had)
		return 0;
	if (grow__to(&windows->edges, &windows->edges_room, n, sizeof(*windows->edges)) ||
	    grow__to(&windows->seen, &windows->seen_room, n, sizeof(*windows->seen)))
		return -ENOMEM;
	memset(windows->edges + had, 0, (n - had) * sizeof(*windows->edges));
	memset(windows->seen + had, 0, (n - had) * sizeof(*windows->seen));
	windows->n_edges = n;
	return 0;
}

int python_windows__add(struct python_windows *windows, const struct python_window *window)
{
	size_t group = (window->returns_only ? windows->n_returns++ : windows->n_lines++) % GROUPS;

	if (reserve(windows, window->n))
		return -ENOMEM;
	for (size_t i = 0; i < window->n; i++) {
		uint64_t now = window->counts[i];
		double grown = (double)(now - windows->seen[i]);

		windows->seen[i] = now;
		if (window->returns_only)
			windows->edges[i].in_returns[group] += grown;
		else
			windows->edges[i].in_lines[group] += grown;
		windows->hits[group] += window->returns_only ? 0 : grown;
	}
	if (window->returns_only) {
		windows->returns_ns[group] += window->own_ns;
		windows->returns_doubt_ns += window->doubt_ns;
		windows->all_returns.in_returns[group] += (double)window->all_returns;
	} else {
		windows->all_returns.in_lines[group] += (double)window->all_returns;
		windows->lines_ns[group] += window->own_ns;
		windows->lines_price_ns += window->price_ns;
	}
	return 0;
}

size_t python_windows__n(const struct python_windows *windows)
{
	return windows->n_lines;
}

void python_windows__add_time(struct python_windows *windows, double own_ns)
{
	windows->loops_ns[windows->n_looks++ % GROUPS] += own_ns;
	windows->last_ns = own_ns;
}

int python_windows__add_turns(struct python_windows *windows, uint32_t code, uint32_t line, uint64_t turns, bool known)
{
	/* They are of the time that was added last. */
	size_t i = 0, group = (windows->n_looks + GROUPS - 1) % GROUPS;
	struct turns *loop;

	while (i < windows->n_loops && (windows->loops[i].code != code || windows->loops[i].line != line))
		i++;
	if (i == windows->n_loops) {
		if (grow__one(&windows->loops, &windows->loops_room, i, sizeof(*windows->loops)))
			return -ENOMEM;
		windows->loops[windows->n_loops++] = (struct turns){.code = code, .line = line};
	}
	loop = &windows->loops[i];
	loop->n++;
	if (known) {
		loop->turns[group] += (double)turns;
	} else if (loop->unknown_at != windows->n_looks) {
		loop->unknown_at = windows->n_looks;
		loop->unknown_ns[group] += windows->last_ns;
		loop->n_unknown++;
	}
	return 0;
}

/* The sum over all groups but LEFT_OUT. */
static double sum(const double groups[GROUPS], int left_out)
{
	double sum = 0;

	for (int g = 0; g < GROUPS; g++)
		sum += g == left_out ? 0 : groups[g];
	return sum;
}

/* What is known of a code object. */
struct anchor {
	const struct turns *loop; /* NULL: none */
	double loop_counts;
	struct counted lines, returns; /* of its loop's line, and its returns */
	double steady_returns;
};

struct estimating {
	const struct python_windows *windows;
	const struct python_steady *steady;
	struct anchor *anchors; /* by code object */
	uint32_t n_codes;
};

static void add_counted(struct counted *to, const struct counted *from)
{
	for (int g = 0; g < GROUPS; g++) {
		to->in_lines[g] += from->in_lines[g];
		to->in_returns[g] += from->in_returns[g];
	}
}

static const struct counted *edge_of(const struct python_windows *windows, uint32_t edge)
{
	static const struct counted none;

	return edge < windows->n_edges ? &windows->edges[edge] : &none;
}

/* Notes the returns of all code objects, and their loops. */
static void find_returns(const struct estimating *estimating, const struct counters_line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct anchor *anchor = &estimating->anchors[lines[i].code];

		if (lines[i].line != LPROF_PYTHON_RETURNS)
			continue;
		add_counted(&anchor->returns, edge_of(estimating->windows, lines[i].edge));
		if (estimating->steady->edges)
			anchor->steady_returns += (double)estimating->steady->edges[lines[i].edge].departures;
	}
}

/* The loop's line in windows, whoever has executed it. */
static void count_line(const struct estimating *estimating, const struct counters_line *lines, size_t n,
		       const struct turns *loop, struct counted *out)
{
	*out = (struct counted){0};
	for (size_t i = 0; i < n; i++)
		if (lines[i].code == loop->code && lines[i].line == loop->line)
			add_counted(out, edge_of(estimating->windows, lines[i].edge));
}

/* Of each code object, chooses the loop that was counted most, both in windows and by itself. */
static void find_loops(const struct estimating *estimating, const struct counters_line *lines, size_t n)
{
	for (size_t i = 0; i < estimating->windows->n_loops; i++) {
		const struct turns *loop = &estimating->windows->loops[i];
		struct counted counted;
		struct anchor *anchor;
		double counts;

		if (loop->code > estimating->n_codes || loop->n_unknown > MOST_UNKNOWN * loop->n)
			continue;
		anchor = &estimating->anchors[loop->code];
		count_line(estimating, lines, n, loop, &counted);
		counts = fmin(sum(counted.in_lines, -1), sum(loop->turns, -1));
		if (counts < FEW || counts <= anchor->loop_counts)
			continue;
		anchor->loop = loop;
		anchor->loop_counts = counts;
		anchor->lines = counted;
	}
}

/* The rate of returns with the probe of returns alone, in and out of windows. */
static double return_rate(const struct estimating *estimating, const struct counted *returns, double steady,
			  int left_out)
{
	double ns = sum(estimating->windows->returns_ns, left_out) + estimating->steady->returns_ns;

	return ns > 0 ? (sum(returns->in_returns, left_out) + steady) / ns : 0;
}

/* The rate of a loop's turns. */
static double turn_rate(const struct estimating *estimating, const struct turns *loop, int left_out)
{
	double ns = sum(estimating->windows->loops_ns, left_out) - sum(loop->unknown_ns, left_out);

	return sum(loop->turns, left_out) / fmax(ns, 1);
}

/* How many times more often, in a nanosecond of the targets' own time, lines are hit than they were counted in all. */
static double scale(const struct estimating *estimating, const struct anchor *anchor, int left_out, double *doubt)
{
	const struct python_windows *windows = estimating->windows;
	double seen = sum(anchor->returns.in_lines, -1), all = sum(windows->all_returns.in_lines, -1);
	double apart = anchor->steady_returns + sum(anchor->returns.in_returns, -1);
	double ns = sum(windows->returns_ns, -1) + estimating->steady->returns_ns;

	if (anchor->loop && anchor->loop_counts >= fmin(seen, apart)) {
		*doubt = TURNS_DOUBT;
		return turn_rate(estimating, anchor->loop, left_out) / fmax(sum(anchor->lines.in_lines, left_out), 1);
	}
	*doubt = ns > 0 ? windows->returns_doubt_ns / ns : 0;
	if (fmin(seen, apart) >= FEW)
		return return_rate(estimating, &anchor->returns, anchor->steady_returns, left_out) /
		       fmax(sum(anchor->returns.in_lines, left_out), 1);
	if (fmin(all, sum(windows->all_returns.in_returns, -1)) >= FEW) {
		*doubt = hypot(*doubt, OTHERS_DOUBT);
		return return_rate(estimating, &windows->all_returns, 0, left_out) /
		       fmax(sum(windows->all_returns.in_lines, left_out), 1);
	}
	*doubt = NO_DOUBT;
	return 1 / (LINE_NS * fmax(sum(windows->hits, left_out), 1));
}

/*
 * Where lines are rare, what their probes take is little, and the time of windows is known. The time in which the
 * probes stayed in is added, and what was counted in it. Returns whether that tells the rate.
 */
static bool estimate_by_time(const struct estimating *estimating, const struct counters_line *line, int left_out,
			     double unseen, double *rate, double *doubt)
{
	const struct python_windows *windows = estimating->windows;
	const struct python_steady *steady = estimating->steady;
	double exact = steady->edges ? (double)steady->edges[line->edge].departures : 0;
	double n = unseen > 0 ? unseen : sum(edge_of(windows, line->edge)->in_lines, left_out) + exact;
	double ns = sum(windows->lines_ns, left_out) + steady->lines_ns;

	if (ns <= 0 || PRICE_DOUBT * windows->lines_price_ns > MOST_DOUBT * ns)
		return false;
	*rate = n / ns;
	*doubt = hypot(PRICE_DOUBT * windows->lines_price_ns / ns, 1 / sqrt(fmax(n, 1)));
	return true;
}

/* The rate of hits of the line, in a nanosecond of the targets' own time; with UNSEEN, if it was hit that often. */
static double rate_of(const struct estimating *estimating, const struct counters_line *line, int left_out,
		      double unseen, double *doubt)
{
	const struct counted *counted = edge_of(estimating->windows, line->edge);
	double rate;

	if (estimate_by_time(estimating, line, left_out, unseen, &rate, doubt))
		return rate;
	return scale(estimating, &estimating->anchors[line->code], left_out, doubt) *
	       (unseen > 0 ? unseen : sum(counted->in_lines, left_out));
}

static void estimate_line(const struct estimating *estimating, const struct counters_line *line, double own_ns,
			  struct python_total *total)
{
	double replicates[GROUPS], mean = 0, squares = 0, doubt;

	for (int g = 0; g < GROUPS; g++) {
		replicates[g] = own_ns * rate_of(estimating, line, g, 0, &doubt);
		mean += replicates[g] / GROUPS;
	}
	for (int g = 0; g < GROUPS; g++)
		squares += (replicates[g] - mean) * (replicates[g] - mean);
	*total = (struct python_total){.hits = own_ns * rate_of(estimating, line, -1, 0, &doubt)};
	total->uncertainty = hypot(STUDENT * sqrt(squares * (GROUPS - 1) / GROUPS), 2 * doubt * total->hits);
	total->unseen = own_ns * rate_of(estimating, line, -1, UNSEEN, &doubt);
}

int python_windows__estimate(const struct python_windows *windows, const struct counters_line *lines, size_t n,
			     const struct python_steady *steady, double own_ns, struct python_total *totals)
{
	struct estimating estimating = {.windows = windows, .steady = steady};

	for (size_t i = 0; i < n; i++)
		if (lines[i].code > estimating.n_codes)
			estimating.n_codes = lines[i].code;
	estimating.anchors = calloc(estimating.n_codes + 1ul, sizeof(*estimating.anchors));
	if (!estimating.anchors)
		return -ENOMEM;
	find_returns(&estimating, lines, n);
	find_loops(&estimating, lines, n);
	for (size_t i = 0; i < n; i++)
		estimate_line(&estimating, &lines[i], own_ns, &totals[i]);
	free(estimating.anchors);
	return 0;
}
