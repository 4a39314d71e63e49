/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diag: messages to the user on standard error.
 *
 * Modules that do I/O take a `const struct diag *`. A failure is explained once, by the function that knows the
 * details (the file's name, the expected build ID); it then travels upwards as -errno and is not explained again. Pure
 * modules take no diag and return -errno only.
 *
 * A message always is one line, because printable.h escapes whatever its arguments hold. File names, function names
 * and anything else that comes from a target can therefore be passed to these functions as they are.
 */
#ifndef LPROF_DIAG_H
#define LPROF_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/status.h"

struct diag;

/* A module that may know the real cause of an error that another module is about to report. */
struct diag_cause {
	/* Writes the real cause to DIAG and returns true, or returns false when it knows of none. */
	bool (*explain)(void *context, const struct diag *diag);
	void *context;
};

struct diag {
	FILE *stream;  /* borrowed; messages are written to it */
	int verbosity; /* -1: quiet (errors only), 0: normal, 1 and more: details */
	/* borrowed; the status line on the same terminal, erased before each message; NULL: none */
	struct status *status;
	/* borrowed; asked for the real cause before each error; NULL: nobody is asked */
	const struct diag_cause *cause;
};

/*
 * Prints one sentence that says what is wrong and what to do, prefixed "lprof-bpf: ". It is printed at any verbosity;
 * only when the diag's cause explains the error, that explanation is printed in its place.
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

/* Prints details when verbosity >= 1. */
void diag__debug(const struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
