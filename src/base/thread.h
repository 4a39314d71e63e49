/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thread: threads beside the main one, which alone waits for signals. */
#ifndef LPROF_THREAD_H
#define LPROF_THREAD_H

#include <pthread.h>

/* Starts a thread that calls FN with ARG, all signals blocked; to be joined by the caller. 0 or -errno. */
int thread__start(pthread_t *thread, void *(*fn)(void *arg), void *arg);

#endif
