/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff_functions: the sampled functions of two profiles side by side, for the comparison as text. */
#ifndef LPROF_DIFF_FUNCTIONS_H
#define LPROF_DIFF_FUNCTIONS_H

#include <stdio.h>

#include "profile/profile_diff.h"

/* Writes which functions moved, with an empty line behind; nothing unless both were sampled. 0 or -ENOMEM. */
int diff_functions__write(const struct profile_diff *diff, FILE *out);

#endif
