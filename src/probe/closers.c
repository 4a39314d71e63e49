// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/closers.h"

#include <pthread.h>
#include <stdlib.h>

#include "probe/priority.h"

#define N_THREADS 4
/*
 * Of a processor, for each: ten milliseconds in a hundred. A site takes 3 us, but 30 and more where the host machine
 * gives the processors to others; a thread that has used up its part leaves the breakpoints in until the next period.
 */
#define PERCENT 10

struct closer {
	struct closers *closers;
	pthread_t thread;
	struct attachment *attachment; /* to be taken out; NULL: it is free */
};

struct closers {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct closer items[N_THREADS];
	size_t n;
	bool ending;
};

static void *run(void *ctx)
{
	struct closer *closer = ctx;
	struct closers *closers = closer->closers;

	priority__be_first(PERCENT);
	pthread_mutex_lock(&closers->mutex);
	for (;;) {
		while (!closer->attachment && !closers->ending)
			pthread_cond_wait(&closers->changed, &closers->mutex);
		if (!closer->attachment)
			break;
		pthread_mutex_unlock(&closers->mutex);
		attachment__detach(closer->attachment);
		pthread_mutex_lock(&closers->mutex);
		closer->attachment = NULL;
	}
	pthread_mutex_unlock(&closers->mutex);
	return NULL;
}

struct closers *closers__new(void)
{
	struct closers *closers = calloc(1, sizeof(*closers));

	if (!closers)
		return NULL;
	pthread_mutex_init(&closers->mutex, NULL);
	pthread_cond_init(&closers->changed, NULL);
	for (int i = 0; i < N_THREADS; i++) {
		struct closer *closer = &closers->items[closers->n];

		closer->closers = closers;
		if (!pthread_create(&closer->thread, NULL, run, closer))
			closers->n++;
	}
	return closers;
}

void closers__free(struct closers *closers)
{
	if (!closers)
		return;
	pthread_mutex_lock(&closers->mutex);
	closers->ending = true;
	pthread_cond_broadcast(&closers->changed);
	pthread_mutex_unlock(&closers->mutex);
	for (size_t i = 0; i < closers->n; i++)
		pthread_join(closers->items[i].thread, NULL);
	pthread_cond_destroy(&closers->changed);
	pthread_mutex_destroy(&closers->mutex);
	free(closers);
}

/* Gives it to a thread that is free. Returns whether there is one. */
static bool hand_over(struct closers *closers, struct attachment *attachment)
{
	bool found = false;

	pthread_mutex_lock(&closers->mutex);
	for (size_t i = 0; i < closers->n && !found; i++) {
		struct closer *closer = &closers->items[i];

		found = !closer->attachment;
		if (found)
			closer->attachment = attachment;
	}
	pthread_cond_broadcast(&closers->changed);
	pthread_mutex_unlock(&closers->mutex);
	return found;
}

void closers__detach(struct closers *closers, struct attachment *attachment)
{
	if (!closers || !hand_over(closers, attachment))
		attachment__detach(attachment);
}

bool closers__are_done(struct closers *closers)
{
	bool done = true;

	if (!closers)
		return true;
	pthread_mutex_lock(&closers->mutex);
	for (size_t i = 0; i < closers->n; i++)
		done = done && !closers->items[i].attachment;
	pthread_mutex_unlock(&closers->mutex);
	return done;
}
