/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status: one line at the bottom of a terminal, rewritten in place, that says what the program is doing. It must be
 * erased before anything else is written to that terminal; the functions of diag.h do so.
 */
#ifndef LPROF_STATUS_H
#define LPROF_STATUS_H

#include <stdio.h>

struct status;

/*
 * Creates a status line on STREAM, which is borrowed. Returns NULL when STREAM is not a terminal that can rewrite a
 * line, or when out of memory. All other functions accept that NULL and then do nothing.
 */
struct status *status__open(FILE *stream);

/* Shows a text, cut to the width of the terminal. Shows nothing while this process is in the background. */
void status__show(struct status *status, const char *format, ...) __attribute__((format(printf, 2, 3)));
void status__erase(struct status *status);

/*
 * Brackets work that may take long: if it lasts more than half a second, WHAT is shown with the number of seconds
 * elapsed, until status__end(). WHAT is copied and may hold any bytes.
 */
void status__begin(struct status *status, const char *what);
void status__end(struct status *status);

void status__close(struct status *status); /* erases as well */

#endif
