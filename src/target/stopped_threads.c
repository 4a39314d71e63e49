// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread may start others until it is stopped itself. So the list of threads is read again and again, until it has no
 * new one. A thread that is stopped because a signal has arrived for it is given that when it goes on.
 */
#include "target/stopped_threads.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/grow.h"

#define STOP_MS	      200  /* so long some threads are kept stopped to wait for the others */
#define LET_GO_MS     2000 /* so long those are waited for afterwards, while the program goes on */
#define EVENT(status) ((status) >> 16)

struct thread {
	pid_t tid;
	int signal;   /* that it is to be given; 0: none */
	bool stopped; /* else it has not, or it has ended */
};

struct stopped_threads {
	pid_t pid;
	struct thread *items;
	size_t n, room;
	int left_ms;
};

static bool is_known(const struct stopped_threads *stopped, pid_t tid)
{
	for (size_t i = 0; i < stopped->n; i++)
		if (stopped->items[i].tid == tid)
			return true;
	return false;
}

/* Begins to trace TID and asks it to stop. 1, 0: it has ended meanwhile; or -errno. */
static int seize(struct stopped_threads *stopped, pid_t tid)
{
	if (grow__one(&stopped->items, &stopped->room, stopped->n, sizeof(*stopped->items)))
		return -ENOMEM;
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL)) {
		int err = errno;

		/* It may be ours still, of an earlier try when it could not stop. Nobody else's can be interrupted. */
		if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL))
			return err == ESRCH ? 0 : -err;
	}
	stopped->items[stopped->n++] = (struct thread){.tid = tid};
	(void)ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	return 1;
}

/* Waits until THREAD has stopped or ended. 0 or -EBUSY. */
static int await(struct stopped_threads *stopped, struct thread *thread)
{
	for (;; stopped->left_ms--) {
		int status;
		pid_t found = waitpid(thread->tid, &status, __WALL | WNOHANG);

		if (found == thread->tid) {
			thread->stopped = WIFSTOPPED(status);
			thread->signal = !thread->stopped || EVENT(status) ? 0 : WSTOPSIG(status);
			return 0;
		}
		if (found < 0)
			return 0;
		if (stopped->left_ms <= 0)
			return -EBUSY;
		(void)poll(NULL, 0, 1);
	}
}

/* Lets THREAD go on if it has stopped. If it was killed, it stays until somebody has taken notice. */
static void release(const struct thread *thread)
{
	if (thread->stopped && ptrace(PTRACE_DETACH, thread->tid, NULL, (long)thread->signal))
		(void)waitpid(thread->tid, NULL, __WALL | WNOHANG);
}

void stopped_threads__let_go(struct stopped_threads *stopped)
{
	if (!stopped)
		return;
	stopped->left_ms = LET_GO_MS;
	for (size_t i = 0; i < stopped->n; i++)
		release(&stopped->items[i]);
	/* Only what has stopped can be let go; what stops later than this, goes on when this process ends. */
	for (size_t i = 0; i < stopped->n; i++)
		if (!stopped->items[i].stopped && !await(stopped, &stopped->items[i]))
			release(&stopped->items[i]);
	free(stopped->items);
	free(stopped);
}

/* Stops the threads of DIRECTORY that are not stopped yet. Their number, or -errno. */
static int stop_listed(struct stopped_threads *stopped, DIR *directory)
{
	size_t first = stopped->n;
	const struct dirent *entry;
	int err = 0;

	while (err >= 0 && (entry = readdir(directory))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid > 0 && !is_known(stopped, tid))
			err = seize(stopped, tid);
	}
	for (size_t i = first; err >= 0 && i < stopped->n; i++)
		err = await(stopped, &stopped->items[i]);
	return err < 0 ? err : (int)(stopped->n - first);
}

int stopped_threads__stop(pid_t pid, struct stopped_threads **out)
{
	struct stopped_threads *stopped = calloc(1, sizeof(*stopped));
	char path[32];
	DIR *directory;
	int n;

	if (!stopped)
		return -ENOMEM;
	*stopped = (struct stopped_threads){.pid = pid, .left_ms = STOP_MS};
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	directory = opendir(path);
	n = directory ? 1 : errno == ENOENT ? -ESRCH : -errno;
	while (directory && n > 0) {
		n = stop_listed(stopped, directory);
		rewinddir(directory);
	}
	if (directory)
		closedir(directory);
	if (!n && !stopped->n)
		n = -ESRCH;
	if (n < 0) {
		stopped_threads__let_go(stopped);
		return n;
	}
	*out = stopped;
	return 0;
}
