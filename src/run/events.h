/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events: waits for what a profiling run must react to: signals, timers, keys, and the ends of the processes.
 */
#ifndef LPROF_EVENTS_H
#define LPROF_EVENTS_H

#include <stddef.h>
#include <sys/types.h>

struct events;

enum event {
	EVENT_INTERVAL,	 /* an interval has passed */
	EVENT_WAKE,	 /* the descriptor of events__watch() is readable */
	EVENT_KEY,	 /* the keyboard of events__watch_keys() is readable */
	EVENT_RESIZE,	 /* SIGWINCH: the terminal has another size; only with a keyboard to watch */
	EVENT_TICK,	 /* a tick has passed, and nothing else has happened */
	EVENT_DURATION,	 /* the duration is over */
	EVENT_INTERRUPT, /* SIGINT: Ctrl-C, which reaches the command too, since it is in our process group */
	EVENT_TERMINATE, /* SIGTERM or SIGHUP, sent to us alone, or the keyboard is gone; see events__signal() */
	EVENT_ALL_GONE,	 /* the last of the processes has ended */
};

/*
 * Blocks the signals (they are unblocked by events__close()) and watches the processes PIDFDS, borrowed until
 * events__close(). Returns 0 and events owned by the caller, or -errno.
 */
int events__open(const int *pidfds, size_t n_pidfds, struct events **out);

struct events_clocks {
	double duration; /* seconds from now, 0: none */
	double interval; /* seconds, 0: none */
	double tick;	 /* a second, shorter interval; seconds, 0: none */
};

/* Starts the timers; to be called once. 0 or -errno. */
int events__start_clocks(struct events *events, const struct events_clocks *clocks);

/* Waits also for FD, which is borrowed until events__close(), to become readable: EVENT_WAKE. -1: for none. */
void events__watch(struct events *events, int fd);

/*
 * Waits also for keys and changes of size of the terminal FD, borrowed likewise: EVENT_KEY, EVENT_RESIZE. 0 or -errno.
 */
int events__watch_keys(struct events *events, int fd);

/* Waits, without using the processor, for the next event. Returns an enum event or -errno. */
int events__wait(struct events *events);

/* The signal number of the last EVENT_TERMINATE. */
int events__signal(const struct events *events);

void events__close(struct events *events); /* NULL is allowed */

#endif
