// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/push.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "push/delivery.h"
#include "push/spool.h"

#define LOOK_AROUND  (CLOCK_SECOND_NS / 10) /* how often push__close() looks whether somebody is in a hurry */
#define NOT_STOPPING CLOCK_NEVER

struct push {
	struct push_labels labels;
	struct spool *spool;
	struct delivery *delivery; /* used only by the thread once it runs */
	pthread_t thread;
	pthread_mutex_t mutex; /* protects the fields below */
	pthread_cond_t changed;
	struct push_entry *first, **last; /* entries added and not yet handed to DELIVERY */
	uint64_t bytes;
	size_t n_dropped;     /* number of such entries dropped because they took too much memory */
	uint64_t deadline_ns; /* when to stop at the latest; NOT_STOPPING: push__close() was not called yet */
	bool ended;	      /* the thread is about to return */
};

static struct push_entry *take_first(struct push *push)
{
	struct push_entry *entry = push->first;

	push->first = entry->next;
	if (!push->first)
		push->last = &push->first;
	push->bytes -= entry->size;
	return entry;
}

/* Whether the deadline has passed. The transport calls this during a request. */
static bool is_late(void *context)
{
	struct push *push = context;
	bool late;

	pthread_mutex_lock(&push->mutex);
	late = push->deadline_ns <= clock__monotonic_ns();
	pthread_mutex_unlock(&push->mutex);
	return late;
}

/* Hands all added entries to the delivery. Returns the deadline. */
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
		clock__wait(&push->changed, &push->mutex, time_ns < deadline_ns ? time_ns : deadline_ns);
	pthread_mutex_unlock(&push->mutex);
}

/*
 * The thread's function. It never uses the network or the disk while it holds the mutex, so that push__add() does not
 * have to wait for them.
 */
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
		now = clock__monotonic_ns();
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
		.seed = clock__monotonic_ns() ^ (uint64_t)getpid() << 32,
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
	int err = push ? prepare(push, config) : -ENOMEM;

	if (!err) {
		pthread_mutex_init(&push->mutex, NULL);
		clock__init_condition(&push->changed);
		err = thread__start(&push->thread, run, push);
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
	push->deadline_ns = clock__monotonic_ns() + PUSH_FAREWELL_SECONDS * CLOCK_SECOND_NS;
	pthread_cond_broadcast(&push->changed);
	while (!push->ended) {
		clock__wait(&push->changed, &push->mutex, clock__monotonic_ns() + LOOK_AROUND);
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
