/* SPDX-License-Identifier: GPL-2.0-or-later */
/* color: decides whether output is coloured. */
#ifndef LPROF_COLOR_H
#define LPROF_COLOR_H

#include <stdbool.h>

/* The values of the option --color. */
enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/*
 * Whether output to the descriptor FD is coloured: as WHEN says. With COLOR_AUTO it is, if FD is a terminal that has
 * colours according to TERM, and the environment variable NO_COLOR is unset or empty.
 */
bool color__wanted(enum color_when when, int fd);

#endif
