/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * windows: the sites of a budgeted session, put in to stay and put in for windows. These are the session's functions
 * of the same names; see "Windows" in session.h.
 */
#ifndef LPROF_WINDOWS_H
#define LPROF_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probe/attach.h"
#include "probe/keeper.h"
#include "probe/session_window.h"

struct windows;
struct lprof_bpf;

struct windows_config {
	const struct lprof_bpf *skel; /* loaded */
	struct keeper *keeper;
	enum attach_way way;
	const pid_t *pids; /* as in session_config; PIDS and N_PIDS may change, see windows__set_processes() */
	size_t n_pids;
	bool everywhere; /* in all processes: there were none from the beginning */
};

/* What CONFIG names is borrowed. Has the keeper watch the gate. 0 and an owned struct, or -errno. */
int windows__new(const struct windows_config *config, struct windows **out);
void windows__free(struct windows *windows); /* NULL is allowed */

/* An object as in session_object. Its probes run the program STEADY_FD when they stay in, and COUNT_FD in windows. */
struct windows_object {
	const char *path;
	const uint64_t *offsets, *semaphores;
	uint32_t first_site, n;
	int steady_fd, count_fd;
};

/* The processes are these now, borrowed as in the config. */
void windows__set_processes(struct windows *windows, const pid_t *pids, size_t n_pids);

/* The last one of these is new: what is in goes into that one too. 0 or -errno. */
int windows__adopt(struct windows *windows, const pid_t *pids, size_t n_pids);

/* The object is copied. 0 or -errno. */
int windows__add_object(struct windows *windows, const struct windows_object *object);

/* Marks sites that were attached otherwise, so that they are counted from now on. */
void windows__open_attached(struct windows *windows, uint32_t first, uint32_t n);

int windows__put_in(struct windows *windows, uint32_t first, uint32_t n, uint32_t *group);
int windows__take_out(struct windows *windows, uint32_t group);
int windows__run(struct windows *windows, const struct session_window *window, uint64_t *counts,
		 struct session_window_result *result);
bool windows__renew(struct windows *windows, const struct session_lease *lease);

#endif
