/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frontend: the operations by which a kind of program (native code, an interpreter's) is profiled. A
 * front-end fills a profile; it knows nothing of reports or of the command line.
 *
 * Life cycle: prepare, then list, or attach, collect as often as wanted, detach, collect; close.
 */
#ifndef LPROF_FRONTEND_H
#define LPROF_FRONTEND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "diag.h"
#include "profile.h"
#include "selector.h"
#include "target.h"

struct frontend_request {
	const struct target_objects *objects;	 /* where to look for functions */
	const struct selector *const *selectors; /* borrowed until prepare returns */
	size_t n_selectors;
	const pid_t *pids; /* the processes that are running already; none for a command or for all */
	size_t n_pids;
	bool one_object; /* the user named the object: it must have debug information */
	bool every_line;
	enum profile_clock clock;
	enum profile_by by;
	bool empty_probe; /* attach a program that does nothing */
};

struct frontend {
	const char *name;

	/* Finds and plans the functions; nothing is attached. 0 and *state, or -errno that was said in DIAG. */
	int (*prepare)(const struct frontend_request *request, const struct diag *diag, void **state);

	/* Writes the functions with their lines, sites and predicted cost per call. 0 or -errno. */
	int (*list)(void *state, FILE *out);

	/* Attaches, for the processes PIDS or, with none, for all. 0 or -errno that was said in DIAG. */
	int (*attach)(void *state, const pid_t *pids, size_t n_pids, const struct diag *diag);
	void (*detach)(void *state, const struct diag *diag);

	/* To be called a few times a second between the two. */
	void (*adjust)(void *state);

	/* Adds what has been counted since attach to PROFILE. 0 or -errno. */
	int (*collect)(void *state, struct profile *profile);

	/* For tests: rows "object<TAB>address<TAB>executions", one per instruction. 0 or -errno. */
	int (*dump)(void *state, FILE *out);

	void (*close)(void *state); /* detaches as well; NULL is allowed */
};

extern const struct frontend native_frontend;

#endif
