/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terminal: a screen to draw cells on, and a keyboard. Only this module and color use curses. However the program
 * ends, the terminal is restored, except after SIGKILL; while SIGSTOP stops the program, it is not.
 */
#ifndef LPROF_TERMINAL_H
#define LPROF_TERMINAL_H

#include <stdbool.h>

#include "base/diag.h"
#include "terminal/cells.h"
#include "terminal/color.h"

struct terminal;

/*
 * Checks that there is a terminal for the live view; call this before profiling begins. With a command (HAS_COMMAND),
 * its output must not go to the terminal; its input, if that is the terminal, is replaced by /dev/null, because the
 * keys are for the live view. Returns 0 or -errno, reported to DIAG.
 */
int terminal__claim(bool has_command, const struct diag *diag);

/*
 * Takes over the screen: standard output, or /dev/tty if standard output is not a terminal. Only one terminal can be
 * open at a time. Returns 0 and a terminal owned by the caller, or -errno, reported to DIAG.
 */
int terminal__open(enum color_when color, const struct diag *diag, struct terminal **out);

/* A descriptor that is readable when a key was pressed. */
int terminal__fd(const struct terminal *terminal);

/* The next key, in the codes of curses, or -1 when no key is waiting. */
int terminal__key(struct terminal *terminal);

/* Gets the current size of the terminal; rows and columns are at least 1. */
void terminal__size(struct terminal *terminal, int *rows, int *cols);

void terminal__draw(struct terminal *terminal, const struct cells *cells);

/* Makes the next terminal__draw() draw the whole screen anew, whatever may be on it. */
void terminal__redraw(struct terminal *terminal);

/* Says TEXT on the terminal on which the live view was, wherever DIAG's messages go. */
void terminal__note(const struct diag *diag, const char *text);

void terminal__close(struct terminal *terminal); /* restores the terminal; NULL is allowed */

#endif
