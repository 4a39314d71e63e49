/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor: the `doctor` verb. It reports what this kernel offers, what is missing and how to get it, and what probes
 * cost.
 */
#ifndef LPROF_DOCTOR_H
#define LPROF_DOCTOR_H

#include <stdio.h>

#include "base/diag.h"

/* Writes the findings to OUT. Returns the exit status: 1 when profiling is not possible here. */
int doctor__run(FILE *out, const struct diag *diag);

#endif
