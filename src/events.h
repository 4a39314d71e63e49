/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events: what a profiling run waits for: signals, the clock, the end of the processes.
 */
#ifndef LPROF_EVENTS_H
#define LPROF_EVENTS_H

#include <stddef.h>
#include <sys/types.h>

struct events;

enum event {
	EVENT_INTERVAL,	 /* an interval has passed */
	EVENT_WAKE,	 /* the descriptor of events__watch() is readable */
	EVENT_TICK,	 /* the other, shorter interval has passed, and nothing else has happened */
	EVENT_DURATION,	 /* the duration is over */
	EVENT_INTERRUPT, /* SIGINT: Ctrl-C, which a command in our process group has got as well */
	EVENT_TERMINATE, /* SIGTERM or SIGHUP, sent to us alone; see events__signal() */
	EVENT_ALL_GONE,	 /* the last of the processes has ended */
};

struct events_config {
	double duration;   /* seconds from events__open(), 0: none */
	double interval;   /* seconds, 0: none */
	double tick;	   /* likewise */
	const int *pidfds; /* the processes whose end matters; borrowed until events__close() */
	size_t n_pidfds;
};

/*
 * Blocks the signals (they are unblocked by events__close()) and arms the clocks. Returns 0 and events
 * owned by the caller, or -errno.
 */
int events__open(const struct events_config *config, struct events **out);

/* FD, borrowed until events__close(), becomes readable: EVENT_WAKE. -1: none. */
void events__watch(struct events *events, int fd);

/* Waits, without using the processor, for the next event. Returns an enum event or -errno. */
int events__wait(struct events *events);

/* The signal number of the last EVENT_TERMINATE. */
int events__signal(const struct events *events);

void events__close(struct events *events); /* NULL is allowed */

#endif
