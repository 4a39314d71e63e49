// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * The probes of a window rest between two windows where they can (resting.h): then they are in and out within
 * microseconds, and what follows does not matter. They cannot where they are wanted in every process that maps the
 * object, where a target forks all the time, and where this process may not write into the target's memory.
 *
 * Each hit costs the target as much while the gate is closed as while it is open. So the breakpoints should be in for
 * little longer than the gate is open. The kernel puts them in one by one, at 2 to 3 us each, but first waits for a
 * grace period of RCU; to take them out it waits for another one, removes them, and waits for one of a third kind
 * before the thread that closes the link goes on. Measured on Linux 6.18 with two processors, one of which the target
 * used:
 *
 *   sites in the link                             1         50        200
 *   the link is made after (ms)                8-16       8-14       8-30
 *   breakpoints are out after                 16-50      14-39      16-49
 *   the thread goes on after                  16-52      14-40      16-54
 *   expedited: the link is made after       0.1-0.3    0.3-0.5    0.5-0.7
 *   expedited: breakpoints are out after        0.3    0.4-0.5    0.6-0.9
 *   expedited: the thread goes on after        5-12       4-22       8-27
 *
 * "Expedited" is with /sys/kernel/rcu_expedited set, see expedite.h: it shortens the first two periods, not the third.
 * Without it, breakpoints that are of no use any more cost the target three to ten times what the window does. So it is
 * set while links are made and closed. The third period harms nobody but who waits for it, so other threads close the
 * links, and it is seen in the target's memory when the last breakpoint is gone.
 *
 * Breakpoints cost the target something even where they are not hit. For each one, the kernel takes the page away from
 * all processors for a moment, by an interrupt to each that runs the target, and these find the page again by a fault.
 * What that is was told by the work that targets did meanwhile, since they count it. Milliseconds of processor time, in
 * all windows of a run of 12 to 20 s:
 *
 *                                          nginx    nginx    redis    redis, pipelined    sqlite
 *   spent while breakpoints went in           76       92       19                  26        22
 *   lost of this, hits included               52       58        9                   6        13
 *   spent until they were out                 65       44       15                  31       213
 *   lost of this                              54       33       11                  23       134
 *
 * Where it takes long until they begin to go in or out, the target loses little until then. So they count as going out
 * from when the first one is seen to be gone. And no breakpoint has cost a processor more than 12 us, so it is never
 * said to: a target with eight threads on two processors ran for tens of milliseconds before the first one was in.
 */
#include "probe/kept_window.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "probe/breakpoint.h"
#include "probe/code_patch.h"
#include "probe/expedite.h"
#include "probe/target_time.h"

#define DUE_NS 10000000 /* a window that takes so much longer than it is open is late */

#define LOST_IN	     0.6    /* the part of their processor time that targets lose while breakpoints go in, ... */
#define LOST_OUT     0.8    /* ... and while they go out */
#define MOST_NS	     100000 /* on each processor they lose this at most, ... */
#define MOST_EACH_NS 12000  /* ... and this for each breakpoint */

#define WRITE_NS 1000.0 /* they lose so much when the breakpoints of one page are written, or less */

#define LOOK_NS 100000 /* how often it is looked whether breakpoints are out */

/* What is known at one moment. */
struct moment {
	uint64_t at_ns, cpu_ns;
	struct gate_spending spending;
};

/* AT_NS is now or was a moment ago. */
static void look(const struct kept_window *window, uint64_t at_ns, struct moment *moment)
{
	moment->at_ns = at_ns;
	moment->cpu_ns = target_time__ns(gate_view__gate(window->view), at_ns);
	(void)gate_view__spending(window->view, &moment->spending);
}

/* The moments of a window, in their order. */
struct moments {
	struct moment attaching;
	struct moment provided; /* all probes rest that can; some may have been attached for that */
	struct moment opened, closed, leaving, detached;
};

/* How long the targets were on a processor. */
static uint64_t cpu_between(const struct moment *before, const struct moment *after)
{
	return after->cpu_ns > before->cpu_ns ? after->cpu_ns - before->cpu_ns : 0;
}

static int attach_all(const struct kept_window *window, struct attachments *attachments)
{
	int err = 0;

	for (size_t i = 0; !err && i < window->n_requests; i++) {
		const struct attach_request *request = &window->requests[i];

		(void)probe_notes__add(window->notes, window->object_fds[i], request->offsets, request->n);
		err = attachments__add(attachments, request, 0);
	}
	return err;
}

static void prepare_gate(const struct kept_window *window)
{
	volatile struct lprof_gate *gate = gate_view__gate(window->view);

	gate->window_until_ns = 0;
	gate->bursting = 1;
	gate->window++;
	gate->window_limit_ns = window->limit_ns;
	gate->due_ns = clock__monotonic_ns() + window->open_ns + DUE_NS;
	__atomic_fetch_and(&gate->tripped, ~(uint32_t)LPROF_TRIP_WINDOW, __ATOMIC_SEQ_CST);
}

/* Waits until UNTIL_NS, or until a program has closed the window. Returns whether it has. */
static bool await_end(const struct kept_window *window, uint64_t until_ns, uint64_t *closed_ns)
{
	struct pollfd pollfd = {.fd = gate_view__fd(window->view), .events = POLLIN};
	uint64_t now_ns = clock__monotonic_ns();
	bool tripped = false;

	*closed_ns = until_ns;
	while (!tripped && now_ns < until_ns) {
		const struct timespec left = {.tv_sec = (time_t)((until_ns - now_ns) / CLOCK_SECOND_NS),
					      .tv_nsec = (long)((until_ns - now_ns) % CLOCK_SECOND_NS)};

		(void)ppoll(&pollfd, 1, &left, NULL);
		tripped = gate_view__take(window->view, closed_ns) & LPROF_TRIP_WINDOW;
		now_ns = clock__monotonic_ns();
	}
	return tripped;
}

/*
 * Opens the gate, and waits until it is closed. Windows may be short: what comes between a moment and the look at the
 * clocks must not count. So the clock is read last before the gate is opened, and what the targets run after it was
 * closed, until this process gets a processor, is taken off.
 */
static void run_open(const struct kept_window *window, struct session_window_result *result, struct moments *at)
{
	volatile struct lprof_gate *gate = gate_view__gate(window->view);
	uint64_t after_ns;

	look(window, clock__monotonic_ns(), &at->opened);
	gate->closed_ns = 0;
	after_ns = target_time__after_ns(gate);
	at->opened.at_ns = result->opened_ns = clock__monotonic_ns();
	at->opened.cpu_ns = target_time__ns(gate, result->opened_ns);
	gate->window_until_ns = result->opened_ns + window->open_ns;
	result->tripped = await_end(window, result->opened_ns + window->open_ns, &result->closed_ns);
	gate->window_until_ns = 0;
	if (!result->tripped)
		gate->closed_ns = result->closed_ns;
	look(window, result->closed_ns, &at->closed);
	after_ns = target_time__after_ns(gate) - after_ns;
	at->closed.cpu_ns -= after_ns < at->closed.cpu_ns ? after_ns : 0;
	result->cpu_ns = cpu_between(&at->opened, &at->closed);
	result->probe_ns = at->closed.spending.window_ns - at->opened.spending.window_ns +
			   (at->closed.spending.steady_ns - at->opened.spending.steady_ns);
}

/* Where the first and the last breakpoint of each link are. They go in and out in this order. */
struct ends {
	uint64_t *firsts, *lasts; /* one for each request */
	bool known;
};

/* Before the probes are in, because it takes a while. */
static void find_ends(const struct kept_window *window, struct ends *ends)
{
	ends->firsts = calloc(window->n_requests + 1, sizeof(*ends->firsts));
	ends->lasts = calloc(window->n_requests + 1, sizeof(*ends->lasts));
	ends->known = ends->firsts && ends->lasts && window->closers;
	for (size_t i = 0; ends->known && i < window->n_requests; i++) {
		const struct attach_request *request = &window->requests[i];
		uint64_t last = request->offsets[request->n - 1];

		ends->lasts[i] = request->pid ? breakpoint__address(request->pid, window->object_fds[i], last) : 0;
		/* If they are in different mappings, no breakpoint is at this address: they seem to go out at once. */
		ends->firsts[i] = ends->lasts[i] - (last - request->offsets[0]);
		ends->known = ends->lasts[i];
	}
}

static void ends__release(struct ends *ends)
{
	free(ends->firsts);
	free(ends->lasts);
}

static size_t count_in(const struct kept_window *window, const uint64_t *addresses)
{
	size_t n = 0;

	for (size_t i = 0; i < window->n_requests; i++)
		n += breakpoint__is_at(window->requests[i].pid, addresses[i]);
	return n;
}

/* Waits until one of the breakpoints is out, and notes how it was the moment before. */
static void await_leaving(const struct kept_window *window, const struct ends *ends, struct moment *leaving)
{
	const struct timespec moment = {.tv_nsec = LOOK_NS};

	look(window, clock__monotonic_ns(), leaving);
	while (count_in(window, ends->firsts) == window->n_requests && !closers__are_done(window->closers)) {
		look(window, clock__monotonic_ns(), leaving);
		nanosleep(&moment, NULL);
	}
}

/*
 * Takes the probes out, and waits until no breakpoint is in. Another tracer may have one of its own there. LEAVING is
 * the moment when they began to go out, as far as that is known.
 */
static void detach(const struct kept_window *window, struct attachments *attachments, const struct ends *ends,
		   struct moment *leaving)
{
	const struct timespec moment = {.tv_nsec = LOOK_NS};

	if (!ends->known || count_in(window, ends->lasts) < window->n_requests) {
		attachments__detach(attachments);
		look(window, clock__monotonic_ns(), leaving);
		return;
	}
	attachments__hand_over(attachments, window->closers);
	await_leaving(window, ends, leaving);
	while (count_in(window, ends->lasts) && !closers__are_done(window->closers))
		nanosleep(&moment, NULL);
}

/* What the targets lose between two moments, while N breakpoints go in or out: PART of their time, or the most. */
static double lost_between(const struct moment *before, const struct moment *after, double part, size_t n)
{
	double cpu_ns = (double)cpu_between(before, after);
	double processors = after->at_ns > before->at_ns ? cpu_ns / (double)(after->at_ns - before->at_ns) : 0;

	return fmin(part * cpu_ns, processors * (MOST_NS + (double)n * MOST_EACH_NS));
}

static size_t count_breakpoints(const struct kept_window *window)
{
	size_t n = 0;

	for (size_t i = 0; i < window->n_requests; i++)
		n += window->requests[i].n;
	return n;
}

/*
 * Tells what the window has cost, where LOST_NS went to putting breakpoints in and out. By calibration, hits can cost
 * more than the targets had of processors in that time: where several processors hit the same probes, for example. Then
 * it is what they had.
 */
static void note_cost(const struct moments *at, double lost_ns, struct session_window_result *result)
{
	uint64_t late_ns = at->detached.spending.late_ns - at->attaching.spending.late_ns;
	double moving_ns =
		(double)cpu_between(&at->attaching, &at->opened) + (double)cpu_between(&at->closed, &at->detached);

	result->hits_ns = at->detached.spending.window_ns - at->attaching.spending.window_ns + late_ns;
	result->cost_ns = (uint64_t)(fmin((double)(result->hits_ns - late_ns), (double)result->cpu_ns) +
				     fmin(fmax(lost_ns, (double)late_ns), moving_ns));
}

static void end(const struct kept_window *window, struct moments *at, struct session_window_result *result)
{
	gate_view__gate(window->view)->bursting = 0;
	result->detached_ns = clock__monotonic_ns();
	look(window, result->detached_ns, &at->detached);
}

/* A window whose probes are attached for it alone. */
static int run_attached(const struct kept_window *window, struct session_window_result *result, struct moments *at)
{
	off_t noted = probe_notes__size(window->notes);
	struct attachments attachments = {0};
	size_t n = count_breakpoints(window);
	struct expedite expedite;
	struct ends ends;
	double lost_ns;
	int err;

	find_ends(window, &ends);
	prepare_gate(window);
	expedite__begin(&expedite, true);
	err = attach_all(window, &attachments);
	if (!err)
		run_open(window, result, at);
	detach(window, &attachments, &ends, &at->leaving);
	attachments__release(&attachments);
	ends__release(&ends);
	expedite__end(&expedite);
	probe_notes__cut(window->notes, noted);
	end(window, at, result);
	lost_ns = lost_between(&at->attaching, &at->opened, LOST_IN, n);
	/* Going out costs as much as going in at least, also where it is not known when they went out. */
	lost_ns += fmax(lost_ns, lost_between(&at->leaving, &at->detached, LOST_OUT, n));
	note_cost(at, lost_ns, result);
	return err;
}

/* Has all probes of the window rest. *ADDED is how many were attached for that. Returns whether they do. */
static bool provide(const struct kept_window *window, size_t *added)
{
	bool all = true;

	*added = 0;
	if (!gate_view__gate(window->view)->watched)
		return false;
	resting__look(window->resting, gate_view__gate(window->view));
	for (size_t i = 0; all && i < window->n_requests; i++)
		all = resting__provide(window->resting, &window->requests[i], window->object_fds[i], window->notes,
				       added);
	return all;
}

/* Whether all could be put in. */
static bool put_in(const struct kept_window *window)
{
	bool all = true;

	for (size_t i = 0; all && i < window->n_requests; i++)
		all = resting__put_in(window->resting, &window->requests[i], window->object_fds[i]);
	return all;
}

static void take_out(const struct kept_window *window)
{
	for (size_t i = 0; i < window->n_requests; i++)
		(void)resting__take_out(window->resting, &window->requests[i], window->object_fds[i]);
}

static size_t count_pages(const struct kept_window *window)
{
	size_t n = 0;

	for (size_t i = 0; i < window->n_requests; i++)
		n += code_patch__n_pages(window->requests[i].offsets, window->requests[i].n);
	return n;
}

/* A window whose probes rest, ADDED of them only since just now. Returns whether they could be put in. */
static bool run_rested(const struct kept_window *window, size_t added, struct session_window_result *result,
		       struct moments *at)
{
	double lost_ns = lost_between(&at->attaching, &at->provided, LOST_IN, added) * 2;
	bool in;

	prepare_gate(window);
	in = put_in(window);
	if (in)
		run_open(window, result, at);
	take_out(window);
	end(window, at, result);
	lost_ns += WRITE_NS * 2 * (double)count_pages(window);
	note_cost(at, lost_ns, result);
	return in;
}

int kept_window__run(const struct kept_window *window, struct session_window_result *result)
{
	struct moments at;
	size_t added;
	bool rested;

	*result = (struct session_window_result){.attaching_ns = clock__monotonic_ns()};
	look(window, result->attaching_ns, &at.attaching);
	at.opened = at.closed = at.attaching;
	rested = provide(window, &added);
	at.provided = at.attaching;
	if (added)
		look(window, clock__monotonic_ns(), &at.provided);
	if (rested && run_rested(window, added, result, &at))
		return 0;
	/* Where some probes rest, each hit would be counted twice. */
	for (size_t i = 0; i < window->n_requests; i++)
		resting__make_way(window->resting, &window->requests[i], window->object_fds[i]);
	return run_attached(window, result, &at);
}
