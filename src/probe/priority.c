// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/priority.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "probe/crowd.h"

#define BEST_NICE (-20)

static void raise_nice(void)
{
	struct sched_param none = {0};

	/* Without the flag a child would inherit the nice value. So where the flag cannot be set, nothing is raised. */
	if (!sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none))
		setpriority(PRIO_PROCESS, 0, BEST_NICE);
}

void priority__raise(void)
{
	struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_RR)};

	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest))
		raise_nice();
}

void priority__lower(void)
{
	int policy = sched_getscheduler(0);
	struct sched_param none = {0};

	if (policy >= 0 && (policy & ~SCHED_RESET_ON_FORK) == SCHED_RR)
		(void)sched_setscheduler(0, SCHED_OTHER | (policy & SCHED_RESET_ON_FORK), &none);
}

void priority__raise_in_crowd(void)
{
	if (crowd__is_there())
		raise_nice();
}

/* Sets whether children inherit the priority. An error needs no handling: nothing has been raised then either. */
static void set_inherited(bool inherited)
{
	int policy = sched_getscheduler(0);
	struct sched_param param;

	if (policy < 0 || sched_getparam(0, &param))
		return;
	policy &= ~SCHED_RESET_ON_FORK;
	(void)sched_setscheduler(0, inherited ? policy : policy | SCHED_RESET_ON_FORK, &param);
}

pid_t priority__fork(void)
{
	bool resets = sched_getscheduler(0) & SCHED_RESET_ON_FORK;
	pid_t pid;

	if (resets)
		set_inherited(true);
	pid = fork();
	if (resets && pid)
		set_inherited(false);
	return pid;
}
