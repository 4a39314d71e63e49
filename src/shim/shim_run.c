// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shim/shim_calibrate.h"
#include "shim/shim_clock.h"
#include "shim/shim_events.h"

static struct {
	struct shim_counts counts;
	struct shim_monitoring monitoring;
	struct shim_monitoring local; /* within a budget: a second tool, for the events of single code objects */
	struct shim_selection *selection;
} run;

static const struct {
	int err;
	enum lprof_shim_state state;
} states[] = {
	{0, LPROF_SHIM_COUNTING},
	{-ENOTSUP, LPROF_SHIM_NO_MONITORING},
	{-EBUSY, LPROF_SHIM_NO_TOOL},
	{-EPROTOTYPE, LPROF_SHIM_FREE_THREADED},
};

static enum lprof_shim_state state_of(int err)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (states[i].err == err)
			return states[i].state;
	return LPROF_SHIM_FAILED;
}

int shim_run__open(int fd)
{
	return shim_memory__open(fd, &run.counts.memory);
}

struct lprof_shim_table *shim_run__table(void)
{
	return run.counts.memory.table;
}

/* Called by the interpreter when it is between two instructions, after counting has ended by itself. */
static int end(void *data)
{
	(void)data;
	if (shim_events__is_over())
		shim_run__end();
	return 0;
}

/* Takes the numbers of tools that are needed, and has the callbacks called. 0 or -errno. */
static int open_tools(struct lprof_shim_table *table, bool bounded)
{
	int err = shim_monitoring__open(&run.monitoring, table->taken, sizeof(table->taken));

	if (!err && bounded)
		err = shim_monitoring__open(&run.local, table->taken, sizeof(table->taken));
	if (!err && bounded)
		err = shim_monitoring__register(&run.local, shim_events__methods);
	if (!err)
		err = shim_monitoring__register(&run.monitoring, bounded ? shim_events__finders : shim_events__methods);
	return err;
}

/* 0 or -errno; no exception is left. */
static int begin(bool running)
{
	bool bounded = run.counts.memory.run->share_ppm;
	struct shim_events events = {
		.monitoring = &run.monitoring,
		.local = bounded ? &run.local : &run.monitoring,
		.counts = &run.counts,
	};
	struct lprof_shim_table *table = run.counts.memory.table;
	int err;

	/* Objects of such a build are laid out otherwise, so nothing may be done with any before this is known. */
	if (strstr(table->version, "free-threading"))
		return -EPROTOTYPE;
	err = open_tools(table, bounded);
	if (err)
		return err;
	shim_calibrate__measure(events.local, &run.counts, table->costs);
	memcpy(events.costs, table->costs, sizeof(events.costs));
	run.selection = shim_selection__new(run.counts.memory.run);
	events.selection = run.selection;
	if (!events.selection)
		return -ENOMEM;
	shim_events__at_end(end);
	shim_events__begin(&events);
	err = shim_monitoring__set(&run.monitoring, shim_monitoring__global(&run.monitoring, running));
	if (!err && running)
		shim_events__add_running();
	return err;
}

void shim_run__begin(bool running)
{
	struct lprof_shim_table *table = run.counts.memory.table;

	snprintf(table->version, sizeof(table->version), "%s", Py_GetVersion());
	__atomic_store_n(&table->state, state_of(begin(running)), __ATOMIC_RELEASE);
}

bool shim_run__is_counting(void)
{
	const struct lprof_shim_run *shared = run.counts.memory.run;

	return shared && run.counts.memory.table && run.counts.memory.table->state == LPROF_SHIM_COUNTING &&
	       !__atomic_load_n(&shared->over, __ATOMIC_RELAXED) &&
	       shim_clock__read_ns(CLOCK_MONOTONIC) + LPROF_SHIM_LEASE_NS <
		       __atomic_load_n(&shared->lease_ns, __ATOMIC_RELAXED) + LPROF_SHIM_GONE_NS;
}

void shim_run__end(void)
{
	struct lprof_shim_table *table = run.counts.memory.table;

	if (!run.counts.memory.run)
		return;
	shim_events__end();
	shim_monitoring__close(&run.local);
	shim_monitoring__close(&run.monitoring);
	shim_selection__free(run.selection);
	run.selection = NULL;
	if (table && table->state == LPROF_SHIM_COUNTING)
		table->state = LPROF_SHIM_ENDED;
	shim_counts__release(&run.counts);
	shim_memory__close(&run.counts.memory);
}
