/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options: parses the command line. It does not carry out what the options ask for. */
#ifndef LPROF_OPTIONS_H
#define LPROF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "files/debug_dirs.h"
#include "files/source_dirs.h"
#include "profile/profile.h"
#include "push/push_url.h"
#include "report/report.h"
#include "target/selector.h"
#include "terminal/color.h"

enum options_verb {
	OPTIONS_PROFILE, /* the default, without a verb: profile */
	OPTIONS_LIST,
	OPTIONS_REPORT,
	OPTIONS_DIFF,
	OPTIONS_DOCTOR,
};

struct options {
	enum options_verb verb;
	struct selector **functions; /* -f FUNC, or the PATTERN of list; none when profiling: find the hottest ones */
	size_t n_functions;
	pid_t *pids; /* without duplicates, in the order given */
	size_t n_pids;
	const char *cgroup; /* --cgroup: profile the processes in it; or NULL */
	const char *file;   /* -x FILE, or NULL */
	const char **saved; /* the profiles that report and diff read */
	size_t n_saved;
	char *const *command; /* NULL-terminated, or NULL */
	double duration;      /* -d in seconds; 0: not given */
	double interval;      /* -i in seconds; 0: not given */
	/* --max-overhead: what profiling may take of the targets' processor time, in percent; 0: no limit */
	double max_overhead;
	/* --max-pause: what it may take of a thread's time in one piece, in milliseconds; 0 if there is no limit */
	double max_pause;
	struct push_url *push; /* --push: the store to send profiles to, or NULL */
	const char *spool;     /* --spool: directory for profiles that cannot be sent yet; NULL: PUSH_SPOOL */
	const char *output;    /* -o; NULL: standard output */
	const struct report_format *format;
	struct report_style style;
	enum color_when color;
	enum profile_clock clock;
	enum profile_by by;
	const char *user;
	struct source_dirs source_dirs;
	struct debug_dirs debug_dirs;
	/* --functions: how many of the hottest functions are line-profiled; 0: all that -f selects */
	int hottest;
	int verbosity;
	size_t n_patterns; /* so many of FUNCTIONS are the PATTERN of list: show names only, not lines and sites */
	bool top;	   /* show a live view while profiling */
	bool no_pager;
	bool no_probes; /* samples alone: no probe is put into the target, so there are no hits */
	bool no_follow; /* only COMMAND itself is profiled, not what it starts */
	bool every_line;
	bool all_jumps;
	bool dry_run;
	/* hidden: attach a BPF program that does nothing, to measure the least that probing costs */
	bool empty_probe;
	const char *dump_counts; /* hidden: file for the execution count of each instruction; NULL: none */
};

/* Releases what options__parse() has made, whatever that returned. */
void options__free(struct options *options);

#endif
