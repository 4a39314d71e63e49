/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prepare: finds the objects that the command line means, and makes a profiler that is ready to attach. This is the
 * only place that names the front-ends.
 */
#ifndef LPROF_PREPARE_H
#define LPROF_PREPARE_H

#include "base/diag.h"
#include "options/options.h"
#include "profiler/profiler.h"
#include "target/target.h"

/* All front-ends that there are. Sets *N to their number. */
const struct frontend *const *prepare__frontends(size_t *n);

/*
 * Finds and plans what the options select; nothing is attached. 0 and a profiler, or -errno that was reported to DIAG.
 */
int prepare__profiler(const struct options *options, const struct diag *diag, struct profiler **out);

/* Finds the objects that -p, -x and COMMAND say to look for functions in. 0 or -errno that was reported to DIAG. */
int prepare__objects(const struct options *options, const struct diag *diag, struct target_objects *objects);

#endif
