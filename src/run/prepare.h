/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prepare: from the command line's wishes to the objects that are meant, and to a profiler that is ready to attach.
 * Nobody else names the front-ends.
 */
#ifndef LPROF_PREPARE_H
#define LPROF_PREPARE_H

#include "base/diag.h"
#include "options/options.h"
#include "profiler/profiler.h"
#include "target/target.h"

/* All front-ends that there are; their number in *N. */
const struct frontend *const *prepare__frontends(size_t *n);

/* Finds and plans what the options select; nothing is attached. 0 and a profiler, or -errno that was said in DIAG. */
int prepare__profiler(const struct options *options, const struct diag *diag, struct profiler **out);

/* The objects to look for functions in, by -p, -x and COMMAND. 0 or -errno that was said in DIAG. */
int prepare__objects(const struct options *options, const struct diag *diag, struct target_objects *objects);

#endif
