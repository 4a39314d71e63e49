/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status: one line at the bottom of a terminal, rewritten in place, that says what is going on. It must be erased
 * before anything else is written there; diag does so by itself.
 */
#ifndef LPROF_STATUS_H
#define LPROF_STATUS_H

#include <stdio.h>

struct status;

/*
 * A line for STREAM, which is borrowed. NULL, which all of these functions take and then do nothing, when STREAM is no
 * terminal that can rewrite a line, or when out of memory.
 */
struct status *status__open(FILE *stream);

/* Shows a text, cut to the width of the terminal; nothing while we are in the background. */
void status__show(struct status *status, const char *format, ...) __attribute__((format(printf, 2, 3)));
void status__erase(struct status *status);

/*
 * For what may take long: from half a second after it has begun until it ends, WHAT is shown with the seconds that
 * have passed. WHAT is borrowed until then and may hold any bytes.
 */
void status__begin(struct status *status, const char *what);
void status__end(struct status *status);

void status__close(struct status *status); /* erases as well */

#endif
