// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/kept_window.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/clock.h"
#include "files/run_directory.h"
#include "probe/expedite.h"
#include "probe/target_time.h"

#define DUE_NS 50000000 /* a window that takes so much longer than it is open is late */

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

/* Waits until UNTIL_NS, or until a program has closed the window. Returns the trips that were seen. */
static uint32_t await_end(const struct kept_window *window, uint64_t until_ns, uint64_t *closed_ns)
{
	struct pollfd pollfd = {.fd = gate_view__fd(window->view), .events = POLLIN};
	uint64_t now_ns = clock__monotonic_ns();
	uint32_t trips = 0;

	*closed_ns = until_ns;
	while (!(trips & LPROF_TRIP_WINDOW) && now_ns < until_ns) {
		const struct timespec left = {.tv_sec = (time_t)((until_ns - now_ns) / CLOCK_SECOND_NS),
					      .tv_nsec = (long)((until_ns - now_ns) % CLOCK_SECOND_NS)};

		(void)ppoll(&pollfd, 1, &left, NULL);
		trips |= gate_view__take(window->view, closed_ns);
		now_ns = clock__monotonic_ns();
	}
	return trips;
}

static void run_open(const struct kept_window *window, struct session_window_result *result, uint32_t *trips)
{
	volatile struct lprof_gate *gate = gate_view__gate(window->view);
	struct moment before, after;

	result->opened_ns = clock__monotonic_ns();
	look(window, result->opened_ns, &before);
	gate->window_until_ns = result->opened_ns + window->open_ns;
	*trips = await_end(window, result->opened_ns + window->open_ns, &result->closed_ns);
	gate->window_until_ns = 0;
	look(window, result->closed_ns, &after);
	result->tripped = *trips & LPROF_TRIP_WINDOW;
	result->cpu_ns = after.cpu_ns > before.cpu_ns ? after.cpu_ns - before.cpu_ns : 0;
	result->probe_ns = after.spending.window_ns - before.spending.window_ns +
			   (after.spending.steady_ns - before.spending.steady_ns);
}

int kept_window__run(const struct kept_window *window, struct session_window_result *result, uint32_t *trips)
{
	volatile struct lprof_gate *gate = gate_view__gate(window->view);
	struct attachments attachments = {0};
	struct gate_spending before = {0}, after = {0};
	struct expedite expedite;
	int err;

	*result = (struct session_window_result){.attaching_ns = clock__monotonic_ns()};
	*trips = 0;
	(void)gate_view__spending(window->view, &before);
	prepare_gate(window);
	expedite__begin(&expedite, RUN_DIRECTORY, true);
	err = attach_all(window, &attachments);
	if (!err)
		run_open(window, result, trips);
	attachments__release(&attachments);
	expedite__end(&expedite);
	gate->bursting = 0;
	result->detached_ns = clock__monotonic_ns();
	(void)gate_view__spending(window->view, &after);
	result->cost_ns = after.window_ns + after.late_ns - before.window_ns - before.late_ns;
	return err;
}
