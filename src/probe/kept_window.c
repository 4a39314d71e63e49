// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
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
 */
#include "probe/kept_window.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "files/run_directory.h"
#include "probe/breakpoint.h"
#include "probe/expedite.h"
#include "probe/target_time.h"

#define DUE_NS 10000000 /* a window that takes so much longer than it is open is late */

#define LOOK_NS 100000 /* how often it is looked whether breakpoints are out */

/* What is known at one moment. */
struct moment {
	uint64_t cpu_ns;
	struct gate_spending spending;
};

/* AT_NS is now or was a moment ago. */
static void look(const struct kept_window *window, uint64_t at_ns, struct moment *moment)
{
	moment->cpu_ns = target_time__ns(gate_view__gate(window->view), at_ns);
	(void)gate_view__spending(window->view, &moment->spending);
}

static int attach_all(const struct kept_window *window, struct attachments *attachments)
{
	int err = 0;

	for (size_t i = 0; !err && i < window->n_requests; i++)
		err = attachments__add(attachments, &window->requests[i], 0);
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

static void run_open(const struct kept_window *window, struct session_window_result *result)
{
	volatile struct lprof_gate *gate = gate_view__gate(window->view);
	struct moment before, after;

	result->opened_ns = clock__monotonic_ns();
	look(window, result->opened_ns, &before);
	gate->window_until_ns = result->opened_ns + window->open_ns;
	result->tripped = await_end(window, result->opened_ns + window->open_ns, &result->closed_ns);
	gate->window_until_ns = 0;
	look(window, result->closed_ns, &after);
	result->cpu_ns = after.cpu_ns > before.cpu_ns ? after.cpu_ns - before.cpu_ns : 0;
	result->probe_ns = after.spending.window_ns - before.spending.window_ns +
			   (after.spending.steady_ns - before.spending.steady_ns);
}

/* Where the last breakpoint of each link is, which is the last to go out. */
struct lasts {
	uint64_t *addresses; /* one for each request */
	bool known;
};

/* Before the probes are in, because it takes a while. */
static void find_lasts(const struct kept_window *window, struct lasts *lasts)
{
	lasts->addresses = calloc(window->n_requests + 1, sizeof(*lasts->addresses));
	lasts->known = lasts->addresses && window->closers;
	for (size_t i = 0; lasts->known && i < window->n_requests; i++) {
		const struct attach_request *request = &window->requests[i];

		lasts->addresses[i] = request->pid ? breakpoint__address(request->pid, window->object_fds[i],
									 request->offsets[request->n - 1])
						   : 0;
		lasts->known = lasts->addresses[i];
	}
}

static size_t count_lasts(const struct kept_window *window, const struct lasts *lasts)
{
	size_t n = 0;

	for (size_t i = 0; i < window->n_requests; i++)
		n += breakpoint__is_at(window->requests[i].pid, lasts->addresses[i]);
	return n;
}

/* Takes the probes out, and waits until no breakpoint is in. Another tracer may have one of its own there. */
static void detach(const struct kept_window *window, struct attachments *attachments, const struct lasts *lasts)
{
	const struct timespec moment = {.tv_nsec = LOOK_NS};

	if (!lasts->known || count_lasts(window, lasts) < window->n_requests) {
		attachments__detach(attachments);
		return;
	}
	attachments__hand_over(attachments, window->closers);
	while (count_lasts(window, lasts) && !closers__are_done(window->closers))
		nanosleep(&moment, NULL);
}

int kept_window__run(const struct kept_window *window, struct session_window_result *result)
{
	volatile struct lprof_gate *gate = gate_view__gate(window->view);
	struct attachments attachments = {0};
	struct gate_spending before = {0}, after = {0};
	struct expedite expedite;
	struct lasts lasts;
	int err;

	*result = (struct session_window_result){.attaching_ns = clock__monotonic_ns()};
	(void)gate_view__spending(window->view, &before);
	find_lasts(window, &lasts);
	prepare_gate(window);
	expedite__begin(&expedite, RUN_DIRECTORY, true);
	err = attach_all(window, &attachments);
	if (!err)
		run_open(window, result);
	detach(window, &attachments, &lasts);
	attachments__release(&attachments);
	free(lasts.addresses);
	expedite__end(&expedite);
	gate->bursting = 0;
	result->detached_ns = clock__monotonic_ns();
	(void)gate_view__spending(window->view, &after);
	result->cost_ns = after.window_ns + after.late_ns - before.window_ns - before.late_ns;
	return err;
}
