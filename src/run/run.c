// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "files/run_directory.h"
#include "probe/crowd.h"
#include "probe/leftover.h"
#include "probe/priority.h"
#include "profile/profile_source.h"
#include "profile/stacks.h"
#include "push/push_run.h"
#include "report/budget_use.h"
#include "run/events.h"
#include "run/homes.h"
#include "run/output.h"
#include "run/programs.h"
#include "target/rank.h"
#include "target/target_command.h"
#include "target/target_watch.h"
#include "terminal/color.h"
#include "terminal/terminal.h"
#include "top/top.h"

#define FEW	       2	       /* runnable threads for each processor: with more, several compete for each */
#define PATIENCE_NS    CLOCK_SECOND_NS /* from the end of the command until it is said that what it started goes on */
#define TICK	       0.25	       /* seconds; short enough for the sampler to be adjusted even in a short run */
#define TOP_INTERVAL   1	       /* seconds from one update of the live view to the next, without -i */
#define STATUS_NS      CLOCK_SECOND_NS /* from one status line to the next, if making one takes at most */
#define MOST_STATUS_NS 10000000u       /* this long; otherwise proportionally longer */

struct run {
	const struct options *options;
	const struct diag *diag;
	struct programs *programs;
	struct output *output;
	struct report_style style;
	struct push_run *push; /* NULL without --push */
	struct top *top;       /* NULL: there is no live view now */
	uint64_t status_due_ns;
	struct target_command command; /* pid 0: there is none */
	pid_t *pids;
	int *ranks; /* rank of each process in an MPI job; -1: it has none */
	size_t n_pids;
	struct target_watch *watch; /* of these processes; NULL: they are not known yet */
	uint64_t started_ns;
	uint64_t searched_ns; /* so long after that it took until the programs of a cgroup were probed */
	uint64_t duration_ns;
	bool attached;
	bool lost;	   /* the process that held the probes was killed */
	bool released;	   /* the command was allowed to start */
	bool not_executed; /* the command could not be executed */
	uint64_t left_ns;  /* since when the command has ended while what it has started goes on; 0: it has not */
	bool left_said;	   /* and that was said */
};

/* Records which processes are profiled (COMMAND's or those of -p) and begins to watch them. */
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

/* The duration that -d asks for; 0: there is none. */
static uint64_t wanted_ns(const struct run *run)
{
	double ns = run->options->duration * 1e9;

	return ns < (double)UINT64_MAX / 2 ? (uint64_t)ns : 0;
}

/* When that is over, after the beginning of the run; 0: there is no end. */
static uint64_t end_ns(const struct run *run)
{
	return wanted_ns(run) ? run->searched_ns + wanted_ns(run) : 0;
}

static int attach(struct run *run)
{
	const struct diag diag = target_watch__explaining(run->watch, run->diag);
	int err;

	priority__raise(); /* from now on there are probes, which must be taken out again however busy the system is */
	run->started_ns = clock__monotonic_ns();
	err = programs__begin(run->programs, run->pids, run->n_pids, wanted_ns(run), &diag);
	run->attached = !err;
	/* The programs in a cgroup are searched and planned only now, which may take longer than -d. */
	if (run->options->cgroup)
		run->searched_ns = elapsed_ns(run);
	return err;
}

static void detach(struct run *run)
{
	if (!run->attached)
		return;
	if (programs__end(run->programs, run->diag) == -EPIPE)
		run->lost = true;
	priority__lower();
	run->duration_ns = elapsed_ns(run);
	if (end_ns(run) && run->duration_ns > end_ns(run))
		run->duration_ns = end_ns(run); /* counting ended by itself after that time */
	run->attached = false;
}

/*
 * Sets the ranks of the owners. The ranks of processes that were found only later (-x FILE without -p) are not known.
 */
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

static int fill_profile(struct run *run, struct profile **made)
{
	struct profile *profile = *made;
	int err = 0;

	profile->clock = run->options->clock;
	profile->duration_ns = run->attached ? elapsed_ns(run) : run->duration_ns;
	if (run->options->command)
		err = profile__set_command(profile, run->options->command);
	for (size_t i = 0; !err && i < run->n_pids; i++)
		err = profile__add_pid(profile, run->pids[i]);
	if (!err)
		err = programs__collect(run->programs, made);
	profile = *made;
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
				 "the process that held the probes was killed, and the probes went with it: hits and "
				 "times stop some time before the end of the run, and not for all lines at the same "
				 "moment; profile again for exact figures");
}

/* Ends the live view, so that the terminal can take messages and reports again. */
static void close_top(struct run *run)
{
	top__close(run->top);
	run->top = NULL;
}

/* Makes a new profile of what has been counted until now. 0, or -errno that was reported. */
static int collect(struct run *run, struct profile **out)
{
	struct profile *profile = profile__new();
	int err = profile ? fill_profile(run, &profile) : -ENOMEM;

	if (!err) {
		*out = profile;
		return 0;
	}
	close_top(run);
	diag__failure(run->diag, err, "cannot read the counters");
	profile__free(profile);
	return err;
}

/* Sends what is new. If that fails, profiling goes on: the next profile that is sent contains it too. */
static void push(struct run *run, const struct profile *profile)
{
	int err = run->push ? push_run__send(run->push, profile) : 0;

	if (err)
		diag__error(run->diag, "cannot send a profile: %s", strerror(-err));
}

/* Reads the counters once, prints the report if it is TO_PRINT, and sends the same figures if there is a store. */
static int report(struct run *run, bool to_print)
{
	struct profile *profile;
	int err = collect(run, &profile);

	if (err)
		return err;
	if (to_print) {
		status__erase(run->diag->status);
		err = profile_source__record(profile, &run->options->source_dirs, run->diag);
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
	const char *named = programs__cgroup(run->programs);
	char *common = run->push && !named ? homes__common(run->pids, run->n_pids) : NULL;
	const struct push_target target = {
		.command = options->command,
		.pids = run->pids,
		.n_pids = run->n_pids,
		.cgroup = named ? named : common,
		.file = options->file,
	};
	int err = run->push ? push_run__start(run->push, &target, options->clock) : 0;

	free(common);
	return err;
}

static int update_top(struct run *run)
{
	struct profile *profile;
	int err = collect(run, &profile);

	return err ? err : top__update(run->top, profile);
}

/* Opens the live view, if the options ask for it. 1 or -errno. */
static int open_top(struct run *run, struct events *events)
{
	int err = 0;

	if (run->options->top)
		err = top__open(run->options->style.unit, run->options->color, &run->options->source_dirs,
				!run->options->n_functions, run->diag, &run->top);
	if (!err && run->top)
		err = events__watch_keys(events, top__fd(run->top));
	if (!err && run->top)
		err = update_top(run);
	return err ? err : 1;
}

/* Shows what the counters say. Reading them may take long. */
static int show_counters(struct run *run, unsigned long long seconds)
{
	struct profile *profile;
	double share = 0;
	int err = collect(run, &profile);

	if (err)
		return err;
	if (profile->probe.target_ns)
		share = 100 * (double)profile->probe.overhead_ns / (double)profile->probe.target_ns;
	if (!profile->probe.sites && profile->stacks)
		status__show(run->diag->status, "%llu s, %llu samples", seconds,
			     (unsigned long long)stacks__total(profile->stacks).samples);
	else
		status__show(run->diag->status, "%llu s, %llu hits, probing takes %.0f %% of the target's time",
			     seconds, (unsigned long long)profile->probe.hits, share);
	profile__free(profile);
	return 0;
}

static void show_budget(const struct run *run, unsigned long long seconds, const struct profile_budget *budget)
{
	char use[BUDGET_USE_ROOM];

	if (budget_use__format(budget, NULL, use))
		status__show(run->diag->status, "%llu s, profiling takes %s", seconds, use);
	else
		status__show(run->diag->status, "%llu s", seconds);
}

/*
 * Shows once a second what is going on, or less often when reading the counters takes long. With a command there is no
 * such line: the command writes to the terminal whenever it likes, so the line could not stay in one place.
 */
static int show_status(struct run *run)
{
	uint64_t now_ns = elapsed_ns(run), took_ns;
	const struct profile_budget budget = programs__budget(run->programs);
	int err = 0;

	if (!run->diag->status || run->top || run->command.pid || now_ns < run->status_due_ns)
		return 0;
	if (budget.percent > 0)
		show_budget(run, now_ns / CLOCK_SECOND_NS, &budget);
	else
		err = show_counters(run, now_ns / CLOCK_SECOND_NS);
	took_ns = elapsed_ns(run) - now_ns;
	run->status_due_ns = now_ns + (took_ns < MOST_STATUS_NS ? STATUS_NS : took_ns * (STATUS_NS / MOST_STATUS_NS));
	return err;
}

/*
 * Whether EVENT ends the run. The first Ctrl-C has reached the command too, whose end will end the run; only a second
 * one ends the run at once. A SIGTERM to us is passed on to the command, and then counts like a Ctrl-C.
 */
static bool shall_stop(struct run *run, const struct events *events, int event, int *n_interrupts)
{
	switch (event) {
	case EVENT_INTERRUPT:
		return !run->command.pid || run->left_ns || ++*n_interrupts > 1;
	case EVENT_TERMINATE:
		if (!run->command.pid || run->left_ns)
			return true;
		kill(run->command.pid, events__signal(events));
		return ++*n_interrupts > 1;
	default:
		return true;
	}
}

/* Whether processes that the command has started go on without it. That is said unless it is not for long. */
static bool go_on_alone(struct run *run)
{
	size_t n = run->command.pid ? programs__n_left(run->programs, run->command.pid) : 0;

	if (!run->left_ns)
		run->left_ns = elapsed_ns(run);
	if (n && !run->left_said && elapsed_ns(run) - run->left_ns > PATIENCE_NS) {
		diag__note(run->diag,
			   "the command has ended; %zu of the processes that it started go on, and are profiled until "
			   "they end; Ctrl-C to stop and see the table",
			   n);
		run->left_said = true;
	}
	return n;
}

/* What is done a few times a second. 1: go on, 0: this is the end; or -errno. */
static int tick(struct run *run, struct events *events)
{
	const struct diag diag = target_watch__passing_over_ends(run->watch, run->diag);
	int err = programs__tick(run->programs, &diag);

	target_watch__look(run->watch);
	if (err == -EPIPE) {
		run->lost = true;
		return 0;
	}
	if (!err) {
		events__watch(events, programs__wake_fd(run->programs));
		err = show_status(run);
	}
	if (!err && run->left_ns)
		return go_on_alone(run);
	return err ? err : 1;
}

/* Does what an event asks for. 1: go on, 0: this is the end; or -errno. */
static int obey(struct run *run, struct events *events, int event, int *n_interrupts)
{
	int err = 0;

	switch (event) {
	case EVENT_TICK:
		return tick(run, events);
	case EVENT_WAKE:
		programs__wake(run->programs, run->diag);
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
	case EVENT_ALL_GONE:
		return go_on_alone(run);
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

static int write_counts(const void *what, const struct report_style *style, FILE *out)
{
	const struct run *run = what;

	(void)style;
	return programs__dump(run->programs, out);
}

static int dump(struct run *run)
{
	struct output *output = NULL;
	int err = output__open(run->options->dump_counts, run->diag, &output);

	if (!err)
		err = output__write_by(output, write_counts, run, &run->style, run->diag);
	output__close(output);
	return err;
}

/* Says what is going on, and when it ends. */
static void say_profiling(const struct run *run)
{
	bool searching = programs__is_searching(run->programs);
	const char *what = searching ? "looking for the hottest functions" : "profiling";
	const char *result = searching ? "them" : "the table";

	if (run->options->duration > 0)
		diag__note(run->diag, "%s for %g s; Ctrl-C to stop sooner and see %s", what, run->options->duration,
			   result);
	else
		diag__note(run->diag, "%s; Ctrl-C to stop and see %s", what, result);
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
	events__watch(events, programs__wake_fd(run->programs));
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
		say_profiling(run);
	}
	if (err)
		return err;
	err = wait_for_end(run, events);
	detach(run);
	if (!err)
		err = programs__check(run->programs, run->diag);
	if (!err)
		err = report(run, true);
	if (!err && run->options->dump_counts)
		err = dump(run);
	return err;
}

/* Makes a process for the command, which waits until it is released. */
static int start_command(struct run *run)
{
	struct target_equipment equipment = {.n_fds = 0};
	int err = programs__equip(run->programs, &equipment, run->diag);

	if (!err)
		err = target_command__start(run->options->command, run->options->user, &equipment, run->diag,
					    &run->command);
	return err ? err : find_processes(run, &run->command.pid, 1);
}

static int profile(struct run *run)
{
	struct events *events = NULL;
	int err = run->options->command ? start_command(run) : 0;

	if (!err) {
		err = events__open(target_watch__fds(run->watch), run->n_pids, &events);
		if (err)
			diag__failure(run->diag, err, "cannot wait for signals and clocks");
	}
	if (!err)
		err = profile_target(run, events);
	detach(run);
	push_run__free(run->push); /* while signals are still blocked, so that none can interrupt its tidying up */
	run->push = NULL;
	events__close(events);
	return err;
}

/*
 * Our exit status when there is a command: the command's, or the usual one of a command that could not be executed. It
 * is EXIT_FAILURE when profiling the command failed.
 */
static int finish_command(struct run *run, int err)
{
	bool executed = run->released && !run->not_executed;
	int status;

	target_command__abandon(&run->command);
	if (!run->released)
		return EXIT_FAILURE;
	/* The view has left the screen blank, and messages go where the command's output goes. */
	if (run->options->top && target_command__goes_on(&run->command))
		terminal__note(run->diag, "the command goes on without probes and is waited for; Ctrl-C ends it");
	status = target_command__wait(&run->command);
	return err && executed ? EXIT_FAILURE : status;
}

/* Opens what the report is written to, and sets its style. */
static int open_output(struct run *run)
{
	const struct options *options = run->options;
	int err = output__open(options->output, run->diag, &run->output);

	if (err)
		return err;
	run->style = options->style;
	run->style.color = color__wanted(options->color, output__fd(run->output));
	/* With an interval there is no pager: the user would have to leave it before each next report. */
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
	programs__free(run->programs);
	target_watch__close(run->watch);
	push_run__free(run->push);
	output__close(run->output);
	return status;
}

/* Prepares the profiler. A process of -p may end meanwhile, so errors are explained by the watch on the processes. */
static int prepare(struct run *run)
{
	const struct options *options = run->options;
	int err = options->command ? 0 : find_processes(run, options->pids, options->n_pids);
	struct diag diag = *run->diag;

	if (err)
		return err;
	if (run->watch)
		diag = target_watch__explaining(run->watch, run->diag);
	return programs__new(options, &diag, &run->programs);
}

int run__profile(const struct options *options, const struct diag *diag)
{
	struct run run = {.options = options, .diag = diag};
	char directory[RUN_DIRECTORY_SIZE];
	size_t found, left;
	int err = 0;

	/* Not with a command, which would inherit the priority on systems that do not allow it to be reset on fork. */
	if (!options->command)
		priority__raise_in_crowd();
	/* Where several threads compete for each processor, none would notice, but it would take many times longer. */
	if (!options->command && options->max_overhead > 0 && !crowd__is_beyond(FEW))
		priority__give_way();
	if (!options->dry_run)
		(void)leftover__clean(run_directory__path(directory), diag, &found, &left);
	if (!options->dry_run)
		err = open_output(&run);
	if (!err && options->top && !options->dry_run)
		err = terminal__claim(options->command, diag);
	if (!err && options->push && !options->dry_run)
		err = push_run__new(options->push, options->spool, diag, &run.push);
	if (!err)
		err = prepare(&run);
	if (!err)
		err = options->dry_run ? programs__list(run.programs, stdout) : profile(&run);
	(void)diag__end(diag, err); /* before the command is waited for, which may go on for long */
	return finish(&run, err);
}
