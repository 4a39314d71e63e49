/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schedule: which sites carry probes when, so that profiling stays within its budget. Pure: it says what is to be done
 * next, and is told what came of it.
 */
#ifndef LPROF_SCHEDULE_H
#define LPROF_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schedule;

struct schedule_config {
	uint32_t n_sites;
	const float *prices_ns; /* of a hit of each site, by calibration; borrowed */
	double share;		/* of the targets' processor time that profiling may take */
	double pause_ns;	/* that it may take of a thread in one piece */
	uint64_t seed;		/* of chance */
};

/* A new schedule without bodies, owned by the caller, or NULL when out of memory. */
struct schedule *schedule__new(const struct schedule_config *config);
void schedule__free(struct schedule *schedule); /* NULL is allowed */

/*
 * Adds a body: sites FIRST to FIRST + N - 1, which are put in together if they are to stay in. All bodies are added
 * before the first step, in the order of their sites. 0 or -ENOMEM.
 */
int schedule__add_body(struct schedule *schedule, uint32_t first, uint32_t n);

/* The same for a body whose sites are put in together for windows as well, apart from those of other bodies. */
int schedule__add_whole(struct schedule *schedule, uint32_t first, uint32_t n);

enum schedule_action {
	SCHEDULE_NOTHING,  /* all bodies are in to stay */
	SCHEDULE_WINDOW,   /* put the sites in for a short time */
	SCHEDULE_PUT_IN,   /* put the body in to stay */
	SCHEDULE_TAKE_OUT, /* take it out */
};

struct schedule_step {
	enum schedule_action action;
	size_t body; /* of PUT_IN and TAKE_OUT: its index */
	/* Of a window: */
	const uint32_t *sites; /* ascending; borrowed until the next call */
	size_t n;
	double open_ns;	 /* how long it is to last */
	double limit_ns; /* it is to end when hits have taken that much time on one processor */
	double price_ns; /* what it is expected to cost the targets */
	/*
	 * Of a window that slows the targets much: how much processor time they should have used since the last such
	 * window, so that these are rare, and at random moments. 0 for others.
	 */
	double apart_ns;
};

/*
 * What is to be done next. It stays the same until one of the functions below has told what came of it. 0 or -ENOMEM.
 */
int schedule__next(struct schedule *schedule, struct schedule_step *step);

/*
 * The window of STEP, the last step, must wait, because another one that slows the targets much was a short while ago.
 * STEP becomes a window with other sites, if there is one that need not wait. Afterwards it is the first one's turn.
 */
void schedule__not_yet(struct schedule *schedule, struct schedule_step *step);

/* What came of a window. */
struct schedule_window {
	const uint64_t *counts; /* 2 for each of its sites */
	double own_ns;		/* the targets' own processor time while it was open, at least 0 */
	double cost_ns;		/* what it cost them in all */
	double open_cost_ns;	/* the part of the cost while it was open */
};

/* The window of the last step is over. */
void schedule__window_done(struct schedule *schedule, const struct schedule_window *window);

/* The last step was a body that was put in or taken out. */
void schedule__body_done(struct schedule *schedule);

/*
 * All bodies that were in were taken out because they had become too dear. Which of them are to blame is told by
 * schedule__note_hits() before; the others are put in again.
 */
void schedule__all_out(struct schedule *schedule);

/*
 * Body BODY, which is in, was hit HITS times in OWN_NS of the targets' own processor time. Then schedule__settle()
 * decides again what may stay in.
 */
void schedule__note_hits(struct schedule *schedule, size_t body, double hits, double own_ns);
void schedule__settle(struct schedule *schedule);

size_t schedule__n_bodies(const struct schedule *schedule);
bool schedule__is_in(const struct schedule *schedule, size_t body);

/* Whether every site has been tried once, and what may stay in is in. */
bool schedule__is_settled(const struct schedule *schedule);

/* The body's first site, and how many it has. */
uint32_t schedule__first(const struct schedule *schedule, size_t body);
uint32_t schedule__n_sites(const struct schedule *schedule, size_t body);

#endif
