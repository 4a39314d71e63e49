/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kept_window: one window, as the keeper's process runs it. */
#ifndef LPROF_KEPT_WINDOW_H
#define LPROF_KEPT_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "probe/attachments.h"
#include "probe/gate_view.h"
#include "probe/probe_notes.h"
#include "probe/resting.h"
#include "probe/session_window.h"

struct kept_window {
	struct gate_view *view;
	struct closers *closers;   /* may be NULL */
	struct resting *resting;   /* may be NULL */
	struct probe_notes *notes; /* may be NULL */
	const struct attach_request *requests;
	const int *object_fds; /* of the objects of the requests */
	size_t n_requests;
	uint64_t open_ns, limit_ns;
};

/*
 * Puts the probes in, opens the gate, waits until it is closed, and takes them out. Returns when all breakpoints are
 * out, if it is possible to see that, while the kernel still waits for the end of the links. 0, or -errno when the
 * probes could not be put in.
 */
int kept_window__run(const struct kept_window *window, struct session_window_result *result);

#endif
