// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_processes.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/grow.h"

struct process {
	bool watched;
	bool missed;  /* it had ended before it was watched */
	int pidfd;    /* -1: it is not needed, or not any more */
	uint64_t end; /* when it ended; 0: it has not */
};

struct monitoring_processes {
	struct process *items; /* by table */
	size_t n;
	const pid_t *pids;
	size_t n_pids;
	int epoll_fd;
};

struct monitoring_processes *monitoring_processes__new(const pid_t *pids, size_t n_pids)
{
	struct monitoring_processes *processes = calloc(1, sizeof(*processes));

	if (!processes)
		return NULL;
	processes->pids = pids;
	processes->n_pids = n_pids;
	processes->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return processes;
}

static void forget(struct process *process)
{
	if (process->watched && process->pidfd >= 0)
		close(process->pidfd);
	process->pidfd = -1;
}

void monitoring_processes__free(struct monitoring_processes *processes)
{
	if (!processes)
		return;
	for (size_t i = 0; i < processes->n; i++)
		forget(&processes->items[i]);
	if (processes->epoll_fd >= 0)
		close(processes->epoll_fd);
	free(processes->items);
	free(processes);
}

static bool is_known(const struct monitoring_processes *processes, pid_t pid)
{
	for (size_t i = 0; i < processes->n_pids; i++)
		if (processes->pids[i] == pid)
			return true;
	return false;
}

static void watch(const struct monitoring_processes *processes, uint32_t number, pid_t pid)
{
	struct process *process = &processes->items[number];
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};

	*process = (struct process){.watched = true, .pidfd = -1};
	if (is_known(processes, pid))
		return;
	process->pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	process->missed = process->pidfd < 0 || processes->epoll_fd < 0 ||
			  epoll_ctl(processes->epoll_fd, EPOLL_CTL_ADD, process->pidfd, &event);
}

int monitoring_processes__watch(struct monitoring_processes *processes, uint32_t number, pid_t pid)
{
	size_t before = processes->n;

	if (grow__to(&processes->items, &processes->n, (size_t)number + 1, sizeof(*processes->items)))
		return -ENOMEM;
	for (size_t i = before; i < processes->n; i++)
		processes->items[i] = (struct process){.pidfd = -1};
	if (!processes->items[number].watched)
		watch(processes, number, pid);
	return 0;
}

int monitoring_processes__fd(const struct monitoring_processes *processes)
{
	return processes->epoll_fd;
}

void monitoring_processes__take(struct monitoring_processes *processes, uint64_t now)
{
	struct epoll_event event;

	while (processes->epoll_fd >= 0 && epoll_wait(processes->epoll_fd, &event, 1, 0) == 1) {
		struct process *process = &processes->items[event.data.u32];

		process->end = now;
		forget(process);
	}
}

bool monitoring_processes__end(const struct monitoring_processes *processes, uint32_t number, uint64_t now,
			       uint64_t *end)
{
	const struct process *process = number < processes->n ? &processes->items[number] : NULL;

	*end = process && process->end && process->end < now ? process->end : now;
	return process && process->watched && !process->missed;
}
