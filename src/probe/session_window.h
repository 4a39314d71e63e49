/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_window: what is asked of a window, what is known of it when it is over, and limits; see session.h. */
#ifndef LPROF_SESSION_WINDOW_H
#define LPROF_SESSION_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sites that are put in for a short time, with the program that only counts. */
struct session_window {
	const uint32_t *sites; /* ascending; they may be of several objects */
	size_t n;
	uint64_t open_ns;  /* the window closes after that time at the latest */
	uint64_t limit_ns; /* it closes by itself when its probes have taken that much time on one processor */
};

/* Times are on the monotonic clock. */
struct session_window_result {
	uint64_t attaching_ns, opened_ns, closed_ns, detached_ns;
	/*
	 * Of the targets' threads, the time on a processor while the window was open, the price of its hits included.
	 */
	uint64_t cpu_ns;
	/* The price of hits while it was open, by calibration, those of probes that stay in included. */
	uint64_t probe_ns;
	uint64_t cost_ns; /* what the window has cost the targets in all, from attaching to detached */
	/* The price of all its hits by calibration, which is what session__spent_ns() counts of it. */
	uint64_t hits_ns;
	bool tripped; /* it closed before its time, because of limit_ns */
};

/* The limits on probes that stay in. */
struct session_lease {
	uint64_t until_ns; /* they stay in until then at most, on the monotonic clock */
	uint64_t limit_ns; /* ... or until they have taken that much time of one processor within LPROF_SLOT_NS */
};

#endif
