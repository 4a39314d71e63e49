/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * throttle: keeps what profiling takes of the targets within a budget. It puts sites of a session in and takes them out
 * as a schedule says, pays for that from a purse, and keeps what the windows have counted.
 *
 * Life cycle: new; add all bodies; begin; run whenever the descriptor is readable, tick a few times a second; end. What
 * was counted can be asked for at any time from begin on.
 */
#ifndef LPROF_THROTTLE_H
#define LPROF_THROTTLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "budget/window_log.h"
#include "profile/profile.h"

struct session;
struct throttle;

struct throttle_budget {
	double percent;	   /* of the targets' processor time that profiling may take; 0: there is no limit */
	uint64_t pause_ns; /* that it may take of a thread in one piece */
};

/* A new throttle for N_SITES sites, owned by the caller, or NULL when out of memory. */
struct throttle *throttle__new(const struct throttle_budget *budget, uint32_t n_sites);
void throttle__free(struct throttle *throttle); /* NULL is allowed */

struct throttle_site {
	float price_ns;	   /* of a hit, by calibration */
	float least_ns[2]; /* about how long the targets are on the way from it at least, on its edges */
};

/* Adds a body: the N SITES, with numbers from FIRST on. 0 or -ENOMEM. */
int throttle__add_body(struct throttle *throttle, uint32_t first, uint32_t n, const struct throttle_site *sites);

/*
 * Adds a body of an interpreter: its sites are put in together for windows as well, apart from those of other bodies.
 * Its windows are not logged: FN is told of each one when it is over. 0 or -ENOMEM.
 */
typedef void throttle_listener(void *ctx, const struct window *window);
int throttle__add_whole(struct throttle *throttle, uint32_t first, uint32_t n, const struct throttle_site *sites,
			throttle_listener *fn, void *ctx);

/*
 * To be called when the session's objects are known and it has been started. SESSION is borrowed until the end. SAMPLES
 * is how many stacks have been sampled before.
 */
int throttle__begin(struct throttle *throttle, struct session *session, uint64_t samples, const struct diag *diag);

/* A descriptor that is readable when throttle__run() is to be called. */
int throttle__fd(const struct throttle *throttle);

/*
 * Does what is due, at most one window. 0; -EPIPE: the process that held the probes is gone; or another -errno that was
 * reported to DIAG.
 */
int throttle__run(struct throttle *throttle, const struct diag *diag);

/* To be called a few times a second. SAMPLES is as above, until now. 0 or -errno. */
int throttle__tick(struct throttle *throttle, uint64_t samples);

/* To be called when the session is about to be detached. */
void throttle__end(struct throttle *throttle);

/*
 * What the windows have counted until now, with the time of each as well as it is known. SHARE is as for
 * window_scales__correct(). Owned by the caller; NULL when out of memory.
 */
struct window_log *throttle__log(const struct throttle *throttle, double share);

/*
 * The targets' own time on a processor, in nanoseconds, in which the body with the site FIRST was counted in windows
 * only. 0: it stayed in all the time.
 */
double throttle__windows_only_ns(const struct throttle *throttle, uint32_t first);

/* What profiling was allowed to take, and what it has taken as of the last tick or window. */
struct profile_budget throttle__spent(const struct throttle *throttle);

#endif
