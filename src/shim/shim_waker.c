// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_waker.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NAME	    "lprof-bpf"
#define STACK	    (128u << 10)
#define PATIENCE_NS 500000000 /* so long its end is waited for: the machine may be busy */
#define LOOK_NS	    50000
#define SECOND_NS   1000000000L

struct waker {
	pthread_t thread;
	pid_t tid; /* 0: it has not begun */
	pthread_mutex_t mutex;
	pthread_cond_t told;
	bool stop;
	int (*look)(void);
	int delay_ms;
};

static struct waker *waker; /* NULL: there is none */

static void add_ns(struct timespec *time, long ns)
{
	time->tv_nsec += ns;
	time->tv_sec += time->tv_nsec / SECOND_NS;
	time->tv_nsec %= SECOND_NS;
}

/* Waits MS, or until it is told to stop; returns whether it was. */
static bool wait_ms(struct waker *self, int ms)
{
	struct timespec end;
	bool stop;
	int err = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	add_ns(&end, ms % 1000 * 1000000L);
	pthread_mutex_lock(&self->mutex);
	while (!self->stop && !err)
		err = pthread_cond_timedwait(&self->told, &self->mutex, &end);
	stop = self->stop;
	pthread_mutex_unlock(&self->mutex);
	return stop;
}

static void *run(void *argument)
{
	struct waker *self = argument;
	int ms = self->delay_ms;

	__atomic_store_n(&self->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELAXED);
	(void)prctl(PR_SET_NAME, NAME);
	while (ms >= 0 && !wait_ms(self, ms))
		ms = self->look();
	return NULL;
}

/* With a stack that holds little, and all signals blocked. */
static int create(struct waker *self)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int err = pthread_attr_init(&attributes);

	if (err)
		return err;
	(void)pthread_attr_setstacksize(&attributes, STACK);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&self->thread, &attributes, run, self);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return err;
}

bool shim_waker__start(int (*look)(void), int delay_ms)
{
	struct waker *self = waker ? NULL : calloc(1, sizeof(*self));
	pthread_condattr_t attributes;

	if (!self)
		return waker;
	self->look = look;
	self->delay_ms = delay_ms;
	(void)pthread_mutex_init(&self->mutex, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&self->told, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	if (create(self))
		free(self);
	else
		waker = self;
	return waker;
}

/*
 * The kernel counts a thread for a while after it has been joined, above all on a busy machine, and so does Python when
 * it warns of threads.
 */
static void await_end(pid_t tid)
{
	const struct timespec look = {.tv_nsec = LOOK_NS};
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d", (int)tid);
	for (int i = 0; i < PATIENCE_NS / LOOK_NS && !access(path, F_OK); i++)
		(void)nanosleep(&look, NULL);
}

bool shim_waker__stop(void)
{
	struct waker *self = waker;
	struct timespec end;

	if (!self)
		return false;
	waker = NULL;
	pthread_mutex_lock(&self->mutex);
	self->stop = true;
	pthread_cond_signal(&self->told);
	pthread_mutex_unlock(&self->mutex);
	(void)clock_gettime(CLOCK_REALTIME, &end);
	add_ns(&end, PATIENCE_NS);
	if (pthread_timedjoin_np(self->thread, NULL, &end)) {
		(void)pthread_detach(self->thread); /* it still uses what is not freed */
		return true;
	}
	await_end(self->tid);
	free(self);
	return true;
}

bool shim_waker__forget(void)
{
	bool had = waker;

	waker = NULL; /* its memory may be in any state */
	return had;
}
