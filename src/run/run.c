// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "files/run_directory.h"
#include "probe/leftover.h"
#include "probe/priority.h"
#include "profile/profile_source.h"
#include "profiler/profiler.h"
#include "push/push_run.h"
#include "run/events.h"
#include "run/output.h"
#include "run/prepare.h"
#include "target/rank.h"
#include "target/target_command.h"
#include "target/target_watch.h"
#include "terminal/color.h"
#include "terminal/terminal.h"
#include "top/top.h"

#define TICK	       0.25	       /* seconds; what is adjusted then has settled before anybody could stop a run */
#define TOP_INTERVAL   1	       /* seconds */
#define STATUS_NS      CLOCK_SECOND_NS /* between two status lines, if to make one takes ... */
#define MOST_STATUS_NS 10000000u       /* ... no longer than this */

struct run {
	const struct options *options;
	const struct diag *diag;
	struct profiler *profiler;
	struct output *output;
	struct report_style style;
	struct push_run *push; /* NULL without --push */
	struct top *top;       /* NULL: there is no live view now */
	uint64_t status_due_ns;
	struct target_command command; /* pid 0: there is none */
	pid_t *pids;
	int *ranks; /* of an MPI job; -1: none */
	size_t n_pids;
	struct target_watch *watch; /* of those processes; NULL: not yet */
	uint64_t started_ns;
	uint64_t duration_ns;
	bool attached;
	bool lost;	   /* the process that held the probes was killed */
	bool released;	   /* the command was let go */
	bool not_executed; /* ... and could not be executed */
};

/* Which processes are profiled: COMMAND's or those of -p. */
static int find_processes(struct run *run, const pid_t *pids, size_t n)
{
	int err = target_watch__open(pids, n, run->diag, &run->watch);

	if (err)
		return err;
	run->pids = calloc(n + 1, sizeof(*run->pids));
	run->ranks = calloc(n + 1, sizeof(*run->ranks));
	if (!run->pids || !run->ranks)
		return -ENOMEM;
	for (; run->n_pids < n; run->n_pids++) {
		run->pids[run->n_pids] = pids[run->n_pids];
		run->ranks[run->n_pids] = rank__of_process(pids[run->n_pids]);
	}
	return 0;
}

static uint64_t elapsed_ns(const struct run *run)
{
	return clock__monotonic_ns() - run->started_ns;
}

/* What -d asks for, 0: nothing. */
static uint64_t wanted_ns(const struct run *run)
{
	double ns = run->options->duration * 1e9;

	return ns < (double)UINT64_MAX / 2 ? (uint64_t)ns : 0;
}

static int attach(struct run *run)
{
	const struct diag diag = target_watch__explaining(run->watch, run->diag);
	int err;

	priority__raise(); /* from now on there is something to end */
	run->started_ns = clock__monotonic_ns();
	err = profiler__attach(run->profiler, run->pids, run->n_pids, wanted_ns(run), &diag);
	run->attached = !err;
	return err;
}

static void detach(struct run *run)
{
	if (!run->attached)
		return;
	if (profiler__detach(run->profiler, run->diag) == -EPIPE)
		run->lost = true;
	priority__lower();
	run->duration_ns = elapsed_ns(run);
	if (wanted_ns(run) && run->duration_ns > wanted_ns(run))
		run->duration_ns = wanted_ns(run); /* no longer was counted */
	run->attached = false;
}

/* Those of processes that joined in later (-x FILE without -p) are not known. */
static void note_ranks(const struct run *run, struct profile *profile)
{
	for (size_t i = 0; i < profile->n_functions; i++) {
		struct profile_owner *owner = &profile->functions[i].owner;
		int rank = -1;

		for (size_t k = 0; k < run->n_pids; k++)
			if (run->pids[k] == owner->pid || (run->n_pids == 1 && !owner->pid))
				rank = run->ranks[k];
		owner->has_rank = rank >= 0;
		owner->rank = rank >= 0 ? rank : 0;
	}
}

static int fill_profile(struct run *run, struct profile *profile)
{
	int err = 0;

	profile->clock = run->options->clock;
	profile->duration_ns = run->attached ? elapsed_ns(run) : run->duration_ns;
	if (run->options->command)
		err = profile__set_command(profile, run->options->command);
	for (size_t i = 0; !err && i < run->n_pids; i++)
		err = profile__add_pid(profile, run->pids[i]);
	if (!err)
		err = profiler__collect(run->profiler, profile);
	if (run->attached)
		target_watch__look(run->watch);
	if (!err)
		err = target_watch__note_stops(run->watch, profile);
	if (err)
		return err;
	note_ranks(run, profile);
	if (!run->lost)
		return 0;
	return profile__add_note(profile,
				 "the process that held the probes was killed while it profiled, and the "
				 "probes are gone with it: hits end some time before the end, and not all lines' at "
				 "the same moment");
}

/* What can be said and printed only on a terminal that is in order again. */
static void close_top(struct run *run)
{
	top__close(run->top);
	run->top = NULL;
}

/* A new profile of what has been counted until now. 0, or -errno that was said. */
static int collect(struct run *run, struct profile **out)
{
	struct profile *profile = profile__new();
	int err = profile ? fill_profile(run, profile) : -ENOMEM;

	if (!err) {
		*out = profile;
		return 0;
	}
	close_top(run);
	diag__failure(run->diag, err, "cannot read the counters");
	profile__free(profile);
	return err;
}

/* Sends what is new. Profiling goes on if that fails: it is part of the next profile then. */
static void push(struct run *run, const struct profile *profile)
{
	int err = run->push ? push_run__send(run->push, profile) : 0;

	if (err)
		diag__error(run->diag, "cannot send a profile: %s", strerror(-err));
}

/* What is sent at the end comes from the same reading as what is printed. */
static int report(struct run *run, bool to_print)
{
	struct profile *profile;
	int err = collect(run, &profile);

	if (err)
		return err;
	if (to_print) {
		status__erase(run->diag->status);
		err = profile_source__record(profile, &run->options->source_dirs);
		if (!err)
			err = output__write(run->output, run->options->format, &run->style, profile, run->diag);
	}
	push(run, profile);
	profile__free(profile);
	return err;
}

static int start_push(struct run *run)
{
	const struct options *options = run->options;

	if (!run->push)
		return 0;
	return push_run__start(run->push, options->command, run->pids, run->n_pids, options->file, options->clock);
}

static int update_top(struct run *run)
{
	struct profile *profile;
	int err = collect(run, &profile);

	return err ? err : top__update(run->top, profile);
}

/* If there is to be a live view. 1 or -errno. */
static int open_top(struct run *run, struct events *events)
{
	int err = 0;

	if (run->options->top)
		err = top__open(run->options->style.unit, run->options->color, &run->options->source_dirs, run->diag,
				&run->top);
	if (!err && run->top)
		err = events__watch_keys(events, top__fd(run->top));
	if (!err && run->top)
		err = update_top(run);
	return err ? err : 1;
}

/*
 * What is going on, once a second, unless reading the counters that often would cost as much as it tells. A command
 * writes to the terminal when it likes: no line of ours could stay in one place then.
 */
static int show_status(struct run *run)
{
	uint64_t now_ns = elapsed_ns(run), took_ns;
	struct profile *profile;
	double share = 0;
	int err;

	if (!run->diag->status || run->top || run->command.pid || now_ns < run->status_due_ns)
		return 0;
	err = collect(run, &profile);
	if (err)
		return err;
	if (profile->probe.target_ns)
		share = 100 * (double)profile->probe.overhead_ns / (double)profile->probe.target_ns;
	status__show(run->diag->status, "%llu s, %llu hits, probing takes %.0f %% of the target's time",
		     (unsigned long long)(now_ns / CLOCK_SECOND_NS), (unsigned long long)profile->probe.hits, share);
	profile__free(profile);
	took_ns = elapsed_ns(run) - now_ns;
	run->status_due_ns = now_ns + (took_ns < MOST_STATUS_NS ? STATUS_NS : took_ns * (STATUS_NS / MOST_STATUS_NS));
	return 0;
}

/* A first Ctrl-C has reached the command too, and its end will be ours; a second one means us. */
static bool shall_stop(struct run *run, const struct events *events, int event, int *n_interrupts)
{
	switch (event) {
	case EVENT_INTERRUPT:
		return !run->command.pid || ++*n_interrupts > 1;
	case EVENT_TERMINATE:
		if (!run->command.pid)
			return true;
		kill(run->command.pid, events__signal(events));
		return ++*n_interrupts > 1;
	default:
		return true;
	}
}

/* 1: go on, 0: this is the end; or -errno. */
static int tick(struct run *run)
{
	int err = profiler__adjust(run->profiler);

	target_watch__look(run->watch);
	if (err == -EPIPE) {
		run->lost = true;
		return 0;
	}
	if (!err)
		err = show_status(run);
	return err ? err : 1;
}

/* Does what an event asks for. 1: go on, 0: this is the end; or -errno. */
static int obey(struct run *run, const struct events *events, int event, int *n_interrupts)
{
	int err = 0;

	switch (event) {
	case EVENT_TICK:
		return tick(run);
	case EVENT_WAKE:
		profiler__wake(run->profiler);
		break;
	case EVENT_INTERVAL:
		priority__lower();
		err = run->top ? update_top(run) : report(run, !run->push);
		priority__raise();
		break;
	case EVENT_KEY:
		return top__keys(run->top);
	case EVENT_RESIZE:
		err = top__resize(run->top);
		break;
	default:
		return !shall_stop(run, events, event, n_interrupts);
	}
	return err ? err : 1;
}

static int wait_for_end(struct run *run, struct events *events)
{
	int n_interrupts = 0, verdict = open_top(run, events);

	while (verdict > 0) {
		int event = events__wait(events);

		verdict = event < 0 ? event : obey(run, events, event, &n_interrupts);
	}
	close_top(run);
	status__erase(run->diag->status);
	return verdict;
}

static int dump(struct run *run)
{
	FILE *file = fopen(run->options->dump_counts, "we");
	int err;

	if (!file) {
		err = -errno;
		diag__failure(run->diag, err, "cannot write to %s", run->options->dump_counts);
		return err;
	}
	err = profiler__dump(run->profiler, file);
	if (fclose(file) && (!err || err == -EIO)) /* of which the stream keeps no reason */
		err = -errno;
	if (err)
		diag__failure(run->diag, err, "cannot write to %s", run->options->dump_counts);
	return err;
}

static int profile_target(struct run *run, struct events *events)
{
	const struct events_clocks clocks = {
		.duration = run->options->duration,
		.interval = run->options->top && !run->options->interval ? TOP_INTERVAL : run->options->interval,
		.tick = TICK,
	};
	int err = attach(run);

	if (err)
		return err;
	events__watch(events, profiler__wake_fd(run->profiler));
	err = events__start_clocks(events, &clocks);
	if (err) {
		diag__failure(run->diag, err, "cannot set a timer");
		return err;
	}
	err = start_push(run);
	if (err)
		return err;
	if (run->command.pid) {
		run->released = true;
		err = target_command__release(&run->command, run->options->command, run->diag);
		run->not_executed = err;
	} else if (!run->options->top) {
		diag__note(run->diag, "profiling; Ctrl-C to stop and see the table");
	}
	if (err)
		return err;
	err = wait_for_end(run, events);
	detach(run);
	if (!err)
		err = report(run, true);
	if (!err && run->options->dump_counts)
		err = dump(run);
	return err;
}

static int profile(struct run *run)
{
	struct events *events = NULL;
	int err = 0;

	if (run->options->command) {
		err = target_command__start(run->options->command, run->options->user, run->diag, &run->command);
		if (!err)
			err = find_processes(run, &run->command.pid, 1);
	}
	if (!err) {
		err = events__open(target_watch__fds(run->watch), run->n_pids, &events);
		if (err)
			diag__failure(run->diag, err, "cannot wait for signals and clocks");
	}
	if (!err)
		err = profile_target(run, events);
	detach(run);
	push_run__free(run->push); /* while signals are blocked, so that it can leave things in order */
	run->push = NULL;
	events__close(events);
	return err;
}

/* The command's exit status, also when it could not be executed, unless profiling it failed. */
static int finish_command(struct run *run, int err)
{
	bool executed = run->released && !run->not_executed;
	int status;

	target_command__abandon(&run->command);
	if (!run->released)
		return EXIT_FAILURE;
	status = target_command__wait(&run->command);
	return err && executed ? EXIT_FAILURE : status;
}

/* Where the report goes, and how it looks there. */
static int open_output(struct run *run)
{
	const struct options *options = run->options;
	int err = output__open(options->output, run->diag, &run->output);

	if (err)
		return err;
	run->style = options->style;
	run->style.color = color__wanted(options->color, output__fd(run->output));
	/* One report after another would each have to be left before the next. */
	if (!options->no_pager && (options->top || !options->interval))
		output__use_pager(run->output);
	return 0;
}

static int finish(struct run *run, int err)
{
	int status = err || run->lost ? EXIT_FAILURE : EXIT_SUCCESS;

	if (run->command.pid > 0)
		status = finish_command(run, err);

	free(run->pids);
	free(run->ranks);
	profiler__close(run->profiler);
	target_watch__close(run->watch);
	push_run__free(run->push);
	output__close(run->output);
	return status;
}

/* What a process of -p maps is looked at while it may end at any moment. */
static int prepare(struct run *run)
{
	const struct options *options = run->options;
	int err = options->command ? 0 : find_processes(run, options->pids, options->n_pids);
	struct diag diag = *run->diag;

	if (err)
		return err;
	if (run->watch)
		diag = target_watch__explaining(run->watch, run->diag);
	return prepare__profiler(options, &diag, &run->profiler);
}

int run__profile(const struct options *options, const struct diag *diag)
{
	struct run run = {.options = options, .diag = diag};
	size_t found, left;
	int err = 0;

	/* Not a command, which would inherit it where the kernel cannot tell children apart. */
	if (!options->command)
		priority__raise_in_crowd();
	if (!options->dry_run)
		(void)leftover__clean(RUN_DIRECTORY, diag, &found, &left);
	if (!options->dry_run)
		err = open_output(&run);
	if (!err && options->top && !options->dry_run)
		err = terminal__claim(options->command, diag);
	if (!err && options->push && !options->dry_run)
		err = push_run__new(options->push, options->spool, diag, &run.push);
	if (!err)
		err = prepare(&run);
	if (!err)
		err = options->dry_run ? profiler__list(run.profiler, stdout) : profile(&run);
	(void)diag__end(diag, err); /* at once: the command may go on for long */
	return finish(&run, err);
}
