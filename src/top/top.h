/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top: the live view: shows a model of what has been counted on a terminal. */
#ifndef LPROF_TOP_H
#define LPROF_TOP_H

#include <stdbool.h>

#include "base/diag.h"
#include "files/source_dirs.h"
#include "profile/profile.h"
#include "terminal/color.h"

struct top;

/*
 * Takes over the terminal, after terminal__claim(). Times are shown in units of UNIT seconds, in colours as COLOR
 * says. SOURCE_DIRS, which is borrowed, has further directories to search for sources. With FIND, functions that were
 * only sampled are listed too. Returns 0 and a view owned by the caller, or -errno, reported to DIAG.
 */
int top__open(double unit, enum color_when color, const struct source_dirs *source_dirs, bool find,
	      const struct diag *diag, struct top **out);

/* A descriptor that becomes readable when top__keys() must be called. */
int top__fd(const struct top *top);

/* Shows PROFILE, which it takes ownership of. Returns 0 or -errno. */
int top__update(struct top *top, struct profile *profile);

/* Carries out the keys that were pressed. Returns 1 to go on, 0 when the user wants to quit, or -errno. */
int top__keys(struct top *top);

/* Draws again after the size of the terminal has changed. Returns 0 or -errno. */
int top__resize(struct top *top);

void top__close(struct top *top); /* restores the terminal; NULL is allowed */

#endif
