// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "target/process_stat.h"

struct watched {
	pid_t pid;
	dev_t dev; /* inode of its executable; 0: not known */
	ino_t ino;
	bool stopped; /* it was seen stopped at some time */
};

struct target_watch {
	struct watched *processes;
	int *fds;
	size_t n;
	bool explained; /* the end or exec of a process was reported */
	struct diag_cause cause;
};

/* Gets the inode of the executable of PROCESS. Returns false if it cannot be seen. */
static bool find_executable(const struct watched *process, struct stat *st)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)process->pid);
	return !stat(path, st);
}

static int add(struct target_watch *watch, pid_t pid, const struct diag *diag)
{
	struct watched *process = &watch->processes[watch->n];
	long fd = syscall(SYS_pidfd_open, pid, 0);
	struct stat st;

	if (fd < 0) {
		int err = -errno;

		if (err == -ESRCH)
			diag__error(diag, "there is no process %d; it may have ended", (int)pid);
		else
			diag__failure(diag, err, "cannot watch process %d", (int)pid);
		return err;
	}
	*process = (struct watched){.pid = pid};
	if (find_executable(process, &st)) {
		process->dev = st.st_dev;
		process->ino = st.st_ino;
	}
	watch->fds[watch->n++] = (int)fd;
	return 0;
}

int target_watch__open(const pid_t *pids, size_t n, const struct diag *diag, struct target_watch **out)
{
	struct target_watch *watch = calloc(1, sizeof(*watch));
	int err = 0;

	if (!watch)
		return -ENOMEM;
	watch->processes = calloc(n + 1, sizeof(*watch->processes));
	watch->fds = calloc(n + 1, sizeof(*watch->fds));
	if (!watch->processes || !watch->fds)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < n; i++)
		err = add(watch, pids[i], diag);
	if (err)
		target_watch__close(watch);
	else
		*out = watch;
	return err;
}

void target_watch__close(struct target_watch *watch)
{
	if (!watch)
		return;
	while (watch->n)
		close(watch->fds[--watch->n]);
	free(watch->fds);
	free(watch->processes);
	free(watch);
}

const int *target_watch__fds(const struct target_watch *watch)
{
	return watch->fds;
}

static bool has_ended(const struct target_watch *watch, size_t i)
{
	struct pollfd fd = {.fd = watch->fds[i], .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

static bool has_executed(const struct watched *process)
{
	struct stat st;

	return process->ino && find_executable(process, &st) &&
	       (st.st_dev != process->dev || st.st_ino != process->ino);
}

/* The explain() of struct diag_cause: reports a process that has ended or executed another program. */
static bool explain(void *context, const struct diag *diag)
{
	struct target_watch *watch = context;

	for (size_t i = 0; !watch->explained && i < watch->n; i++) {
		int pid = (int)watch->processes[i].pid;

		watch->explained = true;
		if (has_ended(watch, i))
			diag__error(diag, "process %d ended before profiling began", pid);
		else if (has_executed(&watch->processes[i]))
			diag__error(diag,
				    "process %d executed another program before profiling began; try again to profile "
				    "that one",
				    pid);
		else
			watch->explained = false;
	}
	return watch->explained;
}

struct diag target_watch__explaining(struct target_watch *watch, const struct diag *diag)
{
	struct diag explaining = *diag;

	watch->cause = (struct diag_cause){.explain = explain, .context = watch};
	explaining.cause = &watch->cause;
	return explaining;
}

/*
 * The explain() of struct diag_cause while profiling lasts: a process that ends then is no error, so nothing is said.
 */
static bool pass_over(void *context, const struct diag *diag)
{
	const struct target_watch *watch = context;
	bool ended = false;

	(void)diag;
	for (size_t i = 0; i < watch->n; i++)
		ended |= has_ended(watch, i);
	return ended;
}

struct diag target_watch__passing_over_ends(struct target_watch *watch, const struct diag *diag)
{
	struct diag passing = *diag;

	watch->cause = (struct diag_cause){.explain = pass_over, .context = watch};
	passing.cause = &watch->cause;
	return passing;
}

static bool is_stopped(pid_t pid)
{
	char state[PROCESS_STAT_ROOM];

	return process_stat__read(pid, PROCESS_STAT_STATE, state) && (*state == 'T' || *state == 't');
}

void target_watch__look(struct target_watch *watch)
{
	for (size_t i = 0; i < watch->n; i++)
		watch->processes[i].stopped |= is_stopped(watch->processes[i].pid);
}

int target_watch__note_stops(const struct target_watch *watch, struct profile *profile)
{
	int err = 0;

	for (size_t i = 0; !err && i < watch->n; i++)
		if (watch->processes[i].stopped)
			err = profile__add_note(
				profile,
				"process %d was stopped for some time, by a signal or a debugger; in that "
				"time it did not run and nothing of it was counted; if a signal stopped it, "
				"`kill -CONT %d` lets it go on",
				(int)watch->processes[i].pid, (int)watch->processes[i].pid);
	return err;
}
