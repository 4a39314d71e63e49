/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libraries: the libraries that processes open while they are profiled, by dlopen(3) for example. Each that has
 * functions that -f names becomes a program of its own, which the processes that may open it belong to as well.
 *
 * Two things must not happen. A process must not have two sets of probes in one library, since each hit would count
 * twice: so nobody joins a library that his program had from the beginning. And a library that one program has from the
 * beginning, or one that was searched in vain, says nothing of other programs that open it: so what is known is a
 * matter of each program.
 */
#ifndef LPROF_RUN_LIBRARIES_H
#define LPROF_RUN_LIBRARIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "options/options.h"
#include "run/program_set.h"

struct libraries {
	bool wanted;		       /* otherwise nobody looks */
	const struct options *options; /* borrowed */
	struct program_set *set;       /* borrowed */
	const struct diag *diag;       /* what is said of libraries; borrowed */
	/* Process PID is counted from now on. */
	void (*on_probed)(void *ctx, pid_t pid);
	void *ctx;
	size_t n;	 /* those that have what -f names */
	uint64_t due_ns; /* before then, nobody looks: looking takes time */
};

/* Whether libraries that are opened later are searched: those that the user did not name, for what is named. */
bool libraries__are_wanted(const struct options *options);

/* To be called a few times a second. Looks as often as a small part of the time allows. */
void libraries__look(struct libraries *libraries);

/* Process PID, which is held, has executed PROGRAM: it may open the libraries that others have opened. */
void libraries__join(const struct libraries *libraries, const struct program *program, pid_t pid);

#endif
