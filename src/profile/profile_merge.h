/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_merge: several profiles made one. Pure.
 *
 * A function is the same in two of them when its object is (by build ID; by path where there is none), and its file,
 * name, linkage name and first line are. Its lines then add up. So do their uncertainties: what is wrong with the
 * calibration of one run may be wrong with the next one's in the same way.
 */
#ifndef LPROF_PROFILE_MERGE_H
#define LPROF_PROFILE_MERGE_H

#include "profile/profile.h"

struct profile_merge;

/*
 * BY_NOTHING: a function has one table. Otherwise each profile added keeps its own, by process, or by thread where
 * the profile tells threads apart. Owned by the caller; NULL when out of memory.
 */
struct profile_merge *profile_merge__new(enum profile_by by);
void profile_merge__free(struct profile_merge *merge); /* NULL is allowed */

/*
 * Adds a profile, which NAME is said of where its processes have none. Returns 0, -EINVAL when its clock is not that
 * of those before it, or -ENOMEM; all but profile_merge__free() is at an end then.
 */
int profile_merge__add(struct profile_merge *merge, const struct profile *profile, const char *name);

/*
 * What was merged, owned by the caller, or NULL when out of memory; MERGE is then empty. It lasted as long as the
 * longest of them. Process IDs and notes are there once each; different commands are joined by a ";" of its own.
 */
struct profile *profile_merge__finish(struct profile_merge *merge);

#endif
