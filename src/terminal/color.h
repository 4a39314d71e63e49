/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * color: whether what is written may be coloured.
 */
#ifndef LPROF_COLOR_H
#define LPROF_COLOR_H

#include <stdbool.h>

#include "options/options.h"

/*
 * Whether what goes to the descriptor FD is to be coloured: as --color says, else if it is a terminal that has
 * colours, by its TERM, and NO_COLOR is not set in the environment or empty.
 */
bool color__wanted(enum options_color when, int fd);

#endif
