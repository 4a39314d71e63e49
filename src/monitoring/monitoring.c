// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/printable.h"
#include "cpython/python_interpreters.h"
#include "cpython/python_owners.h"
#include "cpython/python_report.h"
#include "monitoring/monitoring_counts.h"
#include "monitoring/monitoring_lease.h"
#include "monitoring/monitoring_memory.h"
#include "monitoring/monitoring_notes.h"
#include "monitoring/monitoring_processes.h"
#include "monitoring/monitoring_running.h"
#include "shim/python_starters.h"
#include "target/process_words.h"
#include "target/target_loader.h"

/*
 * Standard deviation of what the callbacks cost, by what was measured when the program began: it depends a little on
 * what else is in the caches.
 */
#define COST_SPREAD 0.03

/* Parts of the budget that are for counting: at first, and whatever samples and probes take. */
#define FIRST_PART 0.5
#define LEAST_PART 0.25
#define SHARE_NS   200000000u /* of the targets' processor time: from then on it is known what these take */

struct monitoring {
	struct python_interpreters interpreters;
	const struct selector *const *selectors;
	size_t n_selectors;
	bool *awaited; /* for each selector: nothing had matched it when preparing was done */
	const struct source_dirs *source_dirs;
	bool possible;		    /* that is no Python, but may start some */
	struct target_files *files; /* with whose rights that reads files; NULL: there is none */
	char *program;		    /* the executable of the command that will be started; NULL: there is none */
	struct monitoring_running *running; /* what runs already; NULL: there is nothing of it */
	struct throttle_budget budget;
	const struct throttle *throttle; /* NULL: there is no budget */
	int64_t began_ns;
	enum profile_by by;
	struct python_owners owners;
	struct monitoring_memory *memory;	/* NULL before equip */
	struct monitoring_lease *lease;		/* NULL: the main thread alone renews it, when it comes by */
	struct monitoring_processes *processes; /* NULL before attach */
	size_t *checked; /* of each table: how many of its functions were checked for being wanted */
	uint64_t *used;	 /* ... and how much of it was in use then */
	size_t n_bare;	 /* programs that were executed meanwhile, and have nothing that counts */
	int err;	 /* the last error of looking after the programs */
	bool ended;
};

static void monitoring_close(void *state)
{
	struct monitoring *monitoring = state;

	monitoring_lease__end(monitoring->lease);
	if (monitoring->memory)
		monitoring_memory__stop(monitoring->memory);
	monitoring_running__free(monitoring->running);
	monitoring_processes__free(monitoring->processes);
	monitoring_memory__close(monitoring->memory);
	python_interpreters__release(&monitoring->interpreters);
	python_owners__release(&monitoring->owners);
	target_files__unref(monitoring->files);
	free(monitoring->program);
	free(monitoring->awaited);
	free(monitoring->checked);
	free(monitoring->used);
	free(monitoring);
}

static int monitoring_find(const struct frontend_request *request, const struct diag *diag, void **state)
{
	struct monitoring *monitoring = calloc(1, sizeof(*monitoring));
	int err;

	(void)diag;
	*state = NULL;
	if (!monitoring)
		return -ENOMEM;
	if (request->executed) { /* too late */
		free(monitoring);
		return 0;
	}
	monitoring->selectors = request->selectors;
	monitoring->n_selectors = request->n_selectors;
	monitoring->source_dirs = request->source_dirs;
	monitoring->budget = request->budget;
	for (size_t i = 0; request->command && i < request->interpreters->n && !monitoring->program; i++)
		if (request->interpreters->items[i].main) {
			monitoring->program = strdup(request->interpreters->items[i].path);
			monitoring->files = target_files__ref(request->interpreters->items[i].files);
		}
	monitoring->began_ns = (int64_t)clock__realtime_ns();
	err = python_interpreters__find(request, true, &monitoring->interpreters);
	if (!err && !request->command && request->n_pids) {
		monitoring->running =
			monitoring_running__find(&monitoring->interpreters, request->pids, request->n_pids);
		err = monitoring->running ? 0 : -ENOMEM;
	}
	monitoring->awaited = calloc(request->n_selectors + 1, sizeof(*monitoring->awaited));
	monitoring->checked = calloc(LPROF_SHIM_TABLES, sizeof(*monitoring->checked));
	monitoring->used = calloc(LPROF_SHIM_TABLES, sizeof(*monitoring->used));
	if ((request->command && request->interpreters->n && !monitoring->program) || !monitoring->awaited ||
	    !monitoring->checked || !monitoring->used)
		err = -ENOMEM;
	monitoring->possible =
		!monitoring->interpreters.n && monitoring->program && python_starters__has(monitoring->program);
	if (err || (!monitoring->interpreters.n && !monitoring->possible))
		monitoring_close(monitoring);
	else
		*state = monitoring;
	return err;
}

static int monitoring_plan(void *state, const struct calibration *calibration, const uint32_t *ratios,
			   const struct diag *diag)
{
	struct monitoring *monitoring = state;

	(void)calibration;
	(void)ratios;
	(void)diag;
	monitoring->owners.all = monitoring->possible ? monitoring->files : monitoring->interpreters.items[0]->files;
	return 0;
}

/* Whether a program of the run can be made to count. */
static bool can_count(const struct monitoring *monitoring)
{
	const char *reason;
	pid_t pid;

	return monitoring->program ||
	       (monitoring->running && monitoring_running__can(monitoring->running, &pid, &reason));
}

/* Why no program can count, as the beginning of a sentence; owned by the caller. NULL when out of memory. */
static char *describe_why_not(const struct monitoring *monitoring)
{
	const struct python_interpreter *first = monitoring->interpreters.items[0];
	const char *reason = NULL;
	char *why;
	pid_t pid;
	int n;

	if (monitoring->running)
		(void)monitoring_running__can(monitoring->running, &pid, &reason);
	if (reason && first->hex >= PYTHON_DOOR_SINCE)
		n = asprintf(&why, "process %d runs CPython %s, but cannot be made to count lines of Python, %s",
			     (int)pid, first->version, reason);
	else
		n = asprintf(&why,
			     "%s is CPython %s, which has no line probe from 3.12 on, and a door for debuggers only "
			     "from 3.14 on: hits of its lines can be counted only if it is started by lprof-bpf (-- %s "
			     "...)",
			     first->name, first->version, first->name);
	return n < 0 ? NULL : why;
}

/* Says why no program can count. Returns -ENOTSUP; -ENODATA, if samples can do instead; or -ENOMEM. */
static int say_why_not(const struct monitoring *monitoring, const struct frontend_request *request,
		       const struct selector *selector, const struct diag *diag)
{
	bool sampled = request->samples && monitoring->interpreters.items[0]->known;
	char *why = describe_why_not(monitoring);

	if (!why)
		return -ENOMEM;
	if (sampled)
		diag__note(diag, "%s; what matches %s is sampled instead, so its lines have times and no hits", why,
			   selector__text(selector));
	else
		diag__error(diag, "%s; and none of its native functions with debug information matches %s", why,
			    selector__text(selector));
	free(why);
	return sampled ? -ENODATA : -ENOTSUP;
}

/* Functions are known only when they run, so any selector may still match one in a program that counts. */
static int monitoring_may_match(void *state, const struct frontend_request *request, const struct selector *selector,
				const struct diag *diag)
{
	const struct monitoring *monitoring = state;

	if (!monitoring || monitoring->possible)
		return 1;
	if (can_count(monitoring)) {
		for (size_t i = 0; i < monitoring->n_selectors; i++)
			monitoring->awaited[i] |= monitoring->selectors[i] == selector;
		return 0;
	}
	return say_why_not(monitoring, request, selector, diag);
}

static int monitoring_list(void *state, FILE *out)
{
	const struct monitoring *monitoring = state;

	for (size_t i = 0; can_count(monitoring) && i < monitoring->interpreters.n; i++) {
		const struct python_interpreter *interpreter = monitoring->interpreters.items[i];

		printable__print(out, "%s  CPython %s: Python functions are known only when they run",
				 interpreter->name, interpreter->version);
		fprintf(out,
			"\n  its own sys.monitoring counts the lines of those that are selected, and of no other\n");
	}
	return ferror(out) ? -EIO : 0;
}

/* A program might not start with a library that was built for another C library than its own. */
static int try_library(const struct monitoring *monitoring, const struct diag *diag)
{
	int verdict = target_loader__preloads(monitoring->program, monitoring_memory__library(monitoring->memory));

	if (verdict > 0)
		return 0;
	if (verdict < 0)
		diag__failure(diag, verdict, "cannot find out whether a library can be preloaded into %s",
			      monitoring->program);
	else
		diag__error(
			diag,
			"the C library that %s uses is older than the one that lprof-bpf was built with, or another "
			"one, so nothing in there can count lines of Python; build lprof-bpf on that system",
			monitoring->program);
	return verdict < 0 ? verdict : -ENOTSUP;
}

static int monitoring_equip(void *state, enum profile_clock clock, enum profile_by by,
			    struct target_equipment *equipment, const struct diag *diag)
{
	struct monitoring *monitoring = state;
	const struct monitoring_wish wish = {
		.selectors = monitoring->selectors,
		.n_selectors = monitoring->n_selectors,
		.clock = clock,
		.by_thread = by == PROFILE_BY_THREAD,
		.share = FIRST_PART * monitoring->budget.percent / 100,
		.pause_ns = monitoring->budget.pause_ns,
	};
	int err;

	if (!can_count(monitoring) || !equipment != !monitoring->program)
		return 0;
	monitoring->by = by;
	err = monitoring_memory__open(&wish, diag, &monitoring->memory);
	if (err || !equipment)
		return err;
	if (!err)
		err = try_library(monitoring, diag);
	if (!err)
		monitoring_memory__equip(monitoring->memory, equipment);
	return err;
}

/* It has no BPF programs. The processes are those of the session. */
static void monitoring_configure(void *state, const struct session_config *config, struct session_part *part)
{
	struct monitoring *monitoring = state;

	(void)part;
	if (monitoring->memory && !monitoring->processes)
		monitoring->processes = monitoring_processes__new(config->pids, config->n_pids);
}

/* The thread that renews the lease begins last: what forks processes before should have no other threads. */
static int monitoring_attach(void *state, struct session *session, const struct diag *diag)
{
	struct monitoring *monitoring = state;
	int err = 0;

	(void)session;
	if (!monitoring->memory)
		return 0;
	if (!monitoring->processes)
		return -ENOMEM;
	monitoring_memory__renew(monitoring->memory);
	if (monitoring->running)
		err = monitoring_running__begin(monitoring->running, monitoring->memory, diag);
	/* Where there is no thread for it, the lease is renewed a few times a second if nothing takes long. */
	if (!err)
		(void)monitoring_lease__begin(monitoring->memory, MONITORING_LEASE_PATIENCE_NS, &monitoring->lease);
	return err;
}

static int monitoring_submit(void *state, struct session *session, struct throttle *throttle, const struct diag *diag)
{
	struct monitoring *monitoring = state;

	monitoring->throttle = throttle;
	return monitoring_attach(state, session, diag);
}

/* What samples and probes take is not left for counting. */
static void share_budget(const struct monitoring *monitoring)
{
	struct profile_budget spent;
	double part;

	if (!monitoring->throttle || monitoring->ended)
		return;
	spent = throttle__spent(monitoring->throttle);
	if (spent.target_ns < SHARE_NS)
		return;
	part = 1 - 100 * (double)spent.spent_ns / (double)spent.target_ns / monitoring->budget.percent;
	monitoring_memory__allow(monitoring->memory, fmax(part, LEAST_PART) * monitoring->budget.percent / 100);
}

static bool is_wanted(const struct monitoring *monitoring, const struct python_code *code)
{
	for (size_t i = 0; i < monitoring->n_selectors; i++)
		if (python_code__is_selected(code, monitoring->selectors[i]))
			return true;
	return false;
}

/*
 * Reads a copy of table NUMBER, which has no head if it is not valid. TABLE and *bytes are to be released. 0 or
 * -errno.
 */
static int read_table(const struct monitoring *monitoring, uint32_t number, void **bytes,
		      struct monitoring_table *table)
{
	size_t size;
	int err = monitoring_memory__read(monitoring->memory, number, bytes, &size);

	return !err && size ? monitoring_table__read(*bytes, size, table) : err;
}

/* Calls FN with each table, until it fails. 0 or -errno. */
static int each_table(struct monitoring *monitoring,
		      int (*fn)(struct monitoring *monitoring, uint32_t number, const struct monitoring_table *table,
				void *ctx),
		      void *ctx)
{
	uint32_t n = 0, n_lost;
	int err = monitoring_memory__tables(monitoring->memory, &n, &n_lost);

	for (uint32_t i = 0; !err && i < n; i++) {
		struct monitoring_table table = {0};
		void *bytes = NULL;

		err = read_table(monitoring, i, &bytes, &table);
		if (!err && table.head)
			err = fn(monitoring, i, &table, ctx);
		monitoring_table__release(&table);
		free(bytes);
	}
	return err;
}

/* Has those of the table's functions not counted that the program has selected although they are not wanted. */
static int check_functions(struct monitoring *monitoring, uint32_t number, const struct monitoring_table *table)
{
	struct monitoring_counts counts = {0};
	const struct monitoring_reading reading = {.tick_ns = 1};
	size_t checked = monitoring->checked[number];
	int err = 0;

	if (checked < table->n_functions)
		err = monitoring_counts__add(&counts, table, &reading);
	/* The counts have the functions in the table's order. */
	for (; !err && checked < table->n_functions; checked++)
		if (!is_wanted(monitoring, &counts.codes.items[checked]))
			monitoring_memory__reject(monitoring->memory, number, table->functions[checked].at);
	monitoring->checked[number] = checked;
	monitoring_counts__release(&counts);
	return err;
}

/* Looks at table NUMBER, and into it if there is more in it than before. */
static int look_after(struct monitoring *monitoring, uint32_t number)
{
	struct monitoring_table table = {0};
	struct lprof_shim_table head;
	void *bytes = NULL;

	int err = monitoring_memory__head(monitoring->memory, number, &head);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = monitoring_processes__watch(monitoring->processes, number, head.pid);
	if (err || head.used == monitoring->used[number])
		return err;
	monitoring->used[number] = head.used;
	err = read_table(monitoring, number, &bytes, &table);
	if (!err && table.head)
		err = check_functions(monitoring, number, &table);
	monitoring_table__release(&table);
	free(bytes);
	return err;
}

static void monitoring_adjust(void *state)
{
	struct monitoring *monitoring = state;
	uint32_t n, n_lost;
	int err;

	if (!monitoring->memory)
		return;
	monitoring_memory__renew(monitoring->memory);
	monitoring_lease__come_by(monitoring->lease);
	if (monitoring->running)
		monitoring_running__look(monitoring->running);
	share_budget(monitoring);
	err = monitoring_memory__tables(monitoring->memory, &n, &n_lost);
	for (uint32_t i = 0; !err && i < n; i++)
		err = look_after(monitoring, i);
	monitoring->err = err ? err : monitoring->err;
}

/* What is loaded when a program begins is named in the environment that it gets. */
static void monitoring_executed(void *state, pid_t pid)
{
	struct monitoring *monitoring = state;
	char **words = process_words__read(pid, "environ");
	bool named = false;

	for (size_t i = 0; words && words[i]; i++)
		named |= !strncmp(words[i], LPROF_SHIM_VARIABLE "=", strlen(LPROF_SHIM_VARIABLE "="));
	monitoring->n_bare += words && !named && !monitoring->possible;
	free(words);
}

static void monitoring_stop(void *state)
{
	struct monitoring *monitoring = state;

	if (!monitoring->memory || monitoring->ended)
		return;
	monitoring_lease__end(monitoring->lease);
	monitoring->lease = NULL;
	monitoring_memory__stop(monitoring->memory);
	monitoring->ended = true;
	monitoring_adjust(state);
	monitoring_processes__take(monitoring->processes, monitoring_memory__now(monitoring->memory));
	if (monitoring->running)
		monitoring_running__end(monitoring->running);
}

static int monitoring_wake_fd(void *state)
{
	const struct monitoring *monitoring = state;

	return monitoring->processes ? monitoring_processes__fd(monitoring->processes) : -1;
}

static void monitoring_wake(void *state)
{
	const struct monitoring *monitoring = state;

	if (monitoring->processes)
		monitoring_processes__take(monitoring->processes, monitoring_memory__now(monitoring->memory));
}

/* What is read for a profile. */
struct collection {
	struct monitoring_counts counts;
	struct monitoring_notes notes;
	struct monitoring_reading reading;
	uint64_t now;
};

static int collect_table(struct monitoring *monitoring, uint32_t number, const struct monitoring_table *table,
			 void *ctx)
{
	struct collection *collection = ctx;
	int err = monitoring_processes__watch(monitoring->processes, number, table->head->pid);

	monitoring_notes__take(&collection->notes, table->head);
	collection->reading.in_flight =
		monitoring_processes__end(monitoring->processes, number, collection->now, &collection->reading.end) &&
		monitoring_memory__clock(monitoring->memory) != LPROF_SHIM_THREAD_CPU;
	return err ? err : monitoring_counts__add(&collection->counts, table, &collection->reading);
}

static int add_report(const struct monitoring *monitoring, const struct collection *collection,
		      const struct frontend_measurement *measurement, struct profile *profile)
{
	struct frontend_measurement inside = {
		.counters = &collection->counts.counters,
		.scale = {.factor = 1, .doubt = COST_SPREAD},
		.clock = measurement->clock,
		.apart = measurement->apart,
	};
	const struct python_report report = {
		.codes = &collection->counts.codes,
		.selectors = monitoring->selectors,
		.n_selectors = monitoring->n_selectors,
		.awaited = monitoring->awaited,
		.interpreter = monitoring->possible ? NULL : monitoring->interpreters.items[0],
		.owners = &monitoring->owners,
		.source_dirs = monitoring->source_dirs,
		.began_ns = monitoring->began_ns,
		.totals = collection->counts.estimated ? collection->counts.totals : NULL,
	};
	size_t first = profile->n_functions;
	int err = python_report__add(&report, &inside, profile);

	for (size_t i = first; i < profile->n_functions; i++)
		profile->functions[i].timed_inside = true;
	return err;
}

static int monitoring_collect(void *state, const struct frontend_measurement *measurement, struct profile *profile)
{
	struct monitoring *monitoring = state;
	struct collection collection = {.reading.by = monitoring->by,
					.notes.ended = monitoring->ended && !monitoring->possible};
	uint32_t n;
	int err = monitoring->err;

	if (!monitoring->memory)
		return 0;
	if (monitoring->running)
		collection.notes.n_late = monitoring_running__n_late(monitoring->running);
	collection.notes.n_bare = monitoring->n_bare;
	collection.now = monitoring_memory__now(monitoring->memory);
	collection.reading.tick_ns = monitoring_memory__tick_ns(monitoring->memory);
	if (!err)
		err = each_table(monitoring, collect_table, &collection);
	if (!err)
		err = monitoring_memory__tables(monitoring->memory, &n, &collection.notes.n_without);
	if (!err)
		err = add_report(monitoring, &collection, measurement, profile);
	if (!err)
		err = monitoring_notes__add(&collection.notes, &collection.counts, profile);
	if (measurement->throttle) {
		profile->budget.spent_ns += (uint64_t)collection.counts.cost_ns;
		profile->budget.windows += collection.counts.n_windows;
	}
	profile->probe.sites += collection.counts.n_lines;
	profile->probe.hits += collection.counts.n_events;
	profile->probe.overhead_ns += (uint64_t)collection.counts.cost_ns;
	monitoring_counts__release(&collection.counts);
	return err;
}

/* A program that may start Pythons is one of those that are profiled when one has counted something. */
static bool monitoring_is_certain(void *state)
{
	const struct monitoring *monitoring = state;

	for (size_t i = 0; monitoring->possible && i < LPROF_SHIM_TABLES; i++)
		if (monitoring->checked[i])
			return true;
	return !monitoring->possible;
}

const struct frontend monitoring_frontend = {
	.name = "monitoring",
	.find = monitoring_find,
	.plan = monitoring_plan,
	.may_match = monitoring_may_match,
	.list = monitoring_list,
	.equip = monitoring_equip,
	.configure = monitoring_configure,
	.attach = monitoring_attach,
	.submit = monitoring_submit,
	.adjust = monitoring_adjust,
	.executed = monitoring_executed,
	.stop = monitoring_stop,
	.wake_fd = monitoring_wake_fd,
	.wake = monitoring_wake,
	.is_certain = monitoring_is_certain,
	.collect = monitoring_collect,
	.close = monitoring_close,
};
