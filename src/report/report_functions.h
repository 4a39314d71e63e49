/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_functions: the part of the text report that comes first when the program was sampled: a table of the functions
 * that took its time.
 */
#ifndef LPROF_REPORT_FUNCTIONS_H
#define LPROF_REPORT_FUNCTIONS_H

#include <stdio.h>

#include "profile/profile.h"
#include "report/report.h"

/*
 * Writes the table and sentences about it; nothing if PROFILE has no samples, or fewer than tell shares where the
 * functions that the user chose were counted. Returns 0 or -ENOMEM.
 */
int report_functions__write(const struct profile *profile, const struct report_style *style, FILE *out);

#endif
