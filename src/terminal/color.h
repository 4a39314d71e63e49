/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * color: whether what is written may be coloured.
 */
#ifndef LPROF_COLOR_H
#define LPROF_COLOR_H

#include <stdbool.h>

/* The words of --color. */
enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/*
 * Whether what goes to the descriptor FD is to be coloured: as WHEN says, or, with COLOR_AUTO, if it is a terminal
 * that has colours, by its TERM, and NO_COLOR is not set in the environment or empty.
 */
bool color__wanted(enum color_when when, int fd);

#endif
