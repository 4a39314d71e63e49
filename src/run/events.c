// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/events.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Indices of events.slots. The descriptors before SLOT_WAKE are our own, and closed here; the others are borrowed. */
enum { SLOT_SIGNALS, SLOT_DURATION, SLOT_INTERVAL, SLOT_TICK, SLOT_WAKE, SLOT_KEYS, SLOT_PIDS };

struct events {
	struct pollfd *slots;
	size_t n_slots;
	size_t n_alive;
	sigset_t old_mask;
	int last_signal;
};

/* Starts a timer and sets *FD to its descriptor. With SECONDS of 0 there is no timer, and *FD stays as it is. */
static int open_timer(double seconds, bool repeat, int *fd)
{
	struct itimerspec spec = {0};

	if (seconds <= 0)
		return 0;
	*fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (*fd < 0)
		return -errno;
	spec.it_value.tv_sec = (time_t)seconds;
	spec.it_value.tv_nsec = (long)((seconds - (double)spec.it_value.tv_sec) * 1e9);
	if (!spec.it_value.tv_sec && !spec.it_value.tv_nsec)
		spec.it_value.tv_nsec = 1; /* zero would disarm it */
	if (repeat)
		spec.it_interval = spec.it_value;
	return timerfd_settime(*fd, 0, &spec, NULL) ? -errno : 0;
}

static void fill_mask(sigset_t *mask)
{
	sigemptyset(mask);
	sigaddset(mask, SIGINT);
	sigaddset(mask, SIGTERM);
	sigaddset(mask, SIGHUP);
}

static int open_signals(struct events *events)
{
	sigset_t mask;

	fill_mask(&mask);
	if (sigprocmask(SIG_BLOCK, &mask, NULL))
		return -errno;
	events->slots[SLOT_SIGNALS].fd = signalfd(-1, &mask, SFD_CLOEXEC);
	return events->slots[SLOT_SIGNALS].fd < 0 ? -errno : 0;
}

int events__open(const int *pidfds, size_t n_pidfds, struct events **out)
{
	struct events *events = calloc(1, sizeof(*events));
	int err = -ENOMEM;

	if (!events)
		return -ENOMEM;
	sigprocmask(SIG_BLOCK, NULL, &events->old_mask);
	events->slots = calloc(SLOT_PIDS + n_pidfds, sizeof(*events->slots));
	if (events->slots) {
		events->n_slots = SLOT_PIDS + n_pidfds;
		events->n_alive = n_pidfds;
		for (size_t i = 0; i < events->n_slots; i++)
			events->slots[i] = (struct pollfd){.fd = -1, .events = POLLIN};
		for (size_t i = 0; i < n_pidfds; i++)
			events->slots[SLOT_PIDS + i].fd = pidfds[i];
		err = open_signals(events);
	}
	if (err) {
		events__close(events);
		return err;
	}
	*out = events;
	return 0;
}

int events__start_clocks(struct events *events, const struct events_clocks *clocks)
{
	int err = open_timer(clocks->duration, false, &events->slots[SLOT_DURATION].fd);

	if (!err)
		err = open_timer(clocks->interval, true, &events->slots[SLOT_INTERVAL].fd);
	return err ? err : open_timer(clocks->tick, true, &events->slots[SLOT_TICK].fd);
}

static int take_signal(struct events *events)
{
	struct signalfd_siginfo info;

	if (read(events->slots[SLOT_SIGNALS].fd, &info, sizeof(info)) != sizeof(info))
		return -errno;
	if (info.ssi_signo == SIGINT)
		return EVENT_INTERRUPT;
	if (info.ssi_signo == SIGWINCH)
		return EVENT_RESIZE;
	events->last_signal = (int)info.ssi_signo;
	return EVENT_TERMINATE;
}

static int take_timer(struct pollfd *slot, bool repeat, enum event event)
{
	uint64_t expirations;

	if (read(slot->fd, &expirations, sizeof(expirations)) != sizeof(expirations))
		return -errno;
	if (!repeat) {
		close(slot->fd);
		slot->fd = -1;
	}
	return event;
}

static int take_key(struct events *events)
{
	struct pollfd *slot = &events->slots[SLOT_KEYS];

	if (!(slot->revents & (POLLHUP | POLLERR | POLLNVAL)))
		return EVENT_KEY;
	/* The terminal is gone, and would stay readable for ever. That is like SIGHUP, which it may also have sent. */
	slot->fd = -1;
	events->last_signal = SIGHUP;
	return EVENT_TERMINATE;
}

/* Forgets the processes that have ended. Returns whether none is left. */
static bool note_ends(struct events *events)
{
	for (size_t i = SLOT_PIDS; i < events->n_slots; i++) {
		if (events->slots[i].fd < 0 || !events->slots[i].revents)
			continue;
		events->slots[i].fd = -1; /* the caller's descriptor stays open */
		events->n_alive--;
	}
	return !events->n_alive;
}

int events__wait(struct events *events)
{
	for (;;) {
		if (poll(events->slots, events->n_slots, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (events->slots[SLOT_SIGNALS].revents)
			return take_signal(events);
		if (events->slots[SLOT_DURATION].revents)
			return take_timer(&events->slots[SLOT_DURATION], false, EVENT_DURATION);
		if (events->slots[SLOT_INTERVAL].revents)
			return take_timer(&events->slots[SLOT_INTERVAL], true, EVENT_INTERVAL);
		if (events->n_alive && note_ends(events))
			return EVENT_ALL_GONE;
		if (events->slots[SLOT_WAKE].revents)
			return EVENT_WAKE;
		if (events->slots[SLOT_KEYS].revents)
			return take_key(events);
		if (events->slots[SLOT_TICK].revents)
			return take_timer(&events->slots[SLOT_TICK], true, EVENT_TICK);
	}
}

void events__watch(struct events *events, int fd)
{
	events->slots[SLOT_WAKE].fd = fd;
}

int events__watch_keys(struct events *events, int fd)
{
	sigset_t mask;

	events->slots[SLOT_KEYS].fd = fd;
	fill_mask(&mask);
	sigaddset(&mask, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) || signalfd(events->slots[SLOT_SIGNALS].fd, &mask, 0) < 0)
		return -errno;
	return 0;
}

int events__signal(const struct events *events)
{
	return events->last_signal;
}

/*
 * Discards signals that came while the run was ending: it ends already, as they ask. Unblocked, they would kill us
 * before we are done.
 */
static void drop_pending_signals(void)
{
	const struct timespec at_once = {0};
	sigset_t mask;

	fill_mask(&mask);
	while (sigtimedwait(&mask, NULL, &at_once) > 0)
		;
}

void events__close(struct events *events)
{
	if (!events)
		return;
	drop_pending_signals();
	for (size_t i = 0; events->slots && i < SLOT_WAKE; i++)
		if (events->slots[i].fd >= 0)
			close(events->slots[i].fd);
	sigprocmask(SIG_SETMASK, &events->old_mask, NULL);
	free(events->slots);
	free(events);
}
