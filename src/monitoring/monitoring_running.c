// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_running.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "monitoring/monitoring_visit.h"
#include "target/process_start.h"

#define STARTING_NS (10 * (int64_t)CLOCK_SECOND_NS) /* so long a process may take to set up its interpreter */
#define LOOK_MS	    10

struct program {
	struct monitoring_door door;
	const char *reason; /* why it cannot count; NULL: it can */
	bool counts;
	bool never;		       /* it has not answered until the end */
	struct monitoring_visit *late; /* it was asked, and has not answered yet; NULL: it has */
};

struct monitoring_running {
	struct program *items;
	size_t n;
};

static bool is_starting(pid_t pid)
{
	int64_t start_ns = process_start__ns(pid);

	return start_ns && (int64_t)clock__realtime_ns() - start_ns < STARTING_NS;
}

/* Finds the door of process PID, which may have been started just before the profiler. */
static void find_door(struct program *program, const struct python_interpreter *interpreter, pid_t pid)
{
	int err;

	do
		err = monitoring_door__find(interpreter, pid, &program->door, &program->reason);
	while (err == -EAGAIN && is_starting(pid) && poll(NULL, 0, LOOK_MS) == 0);
}

/* Adds process PID, if it runs one of INTERPRETERS. */
static void add(struct monitoring_running *running, const struct python_interpreters *interpreters, pid_t pid)
{
	for (size_t i = 0; i < interpreters->n; i++) {
		struct program *program = &running->items[running->n];
		uint64_t bias;

		if (python_interpreter__bias(interpreters->items[i], pid, &bias))
			continue;
		*program = (struct program){.door.pid = pid};
		find_door(program, interpreters->items[i], pid);
		running->n++;
		return;
	}
}

struct monitoring_running *monitoring_running__find(const struct python_interpreters *interpreters, const pid_t *pids,
						    size_t n)
{
	struct monitoring_running *running = calloc(1, sizeof(*running));

	if (running)
		running->items = calloc(n + 1, sizeof(*running->items));
	if (!running || !running->items) {
		monitoring_running__free(running);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		add(running, interpreters, pids[i]);
	return running;
}

void monitoring_running__free(struct monitoring_running *running)
{
	if (!running)
		return;
	monitoring_running__end(running);
	free(running->items);
	free(running);
}

bool monitoring_running__can(const struct monitoring_running *running, pid_t *pid, const char **reason)
{
	*reason = NULL;
	for (size_t i = 0; i < running->n; i++) {
		if (!running->items[i].reason)
			return true;
		*pid = running->items[i].door.pid;
		*reason = running->items[i].reason;
	}
	return false;
}

int monitoring_running__begin(struct monitoring_running *running, const struct monitoring_memory *memory,
			      const struct diag *diag)
{
	int err = 0;
	bool any = false;

	for (size_t i = 0; i < running->n; i++) {
		struct program *program = &running->items[i];

		monitoring_memory__renew(memory);
		if (program->reason) {
			diag__note(diag, "process %d cannot be made to count lines of Python, %s",
				   (int)program->door.pid, program->reason);
			continue;
		}
		err = monitoring_visit__begin(&program->door, memory, diag, &program->late);
		if (err == -ENOMEM)
			return err;
		program->counts = !err;
		any |= program->counts || program->late;
	}
	return any ? 0 : err;
}

void monitoring_running__look(struct monitoring_running *running)
{
	for (size_t i = 0; i < running->n; i++)
		if (running->items[i].late)
			running->items[i].counts = !monitoring_visit__look(&running->items[i].late);
}

size_t monitoring_running__n_late(const struct monitoring_running *running)
{
	size_t n = 0;

	for (size_t i = 0; i < running->n; i++)
		n += running->items[i].late || running->items[i].never;
	return n;
}

/* Has the programs that have not come stay away. */
static void call_off(struct monitoring_running *running)
{
	for (size_t i = 0; i < running->n; i++) {
		struct program *program = &running->items[i];

		if (!program->late)
			continue;
		program->counts = !monitoring_visit__call_off(program->late);
		program->never = !program->counts;
		program->late = NULL;
	}
}

void monitoring_running__end(struct monitoring_running *running)
{
	call_off(running);
	for (size_t i = 0; i < running->n; i++)
		if (running->items[i].counts) {
			running->items[i].counts = false;
			(void)monitoring_visit__end(&running->items[i].door);
		}
}
