/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top: the live view: a model of what has been counted, shown on a terminal.
 */
#ifndef LPROF_TOP_H
#define LPROF_TOP_H

#include <stdbool.h>

#include "base/diag.h"
#include "files/source_dirs.h"
#include "profile/profile.h"
#include "terminal/color.h"

struct top;

/*
 * Takes the terminal, as claimed by terminal__claim(). Times are shown in units of UNIT seconds, in colours as COLOR
 * says. Sources are looked for in SOURCE_DIRS, borrowed, too.
 * 0 and a view owned by the caller, or -errno that was said in DIAG.
 */
int top__open(double unit, enum color_when color, const struct source_dirs *source_dirs, const struct diag *diag,
	      struct top **out);

/* A descriptor that is readable when top__keys() is to be called. */
int top__fd(const struct top *top);

/* Shows PROFILE, which it takes. 0 or -errno. */
int top__update(struct top *top, struct profile *profile);

/* Does as the keys say that were pressed. 1: go on, 0: the user wants the end; or -errno. */
int top__keys(struct top *top);

/* The terminal has another size. 0 or -errno. */
int top__resize(struct top *top);

void top__close(struct top *top); /* gives the terminal back; NULL is allowed */

#endif
