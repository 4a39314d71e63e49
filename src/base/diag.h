/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diag: what is said to the user on standard error.
 *
 * Modules that do I/O take a `const struct diag *`. A failure is explained once, by the frame that has
 * the context (the file's name, the build ID that was wanted); it then travels upwards as -errno and
 * is not explained again. Pure modules take no diag and return -errno only.
 *
 * A message is one line, whatever its arguments hold: it is written by printable.h. So file names, names of functions
 * and all else that comes from a target can be passed as they are.
 */
#ifndef LPROF_DIAG_H
#define LPROF_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/status.h"

struct diag;

/* Somebody who may know what an error really comes from. */
struct diag_cause {
	bool (*explain)(void *context, const struct diag *diag); /* says it in DIAG; false: nothing is known */
	void *context;
};

struct diag {
	FILE *stream;			/* borrowed; where messages go */
	int verbosity;			/* -1 quiet (errors only), 0 normal, 1 and more: details */
	struct status *status;		/* borrowed; a line below the messages, erased before each; NULL: none */
	const struct diag_cause *cause; /* borrowed; asked before each error, NULL: nobody */
};

/*
 * One sentence that says what is wrong and what to do, prefixed "lprof-bpf: ". Always printed, unless somebody knows
 * the cause and says that instead.
 */
void diag__error(const struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The same for a failure ERR, a -errno whose words end the sentence. What only had too little memory (-ENOMEM) says
 * nothing here: nothing was wrong with what it did, and diag__end() has the word for it.
 */
void diag__failure(const struct diag *diag, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Where the errors of a verb end up, each with ERR, 0 or -errno. -ENOMEM was said by nobody until then: here it is,
 * and nowhere else. All others were said where they arose. Returns the program's exit status.
 */
int diag__end(const struct diag *diag, int err);

/* Something the user should know though the work goes on. Silent when verbosity < 0. */
void diag__note(const struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Details, printed when verbosity >= 1. */
void diag__debug(const struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
