// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/priority.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe/crowd.h"

#define BEST_NICE     (-20)
#define MODEST_NICE   10
#define PERIOD_NS     UINT64_C(100000000) /* long, because a thread that has used up its part waits for the next one */
#define RESET_ON_FORK 1			  /* the kernel's SCHED_FLAG_RESET_ON_FORK */
#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

/* How the calling thread is scheduled. */
struct schedule {
	int policy;
	int level;	/* among real-time threads; 0 for SCHED_OTHER */
	bool inherited; /* by children, together with the nice value */
};

static int get_schedule(struct schedule *schedule)
{
	int policy = sched_getscheduler(0);
	struct sched_param param;

	if (policy < 0 || sched_getparam(0, &param))
		return -errno;
	*schedule = (struct schedule){
		.policy = policy & ~SCHED_RESET_ON_FORK,
		.level = param.sched_priority,
		.inherited = !(policy & SCHED_RESET_ON_FORK),
	};
	return 0;
}

static int set_schedule(const struct schedule *schedule)
{
	const struct sched_param param = {.sched_priority = schedule->level};
	int policy = schedule->inherited ? schedule->policy : schedule->policy | SCHED_RESET_ON_FORK;

	return sched_setscheduler(0, policy, &param) ? -errno : 0;
}

static void raise_nice(void)
{
	const struct schedule ordinary = {.policy = SCHED_OTHER};

	/* If it cannot be set that children do not inherit the nice value, it is not raised. */
	if (!set_schedule(&ordinary))
		setpriority(PRIO_PROCESS, 0, BEST_NICE);
}

void priority__raise(void)
{
	const struct schedule real_time = {.policy = SCHED_RR, .level = sched_get_priority_min(SCHED_RR)};

	if (set_schedule(&real_time))
		raise_nice();
}

/* The kernel's struct sched_attr; glibc has it since 2.41 only. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

void priority__be_first(unsigned percent)
{
	struct attributes attributes = {
		.size = sizeof(attributes),
		.policy = SCHED_DEADLINE,
		.flags = RESET_ON_FORK,
		.runtime_ns = percent * PERIOD_NS / 100,
		.deadline_ns = PERIOD_NS,
		.period_ns = PERIOD_NS,
	};
	const struct schedule highest = {.policy = SCHED_FIFO, .level = sched_get_priority_max(SCHED_FIFO)};

	/* It is refused, for example, to a process that is confined to some of the processors. */
	if (syscall(SYS_sched_setattr, 0, &attributes, 0) && set_schedule(&highest))
		priority__raise();
}

bool priority__lower(void)
{
	struct schedule schedule = {0};

	if (get_schedule(&schedule) || schedule.policy != SCHED_RR)
		return false;
	schedule.policy = SCHED_OTHER;
	schedule.level = 0;
	return !set_schedule(&schedule);
}

void priority__raise_in_crowd(void)
{
	if (crowd__is_there())
		raise_nice();
}

void priority__give_way(void)
{
	if (getpriority(PRIO_PROCESS, 0) < MODEST_NICE)
		setpriority(PRIO_PROCESS, 0, MODEST_NICE);
}

pid_t priority__fork(void)
{
	struct schedule schedule = {.inherited = true};
	bool changed = !get_schedule(&schedule) && !schedule.inherited;
	pid_t pid;

	schedule.inherited = true;
	if (changed)
		(void)set_schedule(&schedule);
	pid = fork();
	schedule.inherited = false;
	if (changed && pid)
		(void)set_schedule(&schedule);
	return pid;
}
