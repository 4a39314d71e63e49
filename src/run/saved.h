/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * saved: the verbs that work on saved profiles, `report` and `diff`. They need no rights except to read these files.
 */
#ifndef LPROF_SAVED_H
#define LPROF_SAVED_H

#include "base/diag.h"
#include "options/options.h"

/* Both return the exit status, which is 1 when something failed; that has been reported to DIAG. */
int saved__report(const struct options *options, const struct diag *diag);
int saved__diff(const struct options *options, const struct diag *diag);

#endif
