/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options: what the user wishes, as the command line says it. What is asked for is done elsewhere (run/).
 */
#ifndef LPROF_OPTIONS_H
#define LPROF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "files/source_dirs.h"
#include "profile/profile.h"
#include "push/push_url.h"
#include "report/report.h"
#include "target/selector.h"
#include "terminal/color.h"

enum options_verb {
	OPTIONS_PROFILE, /* no verb: profile */
	OPTIONS_LIST,
	OPTIONS_REPORT,
	OPTIONS_DIFF,
	OPTIONS_DOCTOR,
};

struct options {
	enum options_verb verb;
	struct selector **functions; /* -f, and list's PATTERN */
	size_t n_functions;
	bool pattern; /* functions holds list's PATTERN: names are wanted, not their lines and sites */
	pid_t *pids;  /* each once, in the order given */
	size_t n_pids;
	const char *file;   /* -x FILE, or NULL */
	const char **saved; /* the profiles that report and diff read */
	size_t n_saved;
	char *const *command;  /* NULL-terminated, or NULL */
	double duration;       /* seconds, 0: none */
	double interval;       /* seconds, 0: none */
	struct push_url *push; /* the store that profiles are sent to, or NULL */
	const char *spool;     /* directory for what cannot be sent yet, NULL: PUSH_SPOOL */
	bool top;	       /* a live view meanwhile */
	bool no_pager;
	const char *output; /* -o, NULL: standard output */
	const struct report_format *format;
	struct report_style style;
	enum color_when color;
	enum profile_clock clock;
	enum profile_by by;
	const char *user;
	struct source_dirs source_dirs;
	bool every_line;
	bool dry_run;
	bool empty_probe;	 /* hidden: attach a program that does nothing, the floor of what probing costs */
	const char *dump_counts; /* hidden: file for executions of each instruction, NULL: none */
	int verbosity;
};

/* Releases what options__parse() has made, whatever that returned. */
void options__free(struct options *options);

#endif
