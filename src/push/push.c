// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/push.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "push/delivery.h"
#include "push/spool.h"

#define SECOND	     1000000000ull
#define LOOK_AROUND  (SECOND / 10) /* how often push__close() looks whether somebody is in a hurry */
#define NOT_STOPPING UINT64_MAX

struct push {
	struct push_labels labels;
	struct spool *spool;
	struct delivery *delivery; /* the thread's alone once that runs */
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t changed;
	struct push_entry *first, **last; /* added, and not yet the delivery's */
	uint64_t bytes;
	size_t n_dropped;     /* of those, since there was no room */
	uint64_t deadline_ns; /* when to stop at the latest, NOT_STOPPING: no end is in sight */
	bool ended;	      /* the thread is through */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* Waits until something has changed, or until TIME_NS. */
static void wait_until(struct push *push, uint64_t time_ns)
{
	struct timespec until = {.tv_sec = (time_t)(time_ns / SECOND), .tv_nsec = (long)(time_ns % SECOND)};

	if (time_ns == UINT64_MAX)
		pthread_cond_wait(&push->changed, &push->mutex);
	else
		pthread_cond_timedwait(&push->changed, &push->mutex, &until);
}

static struct push_entry *take_first(struct push *push)
{
	struct push_entry *entry = push->first;

	push->first = entry->next;
	if (!push->first)
		push->last = &push->first;
	push->bytes -= entry->size;
	return entry;
}

/* Called by the transport, in the midst of a request. */
static bool is_late(void *context)
{
	struct push *push = context;
	bool late;

	pthread_mutex_lock(&push->mutex);
	late = push->deadline_ns <= now_ns();
	pthread_mutex_unlock(&push->mutex);
	return late;
}

/* Takes what was added meanwhile. When to stop, if at all. */
static uint64_t take_added(struct push *push)
{
	struct push_entry *entries;
	uint64_t deadline_ns;
	size_t n_dropped;

	pthread_mutex_lock(&push->mutex);
	entries = push->first;
	push->first = NULL;
	push->last = &push->first;
	push->bytes = 0;
	n_dropped = push->n_dropped;
	push->n_dropped = 0;
	deadline_ns = push->deadline_ns;
	pthread_mutex_unlock(&push->mutex);

	delivery__count_dropped(push->delivery, n_dropped);
	while (entries) {
		struct push_entry *next = entries->next;

		delivery__add(push->delivery, entries);
		entries = next;
	}
	return deadline_ns;
}

static void sleep_until(struct push *push, uint64_t time_ns, uint64_t deadline_ns)
{
	pthread_mutex_lock(&push->mutex);
	if (!push->first && push->deadline_ns == deadline_ns)
		wait_until(push, time_ns < deadline_ns ? time_ns : deadline_ns);
	pthread_mutex_unlock(&push->mutex);
}

/* The thread. Neither the network nor the disk is used while it holds the mutex. */
static void *run(void *context)
{
	struct push *push = context;
	const struct push_cancel cancel = {.wanted = is_late, .context = push};
	bool stopping = false;

	for (;;) {
		uint64_t deadline = take_added(push), due, now;

		if (!stopping && deadline != NOT_STOPPING) {
			stopping = true;
			delivery__hurry(push->delivery);
		}
		due = delivery__due(push->delivery);
		now = now_ns();
		if (stopping && (due == DELIVERY_NEVER || now >= deadline))
			break;
		if (due <= now)
			delivery__try(push->delivery, now, &cancel);
		else
			sleep_until(push, due, deadline);
	}
	delivery__finish(push->delivery);
	pthread_mutex_lock(&push->mutex);
	push->ended = true;
	pthread_cond_broadcast(&push->changed);
	pthread_mutex_unlock(&push->mutex);
	return NULL;
}

/* Signals are for the main thread, which waits for them. */
static int start_thread(struct push *push)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&push->thread, NULL, run, push);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

static void release(struct push *push)
{
	while (push->first)
		push_entry__free(take_first(push));
	delivery__free(push->delivery);
	spool__free(push->spool);
	free(push);
}

static int prepare(struct push *push, const struct push_config *config)
{
	const char *directory = config->spool ? config->spool : PUSH_SPOOL;
	struct delivery_config delivery = {
		.url = config->url,
		.transport = config->transport,
		.directory = directory,
		.diag = config->diag,
		.seed = now_ns() ^ (uint64_t)getpid() << 32,
	};

	push->labels = *config->labels;
	push->last = &push->first;
	push->deadline_ns = NOT_STOPPING;
	push->spool = spool__new(directory, config->url->key, DELIVERY_LIMIT);
	delivery.spool = push->spool;
	push->delivery = push->spool ? delivery__new(&delivery) : NULL;
	return push->delivery ? 0 : -ENOMEM;
}

int push__open(const struct push_config *config, struct push **out)
{
	struct push *push = calloc(1, sizeof(*push));
	pthread_condattr_t attributes;
	int err = push ? prepare(push, config) : -ENOMEM;

	if (!err) {
		pthread_mutex_init(&push->mutex, NULL);
		pthread_condattr_init(&attributes);
		pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
		pthread_cond_init(&push->changed, &attributes);
		pthread_condattr_destroy(&attributes);
		err = start_thread(push);
	}
	if (!err) {
		*out = push;
		return 0;
	}
	diag__failure(config->diag, err, "cannot start to send profiles");
	if (push)
		release(push);
	return err;
}

int push__add(struct push *push, uint8_t *data, size_t size, uint64_t begin_ns, uint64_t end_ns)
{
	struct push_entry *entry = push_entry__new(&push->labels, begin_ns, end_ns, data, size);

	if (!entry)
		return -ENOMEM;
	pthread_mutex_lock(&push->mutex);
	*push->last = entry;
	push->last = &entry->next;
	push->bytes += size;
	for (; push->bytes > DELIVERY_LIMIT; push->n_dropped++)
		push_entry__free(take_first(push));
	pthread_cond_broadcast(&push->changed);
	pthread_mutex_unlock(&push->mutex);
	return 0;
}

static bool is_interrupted(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (sigismember(&pending, signals[i]))
			return true;
	return false;
}

void push__close(struct push *push)
{
	if (!push)
		return;
	pthread_mutex_lock(&push->mutex);
	push->deadline_ns = now_ns() + PUSH_FAREWELL_SECONDS * SECOND;
	pthread_cond_broadcast(&push->changed);
	while (!push->ended) {
		wait_until(push, now_ns() + LOOK_AROUND);
		if (is_interrupted()) {
			push->deadline_ns = 0;
			pthread_cond_broadcast(&push->changed);
		}
	}
	pthread_mutex_unlock(&push->mutex);
	pthread_join(push->thread, NULL);
	pthread_cond_destroy(&push->changed);
	pthread_mutex_destroy(&push->mutex);
	release(push);
}
