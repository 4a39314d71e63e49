// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/target_clock.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/grow.h"

#define LOOK_NS	  CLOCK_SECOND_NS
#define LOOK_COST 200 /* looking for processes may take this part of the time */

struct target {
	pid_t pid;
	clockid_t id;
	uint64_t first_ns, now_ns; /* its time when it was found, and when it was last looked at */
};

struct target_clock {
	const struct probed *probed;
	bool given; /* which processes the targets are */
	struct target *targets;
	size_t n, capacity;
	pid_t *pids; /* of the targets, for target_clock__pids() */
	uint64_t ended_ns;
	uint64_t look_ns; /* when processes are to be looked for again */
};

static bool read_clock(struct target *target)
{
	struct timespec time;

	if (clock_gettime(target->id, &time))
		return false;
	target->now_ns = (uint64_t)time.tv_sec * CLOCK_SECOND_NS + (uint64_t)time.tv_nsec;
	return true;
}

static void add(struct target_clock *clock, pid_t pid)
{
	struct target target = {.pid = pid};

	if (clock_getcpuclockid(pid, &target.id) || !read_clock(&target))
		return;
	target.first_ns = target.now_ns;
	if (!grow__one(&clock->targets, &clock->capacity, clock->n, sizeof(target)))
		clock->targets[clock->n++] = target;
}

static struct target *find(struct target_clock *clock, pid_t pid)
{
	for (size_t i = 0; i < clock->n; i++)
		if (clock->targets[i].pid == pid)
			return &clock->targets[i];
	return NULL;
}

static void look_at(struct target_clock *clock, pid_t pid)
{
	struct target *known = find(clock, pid);

	if (!known && probed__is_mapped(clock->probed, pid, NULL))
		add(clock, pid);
}

static void look_for_processes(struct target_clock *clock)
{
	uint64_t start_ns = clock__monotonic_ns(), took_ns;
	const struct dirent *entry;
	DIR *proc;

	if (clock->given || start_ns < clock->look_ns)
		return;
	proc = opendir("/proc");
	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0)
			look_at(clock, pid);
	}
	if (proc)
		closedir(proc);
	took_ns = LOOK_COST * (clock__monotonic_ns() - start_ns);
	clock->look_ns = start_ns + (took_ns > LOOK_NS ? took_ns : LOOK_NS);
}

struct target_clock *target_clock__new(const struct probed *probed, const pid_t *pids, size_t n)
{
	struct target_clock *clock = calloc(1, sizeof(*clock));

	if (!clock)
		return NULL;
	clock->probed = probed;
	clock->given = n;
	for (size_t i = 0; i < n; i++)
		add(clock, pids[i]);
	return clock;
}

void target_clock__free(struct target_clock *clock)
{
	if (!clock)
		return;
	free(clock->targets);
	free(clock->pids);
	free(clock);
}

uint64_t target_clock__ns(struct target_clock *clock)
{
	uint64_t sum_ns = 0;
	size_t kept = 0;

	look_for_processes(clock);
	for (size_t i = 0; i < clock->n; i++) {
		struct target target = clock->targets[i];
		bool lives = read_clock(&target);

		*(lives ? &sum_ns : &clock->ended_ns) += target.now_ns - target.first_ns;
		if (lives)
			clock->targets[kept++] = target;
	}
	clock->n = kept;
	return clock->ended_ns + sum_ns;
}

size_t target_clock__pids(struct target_clock *clock, const pid_t **pids)
{
	pid_t *resized;

	look_for_processes(clock);
	resized = reallocarray(clock->pids, clock->n + 1, sizeof(*resized));
	*pids = resized;
	if (!resized)
		return 0;
	clock->pids = resized;
	for (size_t i = 0; i < clock->n; i++)
		resized[i] = clock->targets[i].pid;
	return clock->n;
}
