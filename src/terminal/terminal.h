/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terminal: a screen to draw cells on and a keyboard. It and color are the only callers of curses; top_keys knows the
 * keys by their names there. Whatever happens, except SIGKILL and SIGSTOP, the terminal is as it was before.
 */
#ifndef LPROF_TERMINAL_H
#define LPROF_TERMINAL_H

#include <stdbool.h>

#include "base/diag.h"
#include "terminal/cells.h"
#include "terminal/color.h"

struct terminal;

/*
 * Whether a screen can be had, to be asked before anything is begun. With a COMMAND its output must go elsewhere, and
 * its input, when that is the terminal, becomes /dev/null: the keys are ours. 0 or -errno that was said in DIAG.
 */
int terminal__claim(bool has_command, const struct diag *diag);

/*
 * Takes the screen: standard output, or /dev/tty if that is no terminal. There can be one at a time. 0 and a terminal
 * owned by the caller, or -errno that was said in DIAG.
 */
int terminal__open(enum color_when color, const struct diag *diag, struct terminal **out);

/* Its keyboard, to wait for. */
int terminal__fd(const struct terminal *terminal);

/* The next key, as curses has them, or -1 when there is none now. */
int terminal__key(struct terminal *terminal);

/* The size that it has now; not less than 1. */
void terminal__size(struct terminal *terminal, int *rows, int *cols);

void terminal__draw(struct terminal *terminal, const struct cells *cells);

/* The next drawing draws all of it, whatever may be on the screen. */
void terminal__redraw(struct terminal *terminal);

void terminal__close(struct terminal *terminal); /* gives the screen back; NULL is allowed */

#endif
