// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_notes.h"

#include <stdio.h>

void monitoring_notes__take(struct monitoring_notes *notes, const struct lprof_shim_table *head)
{
	notes->n_tables++;
	if (head->state < LPROF_SHIM_STATES)
		notes->n_in_state[head->state]++;
	if (head->state == LPROF_SHIM_NO_TOOL && !*notes->taken)
		snprintf(notes->taken, sizeof(notes->taken), "%.*s", (int)sizeof(head->taken), head->taken);
}

/* What a state means for the numbers. */
static int note_states(const struct monitoring_notes *notes, struct profile *profile)
{
	static const struct {
		enum lprof_shim_state state;
		const char *text;
	} texts[] = {
		{LPROF_SHIM_ABANDONED,
		 "stopped counting before the end, because the profiler was stopped or had got no processor "
		 "time for too long: hits and times are too low"},
		{LPROF_SHIM_NO_MONITORING, "has no sys.monitoring, so none of its Python functions were counted"},
		{LPROF_SHIM_FREE_THREADED,
		 "is a free-threaded build, in which lines cannot be counted; use the usual build of Python"},
		{LPROF_SHIM_FAILED, "could not begin to count, so none of its Python functions are in the table"},
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(texts) / sizeof(*texts); i++)
		if (notes->n_in_state[texts[i].state])
			err = profile__add_note(profile, "%u Python program%s: each %s",
						notes->n_in_state[texts[i].state],
						notes->n_in_state[texts[i].state] == 1 ? "" : "s", texts[i].text);
	if (!err && notes->n_in_state[LPROF_SHIM_NO_TOOL])
		err = profile__add_note(
			profile,
			"no Python function was counted in %u program%s, because both of the numbers that "
			"sys.monitoring has for other tools were in use there already: by %s",
			notes->n_in_state[LPROF_SHIM_NO_TOOL], notes->n_in_state[LPROF_SHIM_NO_TOOL] == 1 ? "" : "s",
			notes->taken);
	return err;
}

static int note_losses(const struct monitoring_counts *counts, struct profile *profile)
{
	const struct {
		uint64_t n;
		const char *text;
	} losses[] = {
		{counts->n_lost, "Python functions were not counted for lack of room: some are missing; profile fewer"},
		{counts->n_lost_calls,
		 "events of Python functions could not be timed for lack of room: their times are too low"},
		{counts->n_damaged,
		 "tables of Python programs were damaged: some functions may be missing, and figures be wrong"},
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(losses) / sizeof(*losses); i++)
		if (losses[i].n)
			err = profile__add_note(profile, "%llu %s", (unsigned long long)losses[i].n, losses[i].text);
	return err;
}

int monitoring_notes__add(const struct monitoring_notes *notes, const struct monitoring_counts *counts,
			  struct profile *profile)
{
	int err = note_states(notes, profile);

	if (!err && notes->n_without)
		err = profile__add_note(
			profile,
			"%u Python programs were not counted, because they were too many or could not map "
			"the memory to count in: their lines are missing",
			notes->n_without);
	if (!err && notes->n_late)
		err = profile__add_note(
			profile,
			"%zu Python program%s executed no Python code since profiling began: all threads waited in "
			"system calls, executed native code or got no processor time, so nothing of it was counted",
			notes->n_late, notes->n_late == 1 ? "" : "s");
	if (!err && notes->n_bare)
		err = profile__add_note(
			profile,
			"%zu Python program%s executed meanwhile, and did not get what counts lines: nothing of %s is "
			"in "
			"the table; a process of -p passes it on when it forks, but not to what it executes, as %s",
			notes->n_bare, notes->n_bare == 1 ? " was" : "s were", notes->n_bare == 1 ? "it" : "them",
			"multiprocessing by spawn and forkserver, subprocess and os.system do; start it by "
			"`lprof-bpf -- COMMAND` to have these counted too");
	if (!err && notes->ended && !notes->n_tables && !notes->n_without && !notes->n_late)
		err = profile__add_note(
			profile, "no Python has taken up counting, so nothing of it is in the table: LD_PRELOAD did "
				 "not reach it, as with setuid programs and those that clear their environment");
	if (!err && counts->n_unfollowed)
		err = profile__add_note(
			profile,
			"%u Python program%s raised so many exceptions that following them would have taken more "
			"than the budget: all functions were counted in windows from then on",
			counts->n_unfollowed, counts->n_unfollowed == 1 ? "" : "s");
	if (!err && counts->n_helpless)
		err = profile__add_note(
			profile,
			"%u Python program%s could not make another thread, so what did not fit into the budget was "
			"not counted: hits are missing; --max-overhead none counts all of them",
			counts->n_helpless, counts->n_helpless == 1 ? "" : "s");
	return err ? err : note_losses(counts, profile);
}
